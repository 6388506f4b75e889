package io.millrace.dlrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.MlpSpec;
import io.millrace.dense.PlainEngine;
import io.millrace.event.ClickEvent;
import io.millrace.hash.ModuloHash;
import io.millrace.metric.LogLoss;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import io.millrace.table.TableOptimizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchLearnerTest {
  private static final int BATCH = 4;
  private static final int DIM = 2;

  private final ClickModel model = model();
  private final List<Float> scored = new ArrayList<>();
  private final BatchLearner learner = learner(model);

  private BatchLearner learner(ClickModel of) {
    return new BatchLearner(of, BATCH, (event, tag, p) -> scored.add(p));
  }

  private static ClickModel model() {
    return model(.1);
  }

  private static ClickModel model(double rate) {
    DenseOptimizer sgd = DenseOptimizer.of(DenseOptimizer.Rule.SGD, rate);
    TableOptimizer rows = new TableOptimizer(TableOptimizer.Rule.SGD, rate);
    PlainEngine engine = new PlainEngine();
    return new ClickModel(
        new Dlrm(
            1,
            DIM,
            engine.create(new MlpSpec(List.of(1, DIM), true), sgd, 1),
            engine.create(new MlpSpec(List.of(Dlrm.topInputs(1, DIM), 1), false), sgd, 2),
            List.of(
                FieldTable.hashed(
                    0, new PlainTable(3, DIM, rows, RowInit.dlrm(3, 5)), new ModuloHash(3, 1)))),
        null);
  }

  @AfterEach
  void close() {
    model.close();
  }

  // Law: with equal weights, an event alone steps by its share of a full batch, as plain gradient
  // descent does with a quarter of the rate; else as far as a full batch.
  @Test
  void equalWeightsShortenTheStepsOfShortBatches() {
    try (ClickModel shorter = model();
        ClickModel slower = model(.1 / BATCH)) {
      learnOne(new BatchLearner(shorter, BATCH, true, (event, tag, p) -> {}));
      learnOne(new BatchLearner(slower, BATCH, false, (event, tag, p) -> {}));
      learnOne(learner);
      float now = score(shorter);
      assertThat(now).isCloseTo(score(slower), within(1e-7f));
      assertThat(now).isNotCloseTo(score(model), within(1e-4f));
    }
  }

  private static void learnOne(BatchLearner of) {
    of.add(event(.5f, 1), 0);
    of.flush();
  }

  private static float score(ClickModel of) {
    float[] p = new float[1];
    of.score(List.of(event(.5f, 1)), p);
    return p[0];
  }

  private static ClickEvent event(float dense, int label) {
    return new ClickEvent(0, label, new float[] {dense}, new long[] {7}, new int[] {0, 1});
  }

  private static byte[] bytes(ClickModel model) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    model.writeState(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  // Law: the network's output varies with the events of a batch, and by exactly 0 if they are
  // equal.
  @Test
  void varianceOfTheOutput() {
    float[] p = new float[3];
    model.predict(List.of(event(1, 0), event(1, 1), event(1, 0)), p);
    assertThat(model.outputVariance()).isZero();
    model.predict(List.of(event(1, 0), event(2, 1), event(4, 0)), p);
    double mean = (logit(p[0]) + logit(p[1]) + logit(p[2])) / 3;
    double variance = 0;
    for (float one : p) {
      variance += Math.pow(logit(one) - mean, 2) / 3;
    }
    assertThat(variance).isPositive();
    assertThat(model.outputVariance()).isCloseTo(variance, within(1e-3 * variance));
  }

  private static double logit(float p) {
    return Math.log(p / (1 - p));
  }

  private void addBatch(ClickEvent first) {
    learner.add(first, 0);
    for (int i = 1; i < BATCH; i++) {
      learner.add(event(.5f, i % 2), 0);
    }
  }

  @Test
  void theLossIsThatOfTheProbabilities() {
    List<ClickEvent> batch = List.of(event(.5f, 0), event(1, 1), event(-2, 1));
    float[] p = new float[3];
    model.predict(batch, p);
    double sum = LogLoss.of(p[0], false) + LogLoss.of(p[1], true) + LogLoss.of(p[2], true);
    assertThat(model.loss(batch)).isCloseTo(sum, within(1e-6));
  }

  /** Of both labels: a huge input may well predict the right one, with a loss of 0. */
  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, 1e30f, 1e6f})
  void aBatchOfABadInputLeavesTheParametersAsTheyWere(float input) throws IOException {
    addBatch(event(.1f, 1));
    byte[] before = bytes(model);
    boolean stopped = false;
    for (int label = 0; label < 2 && !stopped; label++) {
      addBatch(event(input, label));
      stopped = learner.skipped() > 0;
      assertThat(stopped || label == 0).isTrue();
      if (stopped) {
        assertThat(bytes(model)).isEqualTo(before);
      }
      before = bytes(model);
    }
    assertThat(learner.skipped()).isEqualTo(BATCH);
    assertThat(scored).noneMatch(p -> Float.isNaN(p));
    long learned = learner.learned();
    addBatch(event(.1f, 0));
    assertThat(learner.learned()).isEqualTo(learned + BATCH);
    assertThat(bytes(model)).isNotEqualTo(before);
  }

  /** Law: a few events at a window's end may each have a large loss; they are still learned. */
  @Test
  void theBoundIsThatOfAFullBatch() {
    learner.add(eventOfLoss(20), 0);
    learner.flush();
    assertThat(learner.skipped()).isZero();
    learner.add(eventOfLoss(10 * BATCH + 1), 0);
    learner.flush();
    assertThat(learner.skipped()).isEqualTo(1);
  }

  /** The next event of a series of larger and larger inputs whose loss is at least so large. */
  private ClickEvent eventOfLoss(double least) {
    for (float x = 1; x < 1e6; x *= 1.2f) {
      for (ClickEvent e : List.of(event(x, 0), event(x, 1), event(-x, 0), event(-x, 1))) {
        model.predict(List.of(e), new float[1]);
        if (model.loss(List.of(e)) >= least) {
          return e;
        }
      }
    }
    throw new AssertionError("no input has a loss of " + least);
  }

  // Law: what a state holds beyond a batch is learned in batches, before the next event.
  @Test
  void whatIsMoreThanABatchIsLearnedInBatches() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    learner.writeState(new DataOutputStream(bytes));
    List<ClickEvent> events = new ArrayList<>();
    for (int i = 0; i < 2 * BATCH + 2; i++) {
      events.add(event(.1f * i, i % 2));
      learner.add(events.get(i), 0);
    }
    for (boolean advance : new boolean[] {false, true}) {
      try (ClickModel other = model()) {
        BatchLearner restored = learner(other);
        restored.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        restored.goOnAfter(5, 3, events, new int[events.size()]);
        assertThat(restored.gathered()).isEqualTo(events.size());
        assertThat(restored.learned()).isEqualTo(5);
        if (advance) {
          assertThat(restored.advance(0)).isTrue();
          assertThat(restored.advance(0)).isFalse();
        } else {
          restored.add(event(.7f, 0), 0);
        }
        assertThat(restored.gathered()).isEqualTo(advance ? 2 : 3);
        assertThat(restored.learned()).isEqualTo(5 + 2 * BATCH);
        assertThat(restored.skipped()).isEqualTo(3);
        assertThat(bytes(other)).isEqualTo(bytes(model));
      }
    }
  }

  @Test
  void stateKeepsTheCounts() throws IOException {
    addBatch(event(.1f, 1));
    addBatch(event(Float.NaN, 1));
    learner.add(event(.2f, 0), 0);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    learner.writeState(new DataOutputStream(bytes));
    try (ClickModel other = model()) {
      BatchLearner restored = learner(other);
      restored.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
      assertThat(restored.learned()).isEqualTo(BATCH);
      assertThat(restored.skipped()).isEqualTo(BATCH);
      restored.flush();
      assertThat(restored.learned()).isEqualTo(BATCH + 1);
    }
  }
}
