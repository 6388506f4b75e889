package io.millrace.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WindowMetricsTest {

  private static final long SEED = 20_260_101;

  /** Law: the numpy twin's figures. Predictions are float32 here, so to 1e-7. */
  @Test
  void equalsTheGoldenFigures() throws IOException {
    JsonNode golden = GoldenOther.section("metrics");
    float[] p = GoldenOther.floats(golden.get("p"));
    float[] y = GoldenOther.floats(golden.get("y"));
    WindowMetrics window = new WindowMetrics();
    for (int i = 0; i < p.length; i++) {
      window.add(p[i], y[i], i % FrequencyBucket.COUNT);
    }
    Metrics m = window.result();
    assertThat(m.events()).isEqualTo(8);
    assertThat(m.positives()).isEqualTo(4);
    assertThat(m.auc()).isEqualTo(golden.get("auc").doubleValue());
    assertThat(m.logLoss()).isCloseTo(golden.get("logloss").doubleValue(), within(1e-7));
    assertThat(m.ne()).isCloseTo(golden.get("ne").doubleValue(), within(1e-7));
    assertThat(m.calibration()).isCloseTo(golden.get("calibration").doubleValue(), within(1e-7));
  }

  /** Law: AUC is the share of (positive, negative) pairs in the right order, ties counting half. */
  @Test
  void aucCountsPairs() {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] p = new float[1021];
    float[] y = new float[p.length];
    for (int i = 0; i < p.length; i++) {
      p[i] = random.nextInt(-40, 40) / 16f;
      y[i] = random.nextInt(3) == 0 ? 1 : 0;
    }
    assertThat(Auc.of(p, y)).isEqualTo(bruteForce(p, y));
  }

  /** Law: every bucket is measured as if its events were alone in the window. */
  @Test
  void bucketsAreWindowsOfTheirOwn() {
    for (int limit : new int[] {1 << 20, 300}) {
      WindowMetrics together = new WindowMetrics(limit);
      WindowMetrics[] alone = new WindowMetrics[FrequencyBucket.COUNT];
      for (int b = 0; b < alone.length; b++) {
        alone[b] = new WindowMetrics(limit == 300 ? 0 : limit);
      }
      SplittableRandom random = new SplittableRandom(SEED);
      for (int i = 0; i < 2000; i++) {
        float p = random.nextInt(1, 100) / 100f;
        float y = random.nextDouble() < p ? 1 : 0;
        int bucket = FrequencyBucket.of(random.nextInt(200));
        together.add(p, y, bucket);
        alone[bucket].add(p, y, bucket);
      }
      for (FrequencyBucket bucket : FrequencyBucket.values()) {
        assertThat(together.result(bucket)).isEqualTo(alone[bucket.ordinal()].result());
      }
    }
  }

  /** Law: every figure, by bucket and overall, equals its definition, event by event. */
  @Test
  void figuresEqualTheirDefinitions() {
    int n = 1021;
    SplittableRandom random = new SplittableRandom(SEED);
    float[] p = new float[n];
    float[] y = new float[n];
    int[] bucket = new int[n];
    WindowMetrics window = new WindowMetrics();
    for (int i = 0; i < n; i++) {
      p[i] = random.nextInt(1, 32) / 32f;
      y[i] = random.nextDouble() < p[i] * p[i] ? 1 : 0;
      bucket[i] = FrequencyBucket.of(random.nextInt(150));
      window.add(p[i], y[i], bucket[i]);
    }
    assertThat(bruteForceFigures(p, y)).isEqualTo(roundedLoss(window.result()));
    for (FrequencyBucket b : FrequencyBucket.values()) {
      int[] own = IntStream.range(0, n).filter(i -> bucket[i] == b.ordinal()).toArray();
      float[] ownP = new float[own.length];
      float[] ownY = new float[own.length];
      for (int i = 0; i < own.length; i++) {
        ownP[i] = p[own[i]];
        ownY[i] = y[own[i]];
      }
      assertThat(bruteForceFigures(ownP, ownY)).isEqualTo(roundedLoss(window.result(b)));
    }
  }

  /** Losses to 12 digits, as the definition sums them in another order. */
  private static Metrics roundedLoss(Metrics m) {
    return new Metrics(
        m.events(),
        m.positives(),
        m.auc(),
        twelveDigits(m.logLoss()),
        twelveDigits(m.ne()),
        twelveDigits(m.calibration()));
  }

  private static double twelveDigits(double value) {
    return new BigDecimal(value).round(new MathContext(12)).doubleValue();
  }

  private static Metrics bruteForceFigures(float[] p, float[] y) {
    double meanP = 0;
    double rate = 0;
    double logLoss = 0;
    for (int i = p.length - 1; i >= 0; i--) {
      meanP += (double) p[i] / p.length;
      rate += (double) y[i] / p.length;
      logLoss -= (y[i] * Math.log(p[i]) + (1 - y[i]) * Math.log1p(-p[i])) / p.length;
    }
    double entropy = -rate * Math.log(rate) - (1 - rate) * Math.log1p(-rate);
    long positives = Math.round(rate * p.length);
    return roundedLoss(
        new Metrics(
            p.length, positives, bruteForce(p, y), logLoss, logLoss / entropy, meanP / rate));
  }

  /**
   * Law: folded, the AUC is off by at most half of the pairs that share a bin; the rest is equal.
   */
  @Test
  void histogramKeepsItsErrorBound() {
    WindowMetrics exact = new WindowMetrics(1 << 20);
    WindowMetrics folded = new WindowMetrics(1000);
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 50_000; i++) {
      float p = (float) random.nextDouble();
      float y = random.nextDouble() < p ? 1 : 0;
      exact.add(p, y, 0);
      folded.add(p, y, 0);
    }
    assertThat(exact.exact()).isTrue();
    assertThat(folded.exact()).isFalse();
    Metrics a = exact.result();
    Metrics b = folded.result();
    assertThat(b.auc()).isCloseTo(a.auc(), within(5e-4));
    assertThat(b.logLoss()).isEqualTo(a.logLoss());
    assertThat(b.calibration()).isEqualTo(a.calibration());
  }

  /** Law: write, read, go on equals going on, to the bit, exact and folded. */
  @Test
  void restoreContinuesEqualToTheBit() throws IOException {
    for (int limit : new int[] {0, 500, 1 << 20}) {
      WindowMetrics straight = new WindowMetrics(limit);
      WindowMetrics restored = new WindowMetrics(limit);
      SplittableRandom random = new SplittableRandom(SEED);
      for (int i = 0; i < 1021; i++) {
        if (i % 250 == 249) {
          restored = readBack(restored);
        }
        float p = (float) random.nextDouble();
        float y = random.nextInt(2);
        int bucket = random.nextInt(FrequencyBucket.COUNT);
        straight.add(p, y, bucket);
        restored.add(p, y, bucket);
      }
      assertThat(bytes(restored)).isEqualTo(bytes(straight));
      assertThat(restored.result()).isEqualTo(straight.result());
    }
  }

  /** Law: panes added up rank as the window does, whichever of them has folded. */
  @Test
  void panesAddUp() {
    for (int limit : new int[] {100, 700, 2000}) {
      WindowMetrics whole = new WindowMetrics(limit == 2000 ? 2000 : 0);
      WindowMetrics sum = new WindowMetrics(limit);
      SplittableRandom random = new SplittableRandom(SEED);
      for (int pane = 0; pane < 3; pane++) {
        WindowMetrics part = new WindowMetrics(limit);
        for (int i = 0; i < 400 + pane; i++) {
          float p = random.nextInt(64) / 64f;
          float y = random.nextInt(2);
          part.add(p, y, pane);
          whole.add(p, y, pane);
        }
        sum.addAll(part);
      }
      assertThat(sum.result().auc()).isEqualTo(whole.result().auc());
      assertThat(sum.result().logLoss()).isCloseTo(whole.result().logLoss(), within(1e-12));
      assertThat(sum.result(FrequencyBucket.SOME).auc())
          .isEqualTo(whole.result(FrequencyBucket.SOME).auc());
    }
  }

  /** Law: measures that need both classes are NaN with one; an event without a label is skipped. */
  @Test
  void undefinedIsNaN() {
    WindowMetrics window = new WindowMetrics();
    assertThat(window.result()).isEqualTo(new Metrics(0, 0, nan(), nan(), nan(), nan()));
    window.add(.5f, Float.NaN, 0);
    assertThat(window.events()).isZero();
    window.add(.25f, 0, 0);
    assertThat(window.result().auc()).isNaN();
    assertThat(window.result().ne()).isNaN();
    assertThat(window.result().calibration()).isNaN();
    assertThat(window.result().logLoss()).isEqualTo(-Math.log(.75));
    window.add(Float.NaN, 1, 0);
    assertThat(window.result().auc()).isNaN();
    assertThat(window.result().logLoss()).isNaN();
  }

  /** Law: the loss of a certain but wrong prediction is bounded by the clip. */
  @Test
  void lossIsClipped() {
    assertThat(LogLoss.of(0, true)).isEqualTo(-Math.log(1e-7));
    assertThat(LogLoss.of(1, false)).isCloseTo(-Math.log(1e-7), within(1e-8));
    assertThat(LogLoss.entropy(.5)).isEqualTo(Math.log(2));
    assertThat(LogLoss.entropy(1)).isZero();
  }

  /** Law: the edges of the buckets are those of their names. */
  @Test
  void bucketsBeginWhereTheirNamesSay() {
    long[] edges = {0, 1, 9, 10, 99, 100, Long.MAX_VALUE};
    String[] labels = {"0", "1-9", "1-9", "10-99", "10-99", "100+", "100+"};
    for (int i = 0; i < edges.length; i++) {
      FrequencyBucket bucket = FrequencyBucket.values()[FrequencyBucket.of(edges[i])];
      assertThat(bucket.label()).isEqualTo(labels[i]);
      assertThat(bucket.from()).isLessThanOrEqualTo(edges[i]);
    }
    assertThat(FrequencyBucket.values()).hasSize(FrequencyBucket.COUNT);
  }

  @Test
  void foreignBytesAreRefused() {
    assertThatThrownBy(
            () ->
                WindowMetrics.readFrom(new DataInputStream(new ByteArrayInputStream(new byte[9]))))
        .isInstanceOf(IOException.class)
        .hasMessage("window metrics have format 0 but must have 1");
  }

  private static double nan() {
    return Double.NaN;
  }

  private static double bruteForce(float[] p, float[] y) {
    double right = 0;
    long pairs = 0;
    for (int i = 0; i < p.length; i++) {
      for (int j = 0; j < p.length; j++) {
        if (y[i] == 1 && y[j] == 0) {
          pairs++;
          right += p[i] > p[j] ? 1 : p[i] == p[j] ? .5 : 0;
        }
      }
    }
    return right / pairs;
  }

  private static WindowMetrics readBack(WindowMetrics window) throws IOException {
    return WindowMetrics.readFrom(new DataInputStream(new ByteArrayInputStream(bytes(window))));
  }

  private static byte[] bytes(WindowMetrics window) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    window.writeTo(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }
}
