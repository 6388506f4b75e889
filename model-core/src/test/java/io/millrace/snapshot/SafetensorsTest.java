package io.millrace.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {

  @TempDir Path folder;

  /** Law: what is written is read, every type, across block borders, to the bit. */
  @Test
  void readsWhatItWrote() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    float[] floats = new float[33_331];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Float.intBitsToFloat(random.nextInt() & 0x7F7FFFFF);
    }
    long[] longs = random.longs(17_001).toArray();
    byte[] bytes = new byte[70_001];
    random.nextBytes(bytes);
    Safetensors.Writer writer =
        new Safetensors.Writer()
            .u8("d", bytes, bytes.length)
            .f32("a", floats, 33_331, 1)
            .i64("b", longs, 17_001)
            .f32("empty", new float[0], 0, 16);
    Path file = write(writer);
    assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
        .containsSubsequence("\"b\"", "\"a\"", "\"empty\"", "[0,16]", "\"d\"");
    try (Safetensors read = Safetensors.open(file)) {
      assertThat(read.f32("a", 33_331)).isEqualTo(floats);
      assertThat(read.i64("b", -1)).isEqualTo(longs);
      assertThat(read.u8("d", -1)).isEqualTo(bytes);
      assertThat(read.f32("empty", 0)).isEmpty();
    }
  }

  /** Law: the bytes of format version 1, written out by hand. */
  @Test
  void bytesAreThoseOfTheFormat() throws IOException {
    String json = "{\"w\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}";
    String padded = json + " ".repeat((8 - json.length() % 8) % 8);
    String expected =
        HexFormat.of().formatHex(new byte[] {(byte) padded.length(), 0, 0, 0, 0, 0, 0, 0})
            + HexFormat.of().formatHex(padded.getBytes(StandardCharsets.US_ASCII))
            + "0000803f"
            + "000000c0";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Safetensors.Writer().f32("w", new float[] {1, -2}, 2, 1).writeTo(out);
    assertThat(HexFormat.of().formatHex(out.toByteArray())).isEqualTo(expected);
  }

  /** Law: every tensor begins at a multiple of its element size. */
  @Test
  void tensorsAreAligned() throws IOException {
    Path file =
        write(
            new Safetensors.Writer()
                .u8("a", new byte[3], 3)
                .f32("b", new float[5], 5)
                .i64("c", new long[1], 1));
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.getLong(0) % 8).isZero();
    assertThat(new String(bytes.array(), StandardCharsets.ISO_8859_1))
        .contains("\"data_offsets\":[0,8]", "\"data_offsets\":[8,28]", "\"data_offsets\":[28,31]");
  }

  /** Law: a file whose parts disagree is refused, and the message says where. */
  @Test
  void disagreementIsRefused() throws IOException {
    String good = "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    refuses(good, 9, "the tensors must fill 9 bytes but fill 8");
    refuses(good, 7, "the tensors must fill 7 bytes but fill 8");
    refuses(good.replace("[2]", "[3]"), 8, "tensor 'w' must span 12 bytes but");
    refuses(good.replace("[0,8]", "[1,9]"), 9, "tensor 'w' must begin at 0 but begins at 1");
    refuses(good.replace("[2]", "[-2]"), 8, "tensor 'w' has a negative size in its shape");
    refuses(good.replace("[2]", "[4294967296,4294967296]"), 8, "a shape too large to address");
    refuses(good.replace("F32", "F64"), 8, "must be F32, F16, BF16, I32, I64, I8 or U8 but is F64");
    refuses(good.replace("[0,8]", "[0]"), 8, "tensor 'w' must have 2 data_offsets but has 1");
    refuses(good.replace("}}", "},\"w\":{}}"), 8, "not valid JSON, Duplicate field 'w'");
    refuses(good.replace("}}", "}"), 8, "not valid JSON");
    refuses(good + "1", 8, "there must be nothing after the JSON document");
    String two =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}";
    refuses(two, 6, "tensor 'b' must begin at 4 but begins at 2");
  }

  /** Law: a cut file and a foreign file are refused before anything is allocated for them. */
  @Test
  void cutAndForeignFilesAreRefused() throws IOException {
    Path file = folder.resolve("x");
    Files.write(file, new byte[5]);
    assertThatThrownBy(() -> Safetensors.open(file))
        .hasMessage(file + ": the file must have at least 8 bytes but has 5");
    Files.write(file, "PK\3\4 not safetensors at all".getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> Safetensors.open(file)).hasMessageContaining("the header must have");
  }

  @Test
  void askingForTheWrongTensorSaysSo() throws IOException {
    Path file = write(new Safetensors.Writer().f32("w", new float[4], 2, 2));
    try (Safetensors read = Safetensors.open(file)) {
      assertThatThrownBy(() -> read.f32("v", -1)).hasMessage(file + ": tensor 'v' is missing");
      assertThatThrownBy(() -> read.i64("w", -1))
          .hasMessage(file + ": tensor 'w' must be I64 but is F32");
      assertThatThrownBy(() -> read.f32("w", 5))
          .hasMessage(file + ": tensor 'w' must have 5 elements but has 4");
    }
    assertThatThrownBy(() -> new Safetensors.Writer().f32("w", new float[4], 3))
        .hasMessage("tensor 'w' must have 3 elements but had 4");
  }

  private void refuses(String header, int dataBytes, String message) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
    out.write(json);
    out.write(new byte[dataBytes]);
    Path file = folder.resolve("bad.safetensors");
    Files.write(file, out.toByteArray());
    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message);
  }

  private Path write(Safetensors.Writer writer) throws IOException {
    Path file = folder.resolve("x.safetensors");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.writeTo(out);
    return Files.write(file, out.toByteArray());
  }
}
