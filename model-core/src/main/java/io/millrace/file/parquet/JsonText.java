package io.millrace.file.parquet;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** JSON that grows: bytes of UTF-8. */
final class JsonText {

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  byte[] bytes = new byte[4096];
  int length;

  JsonText raw(String ascii) {
    for (int i = 0; i < ascii.length(); i++) {
      raw(ascii.charAt(i));
    }
    return this;
  }

  JsonText raw(int octet) {
    if (length == bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * length);
    }
    bytes[length++] = (byte) octet;
    return this;
  }

  JsonText string(String text) {
    return string(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A string of these bytes; whether they are UTF-8 is for the reader to judge. */
  JsonText string(byte[] utf8) {
    raw('"');
    for (byte b : utf8) {
      if (b == '"' || b == '\\') {
        raw('\\').raw(b);
      } else if (b >= 0 && b < ' ') {
        raw("\\u00").raw(HEX[b >> 4]).raw(HEX[b & 15]);
      } else {
        raw(b);
      }
    }
    return raw('"');
  }
}
