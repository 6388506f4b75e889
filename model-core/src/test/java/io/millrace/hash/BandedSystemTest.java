package io.millrace.hash;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.random.Seeds;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BandedSystemTest {

  private record Equation(int first, long low, long high, long right) {
    BigInteger ones() {
      return unsigned(high).shiftLeft(64).or(unsigned(low)).shiftLeft(first);
    }

    private static BigInteger unsigned(long word) {
      return new BigInteger(Long.toUnsignedString(word));
    }
  }

  /** A few ones from {@code first} on, none of them at or beyond {@code unknowns}. */
  private static Equation random(SplittableRandom random, int unknowns) {
    int first = random.nextInt(unknowns);
    int reach = Math.min(BandedSystem.BAND, unknowns - first);
    long low = 0;
    long high = 0;
    for (int k = random.nextInt(1, 8); k > 0; k--) {
      int at = random.nextInt(reach);
      low |= at < 64 ? 1L << at : 0;
      high |= at < 64 ? 0 : 1L << at - 64;
    }
    return new Equation(first, low, high, random.nextLong());
  }

  /**
   * Elimination on whole rows: the sum of {@code ones} and earlier rows that is 0, or a new row.
   */
  private static boolean isIndependent(List<BigInteger> rows, BigInteger ones) {
    BigInteger rest = ones;
    for (BigInteger row : rows) {
      rest = rest.testBit(row.getLowestSetBit()) ? rest.xor(row) : rest;
    }
    if (rest.signum() != 0) {
      rows.add(rest);
    }
    return rest.signum() != 0;
  }

  /**
   * Law: an equation is refused if and only if it is a sum of accepted ones, and the solution
   * satisfies all accepted ones; so in each of several systems in turn.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 63, 64, 65, 128, 300, 1021})
  void solvesWhatCanBeSolved(int unknowns) {
    SplittableRandom random = Seeds.generator(3, "banded-system-test", unknowns);
    BandedSystem system = new BandedSystem();
    for (int round = 0; round < 3; round++) {
      system.reset(unknowns);
      List<BigInteger> rows = new ArrayList<>();
      List<Equation> accepted = new ArrayList<>();
      for (int i = 0; i < 2 * unknowns; i++) {
        Equation e = random(random, unknowns);
        boolean added = system.add(e.first(), e.low(), e.high(), e.right());
        assertThat(added).isEqualTo(isIndependent(rows, e.ones()));
        if (added) {
          accepted.add(e);
        }
      }
      long[] x = new long[unknowns];
      system.solve(x);
      for (Equation e : accepted) {
        BigInteger ones = e.ones();
        long sum = 0;
        for (int j = ones.getLowestSetBit(); j < ones.bitLength(); j++) {
          sum ^= ones.testBit(j) ? x[j] : 0;
        }
        assertThat(sum).isEqualTo(e.right());
      }
    }
  }
}
