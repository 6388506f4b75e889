package io.millrace.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.random.Seeds;
import io.millrace.spec.DriftOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Laws of every detector, and what each sees on streams with and without a change. */
class ChangeDetectorTest {
  private static final int RUNS = 50;
  private static final int CHANGE = 2_000;

  private static final Map<String, IntFunction<ChangeDetector>> DETECTORS =
      Map.of(
          "adwin",
          seed -> new Adwin(new Adwin.Options(.002, 32, 10)),
          "page-hinkley",
          seed ->
              new PageHinkley(new PageHinkley.Options(30, .02, 5, 1, PageHinkley.Direction.BOTH)),
          "kswin",
          seed -> new Kswin(new Kswin.Options(1e-5, 400, 100, seed)));

  static Set<String> names() {
    return DETECTORS.keySet();
  }

  private static ChangeDetector make(String name, int seed) {
    return DETECTORS.get(name).apply(seed);
  }

  // Law: no detector that a job can name is left out here.
  @Test
  void everyDetectorIsHere() {
    assertThat(names()).hasSameSizeAs(DriftOptions.Detector.values());
  }

  private static double[] stream(int seed, int n, double step) {
    SplittableRandom random = Seeds.generator(seed, "watched", 0);
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextDouble(.3, .7) + (i < CHANGE ? 0 : step);
    }
    return values;
  }

  // Law: written and read in the middle, a detector goes on as if it had not been.
  @ParameterizedTest
  @MethodSource("names")
  void goesOnFromItsState(String name) throws IOException {
    ChangeDetector whole = make(name, 0);
    ChangeDetector parts = make(name, 0);
    int changes = 0;
    double[] values = stream(1, 2 * CHANGE, .25);
    for (int i = 0; i < values.length; i++) {
      if (i % 333 == 0) {
        byte[] bytes = bytes(parts);
        parts = make(name, 0);
        parts.readState(new DataInputStream(new ByteArrayInputStream(bytes)));
        assertThat(bytes(parts)).isEqualTo(bytes);
      }
      boolean changed = whole.add(values[i]);
      assertThat(parts.add(values[i])).isEqualTo(changed);
      changes += changed ? 1 : 0;
    }
    assertThat(changes).isPositive();
    whole.reset();
    assertThat(bytes(whole)).isEqualTo(bytes(make(name, 0)));
  }

  private static byte[] bytes(ChangeDetector detector) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    detector.writeState(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @MethodSource("names")
  void refusesWhatIsNotFinite(String name) {
    assertThatThrownBy(() -> make(name, 0).add(Double.NaN))
        .hasMessage("a watched value must be finite but was NaN");
  }

  // Law: a step of .15 in noise of +-.2 is seen in nine of ten streams, a tenth of the stream
  // behind
  // it at most; and a stream without one raises no alarm in nine of ten.
  @ParameterizedTest
  @MethodSource("names")
  void seesChangesAndNothingElse(String name) {
    List<Integer> delays = new ArrayList<>();
    int falseAlarms = 0;
    for (int run = 0; run < RUNS; run++) {
      int before = first(make(name, run), stream(run, CHANGE, 0));
      falseAlarms += before < CHANGE ? 1 : 0;
      ChangeDetector detector = make(name, run);
      double[] values = stream(run, 2 * CHANGE, .15);
      for (double value : Arrays.copyOf(values, CHANGE)) {
        detector.add(value);
      }
      int delay = first(detector, Arrays.copyOfRange(values, CHANGE, 2 * CHANGE));
      if (delay < CHANGE / 10) {
        delays.add(delay);
      }
    }
    delays.sort(null);
    System.out.printf(
        "%-12s step .15 seen in %d of %d streams, median delay %d values; false alarms in %d%n",
        name, delays.size(), RUNS, delays.get(delays.size() / 2), falseAlarms);
    assertThat(delays).hasSizeGreaterThanOrEqualTo(RUNS * 9 / 10);
    assertThat(falseAlarms).isLessThanOrEqualTo(RUNS / 10);
  }

  /** Place of the first change seen; the length if there is none. */
  private static int first(ChangeDetector detector, double[] values) {
    for (int i = 0; i < values.length; i++) {
      if (detector.add(values[i])) {
        return i;
      }
    }
    return values.length;
  }

  // Law: sums of an exponential histogram are those of the values it stands for, and it is small.
  @Test
  void adwinsWindowIsItsValues() throws IOException {
    Adwin adwin = new Adwin(new Adwin.Options(.002, 32, 10));
    double[] values = stream(5, 2 * CHANGE, .3);
    for (int i = 0; i < values.length; i++) {
      adwin.add(values[i]);
      double[] window = Arrays.copyOfRange(values, i + 1 - (int) adwin.width(), i + 1);
      assertThat(adwin.mean()).isCloseTo(mean(window), within(1e-9));
    }
    assertThat(adwin.width()).isBetween(CHANGE - 200L, CHANGE + 20L);
    assertThat(bytes(adwin)).hasSizeLessThan(1_200);
  }

  private static org.assertj.core.data.Offset<Double> within(double offset) {
    return org.assertj.core.data.Offset.offset(offset);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  // Law: the cumulated form with a minimum, as the paper has it, changes at the same values.
  @Test
  void pageHinkleyIsTheCumulatedSumLessItsMinimum() {
    double delta = .01;
    double lambda = 3;
    PageHinkley detector =
        new PageHinkley(new PageHinkley.Options(1, delta, lambda, 1, PageHinkley.Direction.UP));
    double[] values = stream(9, 2 * CHANGE, .2);
    int n = 0;
    double total = 0;
    double sum = 0;
    double least = 0;
    int changes = 0;
    for (double value : values) {
      total += value;
      sum += value - total / ++n - delta;
      least = Math.min(least, sum);
      boolean changed = sum - least > lambda;
      assertThat(detector.add(value)).isEqualTo(changed);
      if (changed) {
        n = 0;
        total = 0;
        sum = 0;
        least = 0;
        changes++;
      }
    }
    assertThat(changes).isPositive();
  }

  // Law: the statistic is the largest difference of two distribution functions, by brute force.
  @Test
  void kolmogorovSmirnovByBruteForce() {
    SplittableRandom random = Seeds.generator(4, "samples", 0);
    for (int run = 0; run < 200; run++) {
      double[] a = random.ints(random.nextInt(1, 30), 0, 12).asDoubleStream().toArray();
      double[] b = random.ints(random.nextInt(1, 30), 3, 15).asDoubleStream().toArray();
      double most = 0;
      for (int at = 0; at < 15; at++) {
        most = Math.max(most, Math.abs(share(a, at) - share(b, at)));
      }
      assertThat(KolmogorovSmirnov.statistic(a, b)).isEqualTo(most);
    }
    assertThat(KolmogorovSmirnov.statistic(new double[0], new double[1])).isNaN();
  }

  private static double share(double[] values, double upTo) {
    return (double) Arrays.stream(values).filter(v -> v <= upTo).count() / values.length;
  }

  // Law: among samples of one distribution, a share of p has a p-value below p.
  @Test
  void kolmogorovSmirnovsPValueIsUniform() {
    SplittableRandom random = Seeds.generator(6, "samples", 0);
    int runs = 4_000;
    int[] below = new int[3];
    double[] levels = {.01, .1, .5};
    for (int run = 0; run < runs; run++) {
      double distance =
          KolmogorovSmirnov.statistic(random.doubles(80).toArray(), random.doubles(120).toArray());
      double p = KolmogorovSmirnov.pValue(distance, 80, 120);
      for (int i = 0; i < levels.length; i++) {
        below[i] += p < levels[i] ? 1 : 0;
      }
    }
    for (int i = 0; i < levels.length; i++) {
      double spread = 4 * Math.sqrt(levels[i] * (1 - levels[i]) / runs) + .1 * levels[i];
      assertThat(below[i] / (double) runs).isCloseTo(levels[i], within(spread));
    }
    assertThat(KolmogorovSmirnov.pValue(0, 50, 50)).isOne();
    assertThat(KolmogorovSmirnov.pValue(1, 50, 50)).isLessThan(1e-9);
  }

  @Test
  void settingsAreChecked() {
    assertRefused(() -> new Adwin.Options(0, 32, 10), "delta must be in (0, 1) but was 0.0");
    assertRefused(() -> new Adwin.Options(.1, 0, 10), "clock must be >= 1 but was 0");
    assertRefused(() -> new Adwin.Options(.1, 1, 9), "least must be >= 10 but was 9");
    assertRefused(() -> new Kswin.Options(1, 100, 30, 0), "alpha must be in (0, 1) but was 1.0");
    assertRefused(() -> new Kswin.Options(.1, 100, 3, 0), "newest must be >= 4 but was 3");
    assertRefused(
        () -> new Kswin.Options(.1, 59, 30, 0), "window must be >= twice newest (30) but was 59");
    assertRefused(
        () -> new PageHinkley.Options(1, 0, 0, 1, PageHinkley.Direction.UP),
        "lambda must be > 0 but was 0.0");
  }

  private static void assertRefused(Supplier<?> options, String message) {
    assertThatThrownBy(options::get)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
