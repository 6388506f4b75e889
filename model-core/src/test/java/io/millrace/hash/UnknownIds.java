package io.millrace.hash;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.random.Seeds;
import java.util.SplittableRandom;

/** Random ids that are in no map of a few thousand ids, and the share of them that passes. */
final class UnknownIds {

  private static final int AT_A_TIME = 1 << 15;
  private static final int LEAST_PASSING = 400;
  private static final int MOST = 1 << 22;

  private UnknownIds() {}

  /** Looks ids up: a number, or less than 0 for one that is not known. */
  @FunctionalInterface
  interface Lookup {
    void of(long[] ids, int[] found);
  }

  /** Asserts the share that passes, on so many ids that hundreds should; to six deviations. */
  static void assertShare(double share, Lookup lookup) {
    SplittableRandom random = Seeds.generator(7, "unknown", 0);
    long[] ids = new long[AT_A_TIME];
    int[] found = new int[AT_A_TIME];
    long wanted = (long) Math.min(MOST, Math.max(AT_A_TIME, LEAST_PASSING / share));
    long n = 0;
    long passed = 0;
    while (n < wanted) {
      for (int i = 0; i < ids.length; i++) {
        ids[i] = random.nextLong();
      }
      lookup.of(ids, found);
      for (int number : found) {
        passed += number >= 0 ? 1 : 0;
      }
      n += ids.length;
    }
    double deviation = Math.sqrt(n * share * (1 - share));
    assertThat((double) passed)
        .as("of %d ids", n)
        .isBetween(n * share - 6 * deviation, n * share + 6 * deviation);
  }
}
