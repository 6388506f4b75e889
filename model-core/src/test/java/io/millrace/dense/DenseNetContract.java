package io.millrace.dense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.random.Gaussian;
import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The laws that every {@link DenseEngine} keeps. */
public abstract class DenseNetContract {
  private static final MlpSpec BOTTOM = new MlpSpec(List.of(5, 11, 8), true);
  private static final MlpSpec TOP = new MlpSpec(List.of(13, 17, 9, 1), false);
  private static final MlpSpec WIDE = new MlpSpec(List.of(13, 300, 129, 16), true);

  /** The engine under test. */
  protected abstract DenseEngine engine();

  // Law: the analytic gradient is the limit of the difference quotient (taken in double precision,
  // so that rounding does not blur it).
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradientsAreTheSlopesOfTheLoss(boolean reluLast) {
    MlpSpec spec = new MlpSpec(List.of(4, 6, 5, 3), reluLast);
    int batch = 3;
    float[] x = normal(1, batch * 4);
    float[] c = normal(2, batch * 3);
    float[] dx = new float[batch * 4];
    float[][] gradients = gradients(spec, x, c, batch, dx);
    NaiveMlp naive;
    try (DenseNet net = engine().create(spec, sgd(1), 7)) {
      naive = new NaiveMlp(spec, net.parameters());
    }
    double[] inputs = NaiveMlp.toDouble(x);
    for (int t = 0; t < gradients.length; t++) {
      for (int i = 0; i < gradients[t].length; i++) {
        double slope = slope(naive, naive.parameters[t], i, inputs, c, batch);
        assertThat((double) gradients[t][i])
            .isCloseTo(slope, within(2e-6 + 1e-5 * Math.abs(slope)));
      }
    }
    for (int i = 0; i < dx.length; i++) {
      double slope = slope(naive, inputs, i, inputs, c, batch);
      assertThat((double) dx[i]).isCloseTo(slope, within(2e-6 + 1e-5 * Math.abs(slope)));
    }
  }

  // Law: for every batch size the results are those of the formulas.
  @ParameterizedTest
  @CsvSource({"1", "7", "128", "1021"})
  void everyBatchSizeFollowsTheFormulas(int batch) {
    for (MlpSpec spec : List.of(BOTTOM, TOP)) {
      float[] x = normal(3, batch * spec.inputs());
      float[] dy = normal(4, batch * spec.outputs());
      float[] dx = new float[batch * spec.inputs()];
      float[] y = new float[batch * spec.outputs()];
      try (DenseNet net = engine().create(spec, sgd(1), 7)) {
        NaiveMlp naive = new NaiveMlp(spec, net.parameters());
        net.forward(x, batch, y);
        net.backward(dy, batch, dx);
        net.step();
        assertClose(y, naive.forward(NaiveMlp.toDouble(x), batch), 1e-5);
        assertClose(dx, naive.backward(NaiveMlp.toDouble(dy), batch), 1e-5);
        float[][] after = net.parameters();
        for (int t = 0; t < after.length; t++) {
          double[] expected = new double[after[t].length];
          for (int i = 0; i < expected.length; i++) {
            expected[i] = naive.parameters[t][i] - naive.gradients[t][i];
          }
          assertClose(after[t], expected, 1e-5);
        }
      }
    }
  }

  // Law: equal seeds and inputs give equal bits; another seed gives other weights.
  @ParameterizedTest
  @EnumSource(DenseOptimizer.Rule.class)
  void equalSeedsGiveEqualBits(DenseOptimizer.Rule rule) {
    DenseOptimizer optimizer = DenseOptimizer.of(rule, .01);
    try (DenseNet a = engine().create(WIDE, optimizer, 7);
        DenseNet b = engine().create(WIDE, optimizer, 7);
        DenseNet other = engine().create(WIDE, optimizer, 8)) {
      assertThat(other.parameters()).isNotEqualTo(a.parameters());
      float[] ya = train(a, 20, 128, 1);
      float[] yb = train(b, 20, 128, 1);
      assertThat(yb).isEqualTo(ya);
      assertThat(b.parameters()).isEqualTo(a.parameters());
      assertThat(b.view()).isEqualTo(a.parameters());
    }
  }

