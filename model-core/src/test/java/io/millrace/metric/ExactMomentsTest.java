package io.millrace.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ExactMomentsTest {

  private static final MathContext DIGITS = new MathContext(60);

  private static ExactMoments of(float... values) {
    ExactMoments moments = new ExactMoments();
    for (float value : values) {
      moments.add(value);
    }
    return moments;
  }

  /** Law: decimal arithmetic of 60 digits gives the same, also where a plain sum would cancel. */
  @Test
  void equalsDecimalArithmetic() {
    SplittableRandom random = new SplittableRandom(1);
    for (double scale : List.of(1., 1e-40, 1e30, 1e-3)) {
      for (double shift : List.of(0., 1e6, -1e6)) {
        float[] values = new float[1021];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) (scale * (shift + random.nextDouble(-1, 1)));
        }
        BigDecimal n = BigDecimal.valueOf(values.length);
        BigDecimal sum = BigDecimal.ZERO;
        BigDecimal squares = BigDecimal.ZERO;
        for (float value : values) {
          BigDecimal x = new BigDecimal(value);
          sum = sum.add(x);
          squares = squares.add(x.multiply(x));
        }
        BigDecimal mean = sum.divide(n, DIGITS);
        BigDecimal variance =
            squares.multiply(n).subtract(sum.multiply(sum)).divide(n.multiply(n), DIGITS);
        double deviation = variance.sqrt(DIGITS).doubleValue();
        ExactMoments found = of(values);
        assertThat(found.mean())
            .isCloseTo(mean.doubleValue(), within(2 * Math.ulp(mean.doubleValue())));
        assertThat(found.deviation()).isCloseTo(deviation, within(3 * Math.ulp(deviation)));
      }
    }
  }

  /** Law: order and grouping do not change a bit, nor does writing and reading. */
  @Test
  void orderAndPartsDoNotMatter() throws IOException {
    SplittableRandom random = new SplittableRandom(2);
    float[] values = new float[503];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(random.nextInt());
      values[i] = Float.isFinite(values[i]) ? values[i] : i;
    }
    float[] backwards = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      backwards[i] = values[values.length - 1 - i];
    }
    ExactMoments parts = of(java.util.Arrays.copyOf(backwards, 100));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    parts.writeTo(new DataOutputStream(bytes));
    parts =
        ExactMoments.readFrom(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    parts.addAll(of(java.util.Arrays.copyOfRange(backwards, 100, values.length)));
    assertThat(parts.count()).isEqualTo(503);
    assertThat(parts.mean()).isEqualTo(of(values).mean());
    assertThat(parts.deviation()).isEqualTo(of(values).deviation());
  }

  /** Law: equal numbers have deviation 0; a few by hand; without numbers both results are NaN. */
  @Test
  void byHand() {
    assertThat(of(.1f, .1f, .1f).deviation()).isZero();
    assertThat(of(.1f, .1f, .1f).mean()).isEqualTo(.1f);
    assertThat(of(2, 4, 4, 4, 5, 5, 7, 9).mean()).isEqualTo(5);
    assertThat(of(2, 4, 4, 4, 5, 5, 7, 9).deviation()).isEqualTo(2);
    assertThat(of(-1, 1).mean()).isZero();
    assertThat(of().mean()).isNaN();
    assertThat(of().deviation()).isNaN();
  }
}
