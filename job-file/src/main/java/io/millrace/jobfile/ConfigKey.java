package io.millrace.jobfile;

import java.util.List;

/**
 * One key of the job file.
 *
 * @param path its full name; {@code []} stands for each entry of a list
 * @param type how its value is written
 * @param defaultText the default, written as in YAML; null if the key must be there
 * @param min least number, inclusive; for durations in milliseconds
 * @param max greatest number, inclusive
 * @param choices the texts allowed; empty for any
 * @param unit unit of a number, or empty
 * @param doc what it does, one sentence
 */
public record ConfigKey(
    String path,
    Type type,
    String defaultText,
    double min,
    double max,
    List<String> choices,
    String unit,
    String doc) {

  /** How a value is written. */
  public enum Type {
    TEXT("a text"),
    INTEGER("a whole number"),
    NUMBER("a number"),
    FLAG("true or false"),
    DURATION("a duration such as 30s, 10m, 12h or 1d"),
    INTEGERS("a list of whole numbers"),
    TEXTS("a list of texts"),
    MAP("a map of texts"),
    COUNTS("a whole number, or a map of whole numbers");

    final String rule;

    Type(String rule) {
      this.rule = rule;
    }
  }

  /** The name behind the last dot. */
  String name() {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** The path of the section that holds the key. */
  String section() {
    return path.contains(".") ? path.substring(0, path.lastIndexOf('.')) : "";
  }

  /** The range for readers, such as {@code 1..64} or {@code >= 1}. */
  String range() {
    if (!choices.isEmpty()) {
      return String.join(", ", choices);
    }
    boolean low = min > -Double.MAX_VALUE;
    boolean high = max < Double.MAX_VALUE;
    String text =
        low && high
            ? show(min) + ".." + show(max)
            : low ? ">= " + show(min) : high ? "<= " + show(max) : "";
    return text.isEmpty() || unit.isEmpty() ? text : text + " " + unit;
  }

  /** The range as a rule: {@code > 0 and <= 1}, {@code in 1..64} or {@code >= 1}. */
  String rule() {
    if (min == Double.MIN_VALUE) {
      return max < Double.MAX_VALUE ? "> 0 and <= " + show(max) : "> 0";
    }
    boolean both = min > -Double.MAX_VALUE && max < Double.MAX_VALUE;
    return both ? "in " + range() : range();
  }

  private static String show(double bound) {
    return bound == Math.rint(bound) && Math.abs(bound) < 1e15
        ? String.valueOf((long) bound)
        : String.valueOf(bound);
  }
}