  // Law: the initial weights are those of MlpInit, whatever the engine.
  @Test
  void startsFromTheInitialWeights() {
    try (DenseNet net = engine().create(WIDE, sgd(.1), 42)) {
      assertThat(net.parameters()).isEqualTo(MlpInit.draw(WIDE, 42));
    }
  }

  // Law: write, read, step equals step, to the bit, also into a network that was used for something
  // else before.
  @ParameterizedTest
  @EnumSource(DenseOptimizer.Rule.class)
  void restoredThenSteppedEqualsStepped(DenseOptimizer.Rule rule) throws IOException {
    DenseOptimizer optimizer = DenseOptimizer.of(rule, .01);
    try (DenseNet net = engine().create(WIDE, optimizer, 7);
        DenseNet restored = engine().create(WIDE, optimizer, 8)) {
      train(net, 5, 33, 1);
      train(restored, 3, 50, 2);
      restored.readState(input(stateOf(net)));
      assertThat(restored.parameters()).isEqualTo(net.parameters());
      assertThat(train(restored, 5, 64, 3)).isEqualTo(train(net, 5, 64, 3));
      assertThat(stateOf(restored)).isEqualTo(stateOf(net));
    }
  }

  // Law: a network that takes another one's inputs in another place, and a new input, has its
  // outputs; put back and without the new input, it is that one again, to the bit, and steps as it.
  @ParameterizedTest
  @EnumSource(DenseOptimizer.Rule.class)
  void inputsMayBeAddedAndDropped(DenseOptimizer.Rule rule) throws IOException {
    DenseOptimizer optimizer = DenseOptimizer.of(rule, .01);
    MlpSpec wider = new MlpSpec(List.of(14, 17, 9, 1), false);
    int[] forth = {12, 0, 1, 2, -1, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    int[] back = {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0};
    try (DenseNet net = engine().create(TOP, optimizer, 7);
        DenseNet wide = engine().create(wider, optimizer, 8);
        DenseNet again = engine().create(TOP, optimizer, 9)) {
      train(net, 5, 33, 1);
      train(wide, 3, 50, 2);
      wide.take(net, forth);
      float[] x = normal(6, 20 * 13);
      float[] moved = new float[20 * 14];
      for (int i = 0; i < moved.length; i++) {
        moved[i] = forth[i % 14] < 0 ? 3 : x[i / 14 * 13 + forth[i % 14]];
      }
      float[] expected = new float[20];
      net.forward(x, 20, expected);
      float[] y = new float[20];
      wide.forward(moved, 20, y);
      assertClose(y, NaiveMlp.toDouble(expected), 1e-5);
      again.take(wide, back);
      assertThat(stateOf(again)).isEqualTo(stateOf(net));
      assertThat(train(again, 5, 64, 3)).isEqualTo(train(net, 5, 64, 3));
    }
  }

  // Law: what differs in more than its inputs is refused before anything changes.
  @Test
  void onlyInputsMayDiffer() throws IOException {
    try (DenseNet top = engine().create(TOP, sgd(.1), 7);
        DenseNet bottom = engine().create(BOTTOM, sgd(.1), 7);
        DenseNet adam = engine().create(TOP, DenseOptimizer.of(DenseOptimizer.Rule.ADAM, .1), 7)) {
      byte[] before = stateOf(top);
      assertThatThrownBy(() -> top.take(bottom, new int[13]))
          .hasMessageStartingWith("networks must differ in their inputs alone but are MlpSpec[");
      assertThatThrownBy(() -> top.take(adam, new int[13])).hasMessageContaining("with ADAM and");
      assertThatThrownBy(() -> top.take(top, new int[12]))
          .hasMessage("inputs must be of length 13 but was of 12");
      int[] beyond = new int[13];
      beyond[4] = 13;
      assertThatThrownBy(() -> top.take(top, beyond))
          .hasMessage("inputs must be < 13 but one was 13");
      assertThat(stateOf(top)).isEqualTo(before);
    }
  }

  // Law: a forward alone is a prediction and changes nothing.
  @Test
  void predictionLeavesTheStateAlone() throws IOException {
    DenseOptimizer optimizer = DenseOptimizer.of(DenseOptimizer.Rule.ADAM, .01);
    try (DenseNet net = engine().create(TOP, optimizer, 7);
        DenseNet undisturbed = engine().create(TOP, optimizer, 7)) {
      train(net, 3, 16, 1);
      train(undisturbed, 3, 16, 1);
      byte[] before = stateOf(net);
      float[] y = new float[500];
      net.forward(normal(5, 500 * TOP.inputs()), 500, y);
      net.forward(normal(5, 2 * TOP.inputs()), 2, y);
      assertThat(stateOf(net)).isEqualTo(before);
      assertThat(train(net, 3, 16, 2)).isEqualTo(train(undisturbed, 3, 16, 2));
    }
  }

  // Law: a batch larger than all before is as good as the first, and a smaller one after it too;
  // arrays may be longer than what is used, and the rest stays as it was.
  @Test
  void batchesMayGrowAndShrink() {
    try (DenseNet net = engine().create(TOP, sgd(.1), 7)) {
      NaiveMlp naive = new NaiveMlp(TOP, net.parameters());
      for (int batch : new int[] {3, 40, 2, 41}) {
        float[] x = normal(batch, batch * TOP.inputs() + 5);
        float[] y = new float[batch + 3];
        Arrays.fill(y, 9f);
        net.forward(x, batch, y);
        double[] expected = naive.forward(NaiveMlp.toDouble(x), batch);
        assertClose(Arrays.copyOf(y, batch), expected, 1e-5);
        assertThat(Arrays.copyOfRange(y, batch, batch + 3)).containsOnly(9f);
      }
    }
  }

  // Law: the gradient of the parameters does not depend on whether that of the inputs is wanted,
  // nor
  // on what the caller does to x after forward.
  @Test
  void inputGradientIsOptional() {
    int batch = 12;
    float[] x = normal(1, batch * TOP.inputs());
    float[] dy = normal(2, batch);
    try (DenseNet with = engine().create(TOP, sgd(.1), 7);
        DenseNet without = engine().create(TOP, sgd(.1), 7)) {
      with.forward(x, batch, new float[batch]);
      with.backward(dy, batch, new float[batch * TOP.inputs()]);
      with.step();
      float[] reused = x.clone();
      without.forward(reused, batch, new float[batch]);
      Arrays.fill(reused, 3f);
      without.backward(dy, batch, null);
      without.step();
      assertThat(without.parameters()).isEqualTo(with.parameters());
    }
  }

  // Law: the plain engine is the oracle: after 50 steps of any rule the outputs agree.
  @ParameterizedTest
  @EnumSource(DenseOptimizer.Rule.class)
  void agreesWithThePlainEngineAfterFiftySteps(DenseOptimizer.Rule rule) {
    DenseOptimizer optimizer = DenseOptimizer.of(rule, .001);
    try (DenseNet net = engine().create(WIDE, optimizer, 7);
        DenseNet plain = new PlainEngine().create(WIDE, optimizer, 7)) {
      float[] y = train(net, 50, 128, 1);
      float[] expected = train(plain, 50, 128, 1);
      assertClose(y, NaiveMlp.toDouble(expected), 1e-4);
    }
  }

  // Law: networks on threads of their own do not disturb each other.
  @Test
  void networksOnSeveralThreadsKeepTheirBits() throws Exception {
    float[] expected;
    try (DenseNet net = engine().create(WIDE, sgd(.01), 7)) {
      expected = train(net, 30, 128, 1);
    }
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Future<float[]>> results =
          threads.invokeAll(
              Collections.nCopies(
                  3,
                  () -> {
                    try (DenseNet net = engine().create(WIDE, sgd(.01), 7)) {
                      return train(net, 30, 128, 1);
                    }
                  }));
      for (Future<float[]> result : results) {
        assertThat(result.get()).isEqualTo(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  // Law: calls out of order and arrays too short are refused with the place named.
  @Test
  void misuseIsRefused() {
    try (DenseNet net = engine().create(TOP, sgd(.1), 7)) {
      float[] x = new float[4 * TOP.inputs()];
      float[] y = new float[4];
      assertThatThrownBy(net::step).hasMessage("step must follow a backward");
      assertThatThrownBy(() -> net.backward(y, 4, null))
          .hasMessage("backward of batch 4 must follow a forward of the same batch, not of 0");
      assertThatThrownBy(() -> net.forward(x, 0, y)).hasMessage("batch must be >= 1 but was 0");
      assertThatThrownBy(() -> net.forward(x, 5, y))
          .hasMessage("x must hold 5 x 13 floats but has 52");
      net.forward(x, 4, y);
      assertThatThrownBy(net::step).hasMessage("step must follow a backward");
    }
  }

  // Law: state of another shape or rule is refused before anything changes.
  @Test
  void foreignStateIsRefused() throws IOException {
    try (DenseNet top = engine().create(TOP, sgd(.1), 7);
        DenseNet bottom = engine().create(BOTTOM, sgd(.1), 7);
        DenseNet adam = engine().create(TOP, DenseOptimizer.of(DenseOptimizer.Rule.ADAM, .1), 7)) {
      byte[] before = stateOf(top);
      assertThatThrownBy(() -> top.readState(input(stateOf(bottom))))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "state is of MlpSpec[sizes=[5, 11, 8], reluLast=true] but the network is"
                  + " MlpSpec[sizes=[13, 17, 9, 1], reluLast=false]");
      assertThatThrownBy(() -> top.readState(input(stateOf(adam))))
          .hasMessage("state is of optimizer ADAM but the network uses SGD");
      assertThat(stateOf(top)).isEqualTo(before);
    }
  }

  /** Trains on inputs drawn from {@code seed}, towards fixed targets; returns the last outputs. */
  protected static float[] train(DenseNet net, int steps, int batch, long seed) {
    int in = net.spec().inputs();
    int out = net.spec().outputs();
    float[] y = new float[batch * out];
    float[] dx = new float[batch * in];
    for (int s = 0; s < steps; s++) {
      float[] x = normal(seed * 1000 + s, batch * in);
      net.forward(x, batch, y);
      float[] dy = new float[batch * out];
      for (int i = 0; i < dy.length; i++) {
        dy[i] = (y[i] - x[i / out * in]) / batch;
      }
      net.backward(dy, batch, dx);
      net.step();
    }
    return y;
  }

  protected static float[] normal(long seed, int length) {
    SplittableRandom random = Seeds.generator(seed, "test", 0);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) Gaussian.next(random);
    }
    return values;
  }

  /** Gradients read off one SGD step of rate 1. */
  private float[][] gradients(MlpSpec spec, float[] x, float[] dy, int batch, float[] dx) {
    try (DenseNet net = engine().create(spec, sgd(1), 7)) {
      float[][] before = net.parameters();
      net.forward(x, batch, new float[batch * spec.outputs()]);
      net.backward(dy, batch, dx);
      net.step();
      float[][] after = net.parameters();
      for (int t = 0; t < before.length; t++) {
        for (int i = 0; i < before[t].length; i++) {
          before[t][i] -= after[t][i];
        }
      }
      return before;
    }
  }

  /** Central difference of {@code sum(c * y)} by {@code variable[index]}. */
  private static double slope(
      NaiveMlp naive, double[] variable, int index, double[] x, float[] c, int batch) {
    double h = 1e-6;
    double at = variable[index];
    variable[index] = at + h;
    double above = loss(naive.forward(x, batch), c);
    variable[index] = at - h;
    double below = loss(naive.forward(x, batch), c);
    variable[index] = at;
    return (above - below) / (2 * h);
  }

  private static double loss(double[] y, float[] c) {
    double loss = 0;
    for (int i = 0; i < c.length; i++) {
      loss += c[i] * y[i];
    }
    return loss;
  }

  /** Differences within {@code tolerance} of the largest expected magnitude. */
  protected static void assertClose(float[] actual, double[] expected, double tolerance) {
    double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(tolerance * scale));
    }
  }

  private static DenseOptimizer sgd(double learningRate) {
    return DenseOptimizer.of(DenseOptimizer.Rule.SGD, learningRate);
  }

  protected static byte[] stateOf(DenseNet net) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    net.writeState(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  protected static DataInputStream input(byte[] bytes) {
    return new DataInputStream(new ByteArrayInputStream(bytes));
  }
}
