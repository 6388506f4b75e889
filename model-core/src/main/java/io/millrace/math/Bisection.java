package io.millrace.math;

import java.util.function.IntPredicate;

/** Search in a range of whole numbers. */
public final class Bisection {

  private Bisection() {}

  /**
   * The largest number that {@code fits}, which holds up to some number and not beyond it.
   *
   * @param least the answer if no larger number fits; not asked for
   * @param most largest number in question, at least {@code least}
   */
  public static int largest(int least, int most, IntPredicate fits) {
    int low = least;
    int high = most;
    while (low < high) {
      int middle = (int) (((long) low + high + 1) / 2);
      if (fits.test(middle)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
