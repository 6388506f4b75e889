package io.millrace.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class Mix64Test {

  /** Law: SplitMix64 from state 0 begins with these numbers (Vigna's reference program). */
  @Test
  void isTheFinaliserOfSplitMix64() {
    assertThat(Mix64.mix(0x9E3779B97F4A7C15L)).isEqualTo(0xE220A8397B1DCDAFL);
    assertThat(Mix64.mix(2 * 0x9E3779B97F4A7C15L)).isEqualTo(0x6E789E6AA1B965F4L);
  }

  /** Law: reduction is monotone in the upper bits and hits both ends of the range. */
  @Test
  void reduceCoversTheRange() {
    assertThat(Mix64.reduce(0, 1021)).isZero();
    assertThat(Mix64.reduce(-1, 1021)).isEqualTo(1020);
    assertThat(Mix64.reduce(-1, 1)).isZero();
    assertThat(Mix64.reduce(-1, Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE - 1);
    assertThat(Mix64.reduce(1L << 63, 1000)).isEqualTo(500);
  }

  /** Law: the wide reduction is floor(mixed * range / 2^64), as BigInteger computes it. */
  @Test
  void theWideReductionIsExact() {
    for (long range : new long[] {1, 2, 1021, 1L << 40, Long.MAX_VALUE}) {
      for (long mixed : new long[] {0, 1, -1, 1L << 63, Long.MAX_VALUE, Mix64.mix(7)}) {
        BigInteger unsigned = new BigInteger(Long.toUnsignedString(mixed));
        long expected = unsigned.multiply(BigInteger.valueOf(range)).shiftRight(64).longValue();
        assertThat(Mix64.reduceToLong(mixed, range)).isEqualTo(expected);
      }
    }
  }

  /** Law: consecutive ids spread evenly, chi-squared of 1021 rows within 6 deviations. */
  @Test
  void consecutiveIdsSpreadEvenly() {
    int rows = 1021;
    int perRow = 100;
    int[] hits = new int[rows];
    for (long id = 0; id < (long) rows * perRow; id++) {
      hits[Mix64.reduce(Mix64.mix(id, 3), rows)]++;
    }
    double chi = 0;
    for (int h : hits) {
      chi += (double) (h - perRow) * (h - perRow) / perRow;
    }
    assertThat(chi).isBetween(rows - 6 * Math.sqrt(2.0 * rows), rows + 6 * Math.sqrt(2.0 * rows));
  }
}
