package io.millrace.format;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Suggests the separator of a line that was read as one cell. */
public final class SeparatorHint {

  private static final List<String> USUAL = List.of("::", ";", "|", "\t", ",");

  private SeparatorHint() {}

  /**
   * {@code "; did you mean format.separator: ';'?"} for the usual separator that the line has most
   * often, or nothing if it has none.
   *
   * @param separator the separator with which it was read
   */
  static String of(byte[] bytes, int from, int length, String separator) {
    return of(new String(bytes, from, length, StandardCharsets.UTF_8), separator);
  }

  /** The same for a line that is text. */
  public static String of(String line, String separator) {
    String best = "";
    int most = 0;
    for (String usual : USUAL) {
      int count = usual.equals(separator) ? 0 : count(line, usual);
      if (count > most) {
        most = count;
        best = usual;
      }
    }
    return most == 0 ? "" : "; did you mean format.separator: '" + best.replace("\t", "\\t") + "'?";
  }

  private static int count(String line, String separator) {
    int count = 0;
    for (int i = line.indexOf(separator); i >= 0; i = line.indexOf(separator, i)) {
      count++;
      i += separator.length();
    }
    return count;
  }
}
