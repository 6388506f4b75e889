package io.millrace.jobfile;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Expands ranges of column names: {@code I1..I13} is I1, I2, to I13. */
final class ColumnNames {

  private static final Pattern RANGE = Pattern.compile("(.*?)(\\d{1,6})\\.\\.(.*?)(\\d{1,6})");

  private ColumnNames() {}

  /** The names that {@code texts} stand for, in order. */
  static List<String> expand(List<String> texts) {
    List<String> names = new ArrayList<>();
    for (String text : texts) {
      Matcher range = RANGE.matcher(text);
      if (range.matches() && range.group(1).equals(range.group(3))) {
        int last = Integer.parseInt(range.group(4));
        for (int i = Integer.parseInt(range.group(2)); i <= last; i++) {
          names.add(range.group(1) + i);
        }
      } else {
        names.add(text);
      }
    }
    return names;
  }
}
