package io.millrace.format;

import io.millrace.event.CategoricalField;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The values of a cell that holds several: the text between separators, without the blanks (spaces
 * and tabs) around it. Parts that mean a missing value are left out.
 */
final class CellParts {

  private final byte[] separator;
  private final MissingTexts missing;
  private int[] from = new int[8];
  private int[] length = new int[8];
  private int count;

  CellParts(CategoricalField field, MissingTexts missing) {
    separator = field.separator().getBytes(StandardCharsets.UTF_8);
    this.missing = missing;
  }

  int from(int part) {
    return from[part];
  }

  int length(int part) {
    return length[part];
  }

  /** Number of parts of the cell that was split last. */
  int count() {
    return count;
  }

  /** Splits the cell {@code bytes[start .. start + size)}; returns the number of parts. */
  int split(byte[] bytes, int start, int size) {
    count = 0;
    int end = start + size;
    for (int i = start; i <= end; ) {
      int next = find(bytes, i, end);
      trim(bytes, i, next);
      i = next + separator.length;
    }
    return count;
  }

  private int find(byte[] bytes, int start, int end) {
    for (int i = start; i + separator.length <= end; i++) {
      if (Arrays.equals(bytes, i, i + separator.length, separator, 0, separator.length)) {
        return i;
      }
    }
    return end;
  }

  private void trim(byte[] bytes, int start, int end) {
    int first = start;
    int last = end;
    while (first < last && isBlank(bytes[first])) {
      first++;
    }
    while (first < last && isBlank(bytes[last - 1])) {
      last--;
    }
    if (!missing.has(bytes, first, last - first)) {
      add(first, last - first);
    }
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private void add(int start, int size) {
    if (count == from.length) {
      from = Arrays.copyOf(from, 2 * count);
      length = Arrays.copyOf(length, 2 * count);
    }
    from[count] = start;
    length[count++] = size;
  }
}
