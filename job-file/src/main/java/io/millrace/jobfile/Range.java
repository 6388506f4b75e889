package io.millrace.jobfile;

/**
 * The numbers that a key allows.
 *
 * @param min least number, inclusive; {@link #ABOVE_ZERO} for any greater than 0
 * @param max greatest number, inclusive
 * @param unit unit of the number, or empty
 */
record Range(double min, double max, String unit) {

  /** As {@code max}: no upper bound; negated as {@code min}: no lower bound. */
  static final double NO_LIMIT = Double.MAX_VALUE;

  /** As {@code min}: greater than 0. */
  static final double ABOVE_ZERO = Double.MIN_VALUE;

  /** Throws an {@link IllegalArgumentException} with the rule if {@code value} is not in here. */
  void check(double value) {
    if (value < min || value > max) {
      throw new IllegalArgumentException("must be " + rule());
    }
  }

  /** As on the reference page: {@code 1..64}, {@code >= 1} or {@code > 0, <= 1}. */
  String page() {
    return min == ABOVE_ZERO ? aboveZero(", ") : bounds();
  }

  private String rule() {
    boolean both = min > -NO_LIMIT && max < NO_LIMIT;
    return min == ABOVE_ZERO ? aboveZero(" and ") : both ? "in " + bounds() : bounds();
  }

  private String aboveZero(String and) {
    return max < NO_LIMIT ? "> 0" + and + "<= " + show(max) : "> 0";
  }

  private String bounds() {
    boolean low = min > -NO_LIMIT;
    boolean high = max < NO_LIMIT;
    String text =
        low && high
            ? show(min) + ".." + show(max)
            : low ? ">= " + show(min) : high ? "<= " + show(max) : "";
    return text.isEmpty() || unit.isEmpty() ? text : text + " " + unit;
  }

  /** A number without a fraction of 0. */
  static String show(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? String.valueOf((long) number)
        : String.valueOf(number);
  }
}
