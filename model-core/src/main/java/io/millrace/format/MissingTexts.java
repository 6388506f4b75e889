package io.millrace.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The texts that mean a missing value, as UTF-8: the empty text and those of the schema. */
final class MissingTexts {

  private final byte[][] texts;

  MissingTexts(List<String> texts) {
    this.texts = texts.stream().map(t -> t.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
  }

  /** Whether the bytes {@code bytes[from .. from + length)} mean a missing value. */
  boolean has(byte[] bytes, int from, int length) {
    if (length == 0) {
      return true;
    }
    for (byte[] text : texts) {
      if (text.length == length && Arrays.equals(bytes, from, from + length, text, 0, length)) {
        return true;
      }
    }
    return false;
  }
}
