package io.millrace.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.math.Mix64;
import io.millrace.metric.GoldenOther;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuotientRemainderHashTest {

  /**
   * Law: each number of the range has a pair of rows of its own, quotients before remainders. Ids
   * that share a pair are those that the mixing hash sends to the same number, and no others.
   */
  @Test
  void everyNumberHasAPairOfItsOwn() {
    for (int[] shape : new int[][] {{1, 1}, {7, 3}, {12, 4}, {1021, 19}, {1021, 2000}}) {
      QuotientRemainderHash hash = new QuotientRemainderHash(shape[0], shape[1], 3);
      int quotients = hash.rows() - shape[1];
      Map<Long, Long> pairOf = new HashMap<>();
      int[] rows = new int[2];
      for (long id = 0; id < 20L * shape[0]; id++) {
        assertThat(hash.lookUp(id, rows)).isEqualTo(2);
        assertThat(rows[0]).isEqualTo(hash.row(id)).isBetween(0, quotients - 1);
        assertThat(rows[1]).isBetween(quotients, hash.rows() - 1);
        long x = Mix64.reduceToLong(Mix64.mix(id, 3), shape[0]);
        long pair = ((long) rows[0] << 32) + rows[1];
        assertThat(pairOf.computeIfAbsent(x, k -> pair)).isEqualTo(pair);
      }
      assertThat(pairOf).hasSize(shape[0]);
      assertThat(pairOf.values()).doesNotHaveDuplicates();
    }
  }

  /** Law: the numbers' quotients and remainders are those of the reference. */
  @Test
  void pairsEqualTheGoldenOnes() throws IOException {
    JsonNode golden = GoldenOther.section("quotient_remainder");
    int n = golden.get("n").intValue();
    int[] heights = GoldenOther.ints(golden.get("heights"));
    QuotientRemainderHash hash =
        new QuotientRemainderHash(n, golden.get("collisions").intValue(), 3);
    assertThat(hash.rows()).isEqualTo(heights[0] + heights[1]);
    BitSet met = new BitSet();
    int[] rows = new int[2];
    for (long id = 0; id < 1000; id++) {
      int x = (int) Mix64.reduceToLong(Mix64.mix(id, 3), n);
      hash.lookUp(id, rows);
      assertThat(rows[0]).isEqualTo(golden.get("q").get(x).intValue());
      assertThat(rows[1]).isEqualTo(heights[0] + golden.get("r").get(x).intValue());
      met.set(x);
    }
    assertThat(met.cardinality()).isEqualTo(n);
  }

  /** Law: ids spread over all of the range, also one beyond 32 bits. */
  @Test
  void idsSpreadOverTheRange() {
    QuotientRemainderHash hash = new QuotientRemainderHash(1L << 40, 1 << 20, 3);
    BitSet used = new BitSet();
    int[] rows = new int[2];
    for (long id = 0; id < 1000; id++) {
      hash.lookUp(id, rows);
      used.set(rows[0]);
      used.set(rows[1]);
    }
    assertThat(used.cardinality()).isGreaterThan(1990);
    assertThat(used.length()).isGreaterThan(hash.rows() - 20_000);
  }

  /**
   * Law: the rows are spent, never exceeded: with one divisor less they would be, and no more than
   * a quotient table's rounding is left over.
   */
  @Test
  void theDivisorFitsTheRows() {
    for (int rows = 2; rows < 300; rows++) {
      for (long ids : new long[] {1, 2, 10, 1000, 20_000, 1L << 50}) {
        QuotientRemainderHash hash = QuotientRemainderHash.fitting(ids, rows, 3);
        assertThat(hash.rows()).isLessThanOrEqualTo(rows);
        long pairs = (rows / 2) * ((rows + 1) / 2L);
        assertThat(hash.ids()).isEqualTo(Math.min(ids, pairs));
        int m = hash.divisor();
        if (m > 1) {
          assertThat((hash.ids() + m - 2) / (m - 1) + m - 1).isGreaterThan(rows);
        }
      }
    }
    // the divisor solves m + n / m = T: (1000 - sqrt(1000^2 - 4 * 100000)) / 2 = 112.7
    assertThat(QuotientRemainderHash.fitting(100_000, 1000, 3).divisor()).isEqualTo(113);
  }

  @Test
  void wrongShapesAreNamed() {
    assertThatThrownBy(() -> new QuotientRemainderHash(0, 5, 1))
        .hasMessage("ids must be >= 1 but was 0");
    assertThatThrownBy(() -> new QuotientRemainderHash(9, 0, 1))
        .hasMessage("divisor must be >= 1 but was 0");
    assertThatThrownBy(() -> QuotientRemainderHash.fitting(9, 1, 1))
        .hasMessage("rows must be >= 2 but was 1");
    assertThat(new QuotientRemainderHash(9, 3, 1).serializedBytes()).isZero();
  }
}
