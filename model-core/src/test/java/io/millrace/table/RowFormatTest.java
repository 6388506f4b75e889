package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.math.BFloat16;
import io.millrace.math.Float16;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RowFormatTest {

  private static String hex(RowFormat format, float... row) {
    byte[] bytes = new byte[format.rowBytes(row.length) + 2];
    format.encode(row, bytes, 1);
    assertThat(bytes[0]).isZero();
    assertThat(bytes[bytes.length - 1]).isZero();
    return HexFormat.of().formatHex(bytes, 1, bytes.length - 1);
  }

  private static float[] rounded(RowFormat format, float... row) {
    byte[] bytes = new byte[format.rowBytes(row.length)];
    format.encode(row, bytes, 0);
    float[] out = new float[row.length];
    format.add(bytes, 0, row.length, out, 0);
    return out;
  }

  // Golden bytes, written out by hand: 1 is 0x3F800000, 0x3C00 as a half and 0x3F80 as bf16.
  @Test
  void bytesAreThoseOfTheFormat() {
    assertThat(hex(RowFormat.FLOAT32, 1, -2, 0)).isEqualTo("0000803f000000c000000000");
    assertThat(hex(RowFormat.FLOAT16, 1, -2, 0)).isEqualTo("003c00c00000");
    assertThat(hex(RowFormat.BF16, 1, -2, 0)).isEqualTo("803f00c00000");
    // the scale is 1 = 127 / 127; 2.5 and -3.5 are ties, which go to the even step
    assertThat(hex(RowFormat.INT8, 127, 2.5f, -3.5f, -127)).isEqualTo("7f02fc81803f");
    assertThat(hex(RowFormat.INT8, 0, 0, 0)).isEqualTo("0000000000");
  }

  // Law: an error of int8 is at most half a step, the step is at most 1/127 of the greatest size
  // and a bf16's spacing, and nothing is clipped.
  @Test
  void stepsOfInt8AreSmall() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 20_000; i++) {
      float size = (float) Math.pow(2, random.nextInt(200) - 100);
      float[] row = new float[1 + random.nextInt(20)];
      float greatest = 0;
      for (int j = 0; j < row.length; j++) {
        row[j] = (float) (random.nextDouble() - .5) * size;
        greatest = Math.max(greatest, Math.abs(row[j]));
      }
      float[] read = rounded(RowFormat.INT8, row);
      double step = greatest / 127. * (1 + 1 / 128.);
      for (int j = 0; j < row.length; j++) {
        assertThat((double) read[j]).isCloseTo(row[j], within(step * .5001));
      }
    }
  }

  // Law: a float of 16 bits is the nearest one of its kind.
  @Test
  void shortFloatsAreTheNearest() {
    SplittableRandom random = new SplittableRandom(6);
    for (int i = 0; i < 20_000; i++) {
      float value = (float) ((random.nextDouble() - .5) * Math.pow(2, random.nextInt(40) - 24));
      assertThat(rounded(RowFormat.FLOAT16, value)).containsExactly(0 + Float16.round(value));
      assertThat(rounded(RowFormat.BF16, value))
          .containsExactly(0 + BFloat16.fromBits(BFloat16.nearest(value)));
    }
  }

  // Law: decoding adds, and touches no other float.
  @ParameterizedTest
  @EnumSource(RowFormat.class)
  void aRowIsAdded(RowFormat format) {
    byte[] bytes = new byte[format.rowBytes(3) + 5];
    format.encode(new float[] {127, -1, 64}, bytes, 5);
    float[] out = {1, 2, 3, 4, 5};
    format.add(bytes, 5, 3, out, 1);
    assertThat(out).containsExactly(1, 129, 2, 68, 5);
  }

  // Law: a row with one float that is not finite is not finite in any; float32 keeps it as it is.
  @ParameterizedTest
  @EnumSource(RowFormat.class)
  void damageIsKept(RowFormat format) {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] row = {1, bad, 2};
      float[] expected = format == RowFormat.FLOAT32 ? row : new float[3];
      if (format != RowFormat.FLOAT32) {
        Arrays.fill(expected, Float.NaN);
      }
      assertThat(rounded(format, row)).containsExactly(expected);
    }
  }

  // Law: a finite row stays finite, however large or small.
  @ParameterizedTest
  @EnumSource(RowFormat.class)
  void extremesStayFinite(RowFormat format) {
    float[] row = {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, 0x1p127f};
    for (float v : rounded(format, row)) {
      assertThat(v).isFinite();
    }
    assertThat(rounded(format, Float.MIN_VALUE, -0f)[0]).isBetween(0f, Float.MIN_NORMAL);
  }
}
