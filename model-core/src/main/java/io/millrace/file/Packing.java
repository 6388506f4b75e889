package io.millrace.file;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Recognises how a file is packed, or which binary format it has, by its first bytes. Names of
 * files are not asked, because they may say anything.
 */
final class Packing {

  private static final byte[] GZIP = hex("1F8B");
  private static final byte[] ZSTD = hex("28B52FFD");

  private static final byte[] PARQUET = text("PAR1");

  /** A frame that zstd skips has one of 16 numbers; pzstd starts files with one. */
  private static final byte[] ZSTD_SKIPPED = hex("2A4D18");

  private static final String PIPE = " and pipe it to this command with --events -";

  /** A format of which a file is no text. */
  @SuppressWarnings("ArrayRecordComponent") // constants, never compared
  private record Known(byte[] magic, int offset, String what, String advice) {
    boolean matches(byte[] head) {
      int end = offset + magic.length;
      return head.length >= end && Arrays.equals(head, offset, end, magic, 0, magic.length);
    }
  }

  private static final List<Known> KNOWN =
      List.of(
          packed(hex("425A68"), "bzip2", "bzip2 -dc"),
          packed(hex("FD377A585A00"), "xz", "xz -dc"),
          packed(hex("504B0304"), "zip", "unzip -p"),
          packed(hex("04224D18"), "lz4", "lz4 -dc"),
          packed(hex("02214C18"), "lz4 (legacy)", "lz4 -dc"),
          packed(hex("FF060000734E61507059"), "snappy", "snzip -dc"),
          packed(hex("377ABCAF271C"), "7z", "7z x -so"),
          packed(hex("1F9D"), "compress (.Z)", "gzip -dc"),
          new Known(GZIP, 0, "a gzip file within a packed file", "unpack it once more"),
          new Known(ZSTD, 0, "a zstd file within a packed file", "unpack it once more"),
          new Known(
              text("ustar"), 257, "a tar archive", "unpack it with tar -xf, and give its files"),
          new Known(PARQUET, 0, "a Parquet file", "set format.type: parquet"),
          new Known(text("ORC"), 0, "an ORC file", "convert it to Parquet, csv or jsonl"),
          new Known(hex("4F626A01"), 0, "an Avro file", "convert it to Parquet, csv or jsonl"),
          new Known(text("ARROW1"), 0, "an Arrow file", "convert it to Parquet, csv or jsonl"));

  private Packing() {}

  static boolean isGzip(byte[] head) {
    return startsWith(head, GZIP, 0);
  }

  static boolean isParquet(byte[] head) {
    return startsWith(head, PARQUET, 0);
  }

  static boolean isZstd(byte[] head) {
    return startsWith(head, ZSTD, 0)
        || (startsWith(head, ZSTD_SKIPPED, 1) && (head[0] & 0xF0) == 0x50);
  }

  /**
   * What a file that is no text is, and what to do with it, such as {@code is a bzip2 file: unpack
   * it ...}; null if that is not known.
   *
   * @param head the first bytes, 512 or more where the file has them
   */
  static String describe(byte[] head) {
    for (Known known : KNOWN) {
      if (known.matches(head)) {
        return "is " + known.what() + ": " + known.advice();
      }
    }
    return null;
  }

  private static boolean startsWith(byte[] head, byte[] magic, int offset) {
    return new Known(magic, offset, "", "").matches(head);
  }

  private static Known packed(byte[] magic, String what, String command) {
    String a = what.equals("xz") ? "an " : "a ";
    return new Known(magic, 0, a + what + " file", "unpack it with '" + command + "'" + PIPE);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
