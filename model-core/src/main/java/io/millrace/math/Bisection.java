package io.millrace.math;

import java.util.function.IntPredicate;

/** Binary search in a range of integers. */
public final class Bisection {

  private Bisection() {}

  /**
   * The largest number that {@code fits}; the predicate must hold up to some number and fail beyond
   * it.
   *
   * @param least the answer if no larger number fits; not tested
   * @param most largest candidate, at least {@code least}
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
