package io.millrace.file;

import static io.millrace.format.Rows.utf8;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.millrace.event.EventLimits;
import io.millrace.format.EventFileException;
import io.millrace.format.FileFormat;
import io.millrace.format.Rows;
import io.millrace.format.TextFormat;
import io.millrace.format.ValueListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackedBytesTest {

  @TempDir Path dir;

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** Text that does not pack to nothing. */
  private static byte[] text(int lines, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      text.append(random.nextLong()).append('\n');
    }
    return utf8(text.toString());
  }

  private record Unpacked(String text, List<String> notes) {}

  private Unpacked unpack(byte[] stored) throws IOException {
    Path file = Files.write(dir.resolve("log"), stored);
    try (PackedBytes bytes = PackedBytes.open(EventInput.named("log", file))) {
      return new Unpacked(new String(bytes.in.readAllBytes(), UTF_8), bytes.notes());
    }
  }

  // Any text, plain, as gzip members or zstd frames of any sizes, is read whole and without a note.
  @Test
  void everyPackingGivesTheText() throws IOException {
    for (int lines : new int[] {1, 7, 4_000, 40_000}) {
      byte[] first = text(lines, 1);
      byte[] second = text(13, 2);
      byte[] all = join(first, second);
      Unpacked expected = new Unpacked(new String(all, UTF_8), List.of());
      assertThat(unpack(all)).isEqualTo(expected);
      assertThat(unpack(gzip(all))).isEqualTo(expected);
      assertThat(unpack(join(gzip(first), gzip(new byte[0]), gzip(second)))).isEqualTo(expected);
      assertThat(unpack(Zstd.compress(all))).isEqualTo(expected);
      assertThat(unpack(join(Zstd.compress(first), Zstd.compress(second)))).isEqualTo(expected);
    }
  }

  // A frame that zstd's tools skip may come first, as pzstd writes it.
  @Test
  void zstdMaySkipAFrame() throws IOException {
    byte[] skipped = HexFormat.of().parseHex("502A4D180400000001020304");
    assertThat(unpack(join(skipped, Zstd.compress(utf8("a\n")))).text()).isEqualTo("a\n");
  }

  // A window that takes more memory than a reader grants is named, not taken for a broken file.
  @Test
  void aZstdWindowHasABound() throws IOException {
    String frame = "28B52FFD00%02X110000610A"; // no flags, window, one last raw block of "a\\n"
    int log27 = (27 - 10) << 3;
    int log28 = (28 - 10) << 3;
    assertThat(unpack(HexFormat.of().parseHex(frame.formatted(log27))).text()).isEqualTo("a\n");
    assertThatThrownBy(() -> unpack(HexFormat.of().parseHex(frame.formatted(log28))))
        .hasMessageStartingWith("log must be a zstd file with a window of at most 128 MB; unpack");
  }

  // Zeros after gzip data are padding; a member behind them is read.
  @Test
  void zerosArePadding() throws IOException {
    byte[] a = gzip(utf8("a\n"));
    for (int zeros : new int[] {1, 511, 70_000}) {
      assertThat(unpack(join(a, new byte[zeros]))).isEqualTo(new Unpacked("a\n", List.of()));
      assertThat(unpack(join(a, new byte[zeros], a))).isEqualTo(new Unpacked("a\na\n", List.of()));
    }
  }

  // Everything else behind gzip data is counted, from the end of the data on, wherever the end
  // lies in the reader's buffer of 65,536 bytes.
  @Test
  void otherBytesAfterGzipAreNoted() throws IOException {
    for (int lines : new int[] {1, 3_000, 6_300, 6_301, 6_302, 9_000}) {
      byte[] zipped = gzip(text(lines, lines));
      for (byte[] rest :
          List.of(
              utf8("x"), utf8("1,2\n"), new byte[] {0x1F}, new byte[] {0, 0, 7}, text(9000, 3))) {
        Unpacked unpacked = unpack(join(zipped, rest));
        assertThat(unpacked.text()).isEqualTo(new String(text(lines, lines), UTF_8));
        assertThat(unpacked.notes())
            .singleElement()
            .asString()
            .startsWith(
                String.format(
                    "log: the last %,d bytes (from byte %,d on) follow the end of its gzip data and"
                        + " were not read",
                    rest.length, zipped.length));
      }
    }
  }

  // A prefix of a packed file is an error, wherever it ends; of two members too.
  @Test
  void aPartOfAFileIsAnError() throws IOException {
    byte[] zipped = gzip(text(20, 5));
    byte[] two = join(zipped, gzip(text(20, 6)));
    for (int end = 3; end < two.length; end += end < 40 || end > two.length - 20 ? 1 : 17) {
      if (end != zipped.length && end != zipped.length + 1) {
        breaks("gzip", Arrays.copyOf(two, end));
      }
    }
    byte[] frame = Zstd.compress(text(20, 5));
    for (int end = 5; end < frame.length; end += 7) {
      breaks("zstd", Arrays.copyOf(frame, end));
    }
  }

  // A flipped bit within the data or the checksum of any member is an error.
  @Test
  void aChangedByteIsAnError() throws IOException {
    byte[] two = join(gzip(text(5, 5)), gzip(text(5, 6)));
    for (int at = 10; at < two.length; at += at < two.length - 16 ? 23 : 1) {
      byte[] changed = two.clone();
      changed[at] ^= 1;
      if (at < 60 || at > two.length - 9) {
        breaks("gzip", changed);
      }
    }
  }

  private void breaks(String packing, byte[] stored) {
    assertThatThrownBy(() -> unpack(stored))
        .isInstanceOf(EventFileException.class)
        .hasMessageStartingWith(
            "log must be a whole " + packing + " file but ends or breaks in the middle: ");
  }

  // Every part of RFC 1952's header is read over: extra bytes, name, comment, checksum.
  @Test
  void headersMayBeLong() throws IOException {
    byte[] plain = gzip(utf8("a\n"));
    byte[] head = {0x1F, (byte) 0x8B, 8, 2 + 4 + 8 + 16, 1, 2, 3, 4, 0, 3};
    byte[] header = join(head, new byte[] {3, 0, 9, 9, 9}, utf8("name\0"), utf8("why\0"));
    CRC32 sum = new CRC32();
    sum.update(header);
    byte[] check = {(byte) sum.getValue(), (byte) (sum.getValue() >> 8)};
    byte[] body = Arrays.copyOfRange(plain, 10, plain.length);
    assertThat(unpack(join(header, check, body)).text()).isEqualTo("a\n");
    breaks("gzip", join(header, new byte[] {(byte) ~check[0], check[1]}, body));
  }

  @Test
  void anEmptyFileHoldsNoEvents() {
    assertThatThrownBy(() -> unpack(new byte[0])).hasMessage("log must hold events but is empty");
  }

  // A file of another kind is named, with what to do.
  @ParameterizedTest
  @CsvSource({
    "425A6839314159265359, a bzip2 file, bzip2 -dc",
    "FD377A585A000004, an xz file, xz -dc",
    "504B030414000000, a zip file, unzip -p",
    "04224D186440A7, a lz4 file, lz4 -dc",
    "FF060000734E61507059, a snappy file, snzip -dc",
    "377ABCAF271C0004, a 7z file, 7z x -so",
    "1F9D9003, a compress (.Z) file, gzip -dc",
    "5041523115041500, a Parquet file, format.type: parquet",
    "4F5243030A03, an ORC file, convert it",
    "4F626A0104, an Avro file, convert it",
    "4152524F57310000, an Arrow file, convert it"
  })
  void otherFormatsAreNamed(String head, String what, String advice) throws IOException {
    byte[] bytes = join(HexFormat.of().parseHex(head), new byte[600]);
    Path file = Files.write(dir.resolve("log"), bytes);
    for (TextFormat format : List.of(TextFormat.CSV, TextFormat.JSONL)) {
      assertThatThrownBy(() -> open(file, format))
          .hasMessageStartingWith(
              file + " must be text (csv, tsv or jsonl; plain, gzip or zstd) but is " + what + ": ")
          .hasMessageContaining(advice);
    }
  }

  // Also where the other format is packed in turn.
  @Test
  void packedTwiceIsNamed() throws IOException {
    byte[] tar = new byte[1024];
    System.arraycopy(utf8("ustar"), 0, tar, 257, 5);
    Path file = Files.write(dir.resolve("log"), gzip(tar));
    assertThatThrownBy(() -> open(file, TextFormat.CSV)).hasMessageContaining("a tar archive");
    Files.write(file, gzip(gzip(utf8("a\n"))));
    assertThatThrownBy(() -> open(file, TextFormat.CSV))
        .hasMessageContaining("a gzip file within a packed file: unpack it once more");
  }

  // Text that happens to start like another format is text.
  @Test
  void textMayStartLikeAnotherFormat() throws IOException {
    Path file = Files.write(dir.resolve("log"), utf8("ORC,ts,click,price,age,site,tags\n"));
    open(file, TextFormat.CSV).close();
  }

  private static EventFile open(Path file, TextFormat format) throws IOException {
    return EventFile.open(
        file, FileFormat.of(format), Rows.SCHEMA, EventLimits.DEFAULT, ValueListener.none());
  }
}
