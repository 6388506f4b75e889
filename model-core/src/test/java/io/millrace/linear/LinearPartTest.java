package io.millrace.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.event.ClickEvent;
import io.millrace.linear.LinearOptions.Precision;
import io.millrace.math.Float16;
import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinearPartTest {

  private static final LinearOptions OPTIONS =
      new LinearOptions(0, 0, .5, 1, 0, 1, 0, Precision.FLOAT32);

  private static ClickEvent event(int label, float dense, long... ids) {
    return new ClickEvent(0, label, new float[] {dense}, ids, new int[] {0, ids.length});
  }

  private static LinearPart part(int slots, LinearOptions options) {
    return new LinearPart(new LinearSlots(slots, 1, 1, options.bins()), options);
  }

  /** One event at a time: predicts, learns, and returns the prediction. */
  private static float step(LinearPart part, ClickEvent event) {
    float[] logit = new float[1];
    part.forward(List.of(event), logit);
    float p = (float) (1 / (1 + Math.exp(-logit[0])));
    part.learn(new float[] {p - event.label()}, 1);
    return p;
  }

  // By hand from the recurrences, alpha .5, beta 1, l2 1, one slot and the bias, which stay equal:
  // p = .5, g = -.5, sigma = 1, z = -.5, n = .25, w = .5 / ((1 + .5) / .5 + 1) = .125;
  // then p = 1 / (1 + e^-.25) = .562177, sigma = (sqrt(.25 + p^2) - .5) / .5 = .504725,
  // z = -.5 + p - sigma / 8 = -.000914, n = .566043, w = .000914 / ((1 + .752358) / .5 + 1)
  @Test
  void twoEventsByHand() {
    LinearPart part = part(1, OPTIONS);
    assertThat(step(part, event(1, 0, 7))).isEqualTo(.5f);
    assertThat(part.weights().weights()).containsExactly(.125f, .125f);
    assertThat(step(part, event(0, 0, 7))).isCloseTo(.562177f, within(1e-6f));
    assertThat(part.weights().weights()[0]).isCloseTo(.000203f, within(2e-6f));
  }

  /** Algorithm 1 of the paper in double precision, event by event, without sharing of arrays. */
  private static final class Oracle {
    final LinearOptions options;
    final double[] z;
    final double[] n;

    Oracle(int weights, LinearOptions options) {
      this.options = options;
      this.z = new double[weights];
      this.n = new double[weights];
    }

    double weight(int i) {
      double l1 = i == z.length - 1 ? 0 : options.l1();
      if (Math.abs(z[i]) <= l1) {
        return 0;
      }
      double rate = (options.beta() + Math.sqrt(n[i])) / options.alpha() + options.l2();
      return -(z[i] - Math.signum(z[i]) * l1) / rate;
    }

    double predict(List<Integer> slots) {
      double sum = weight(z.length - 1);
      for (int slot : slots) {
        sum += weight(slot);
      }
      return 1 / (1 + Math.exp(-sum));
    }

    void learn(List<Integer> slots, double g) {
      List<Integer> all = new ArrayList<>(slots);
      all.add(z.length - 1);
      for (int i : all) {
        double w = weight(i);
        double sigma = (Math.sqrt(n[i] + g * g) - Math.sqrt(n[i])) / options.alpha();
        z[i] += g - sigma * w;
        n[i] += g * g;
      }
    }
  }

  private static List<ClickEvent> events(int n) {
    SplittableRandom random = Seeds.generator(3, "linear-test", 0);
    List<ClickEvent> events = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      long user = random.nextInt(30);
      long[] ids = {user, random.nextInt(5), random.nextInt(5)};
      int label = random.nextDouble() < (user % 3 + 1) / 5. ? 1 : 0;
      float[] dense = {(float) random.nextDouble(), -3 + 6 * (float) random.nextDouble()};
      events.add(new ClickEvent(i, label, dense, ids, new int[] {0, 1, 3}));
    }
    return events;
  }

  private static List<Integer> slots(LinearSlots slots, ClickEvent event) {
    int[] found = new int[slots.count(event)];
    slots.of(event, slots.keys(), found, 0);
    List<Integer> list = new ArrayList<>();
    for (int slot : found) {
      list.add(slot);
    }
    return list;
  }

  // Law: a column's weights are found by its number, wherever it is and whatever else is there
  @Test
  void columnsAreHashedByTheirNumbers() {
    ClickEvent event =
        new ClickEvent(0, 1, new float[] {.3f, .7f}, new long[] {5, 6, 7}, new int[] {0, 1, 3});
    List<Integer> slots = slots(new LinearSlots(1000, 2, 2, 8), event);
    ClickEvent other =
        new ClickEvent(0, 1, new float[] {.7f}, new long[] {9, 6, 7}, new int[] {0, 1, 3});
    LinearSlots moved = new LinearSlots(1000, 2, 1, 8, List.of(4, 1, 3));
    assertThat(slots(moved, other).subList(1, 4))
        .containsExactly(slots.get(1), slots.get(2), slots.get(4));
    assertThat(new LinearSlots(1000, 2, 2, 8))
        .isEqualTo(new LinearSlots(1000, 2, 2, 8, List.of(0, 1, 2, 3)));
  }

  // Law: batches of one equal the paper's algorithm, collisions and bags included.
  @ParameterizedTest
  @ValueSource(doubles = {0, .4})
  void equalsThePapersAlgorithm(double l1) {
    LinearOptions options = new LinearOptions(0, 0, .1, 1, l1, 1, 4, Precision.FLOAT32);
    LinearSlots slots = new LinearSlots(40, 2, 2, options.bins());
    LinearPart part = new LinearPart(slots, options);
    Oracle oracle = new Oracle(41, options);
    for (ClickEvent event : events(3000)) {
      List<Integer> found = slots(slots, event);
      double expected = oracle.predict(found);
      assertThat((double) step(part, event)).isCloseTo(expected, within(2e-5));
      oracle.learn(found, expected - event.label());
    }
  }

  // Law: all predictions of a batch use the weights before it.
  @Test
  void aBatchIsPredictedBeforeItIsLearned() {
    List<ClickEvent> events = events(64);
    LinearOptions options = OPTIONS.with(LinearOptions::bins, 4);
    LinearPart part = new LinearPart(new LinearSlots(40, 2, 2, 4), options);
    float[] before = new float[64];
    part.forward(events, before);
    float[] gradients = new float[64];
    for (int b = 0; b < 64; b++) {
      gradients[b] = .5f - events.get(b).label();
    }
    float[] again = new float[64];
    part.forward(events, again);
    assertThat(again).isEqualTo(before).containsOnly(0);
    part.learn(gradients, 64);
    float[] after = new float[64];
    part.forward(events, after);
    assertThat(after).doesNotContain(0);
  }

  private static int nonZero(float[] weights) {
    int n = 0;
    for (float weight : weights) {
      n += weight != 0 ? 1 : 0;
    }
    return n;
  }

  // Law: l1 leaves weights of little evidence exactly 0, the more the larger it is.
  @Test
  void l1MakesExactZeros() {
    int last = 402;
    for (double l1 : new double[] {0, .3, 1, 3}) {
      LinearOptions options = OPTIONS.with(LinearOptions::l1, l1).with(LinearOptions::alpha, .1);
      LinearPart part = new LinearPart(new LinearSlots(400, 2, 2, 0), options);
      events(300).forEach(event -> step(part, event));
      int left = nonZero(part.weights().weights());
      assertThat(left).isLessThan(last);
      last = left;
    }
    assertThat(last).isPositive();
  }

  // Law: what is served predicts what the trainer predicts, to the bit, in either precision.
  @ParameterizedTest
  @EnumSource(Precision.class)
  void servedWeightsPredictTheSame(Precision precision) {
    LinearOptions options =
        OPTIONS.with(LinearOptions::served, precision).with(LinearOptions::bins, 8);
    LinearPart part = new LinearPart(new LinearSlots(50, 2, 2, 8), options);
    events(500).forEach(event -> step(part, event));
    LinearWeights served = part.weights();
    LinearWeights.Sum sum = served.new Sum();
    for (ClickEvent event : events(20)) {
      float[] logit = new float[1];
      part.forward(List.of(event), logit);
      assertThat(sum.of(event)).isEqualTo(logit[0]);
    }
    assertThat(served.bytes()).isEqualTo(51L * precision.bytes()).isEqualTo(part.servingBytes());
    boolean halves = true;
    for (float weight : served.weights()) {
      halves &= weight == Float16.round(weight);
    }
    assertThat(halves).isEqualTo(precision == Precision.FLOAT16);
  }

  // Law: restored state goes on with equal bits.
  @Test
  void stateIsComplete() throws IOException {
    LinearOptions options = OPTIONS.with(LinearOptions::bins, 8);
    LinearSlots slots = new LinearSlots(50, 2, 2, 8);
    LinearPart part = new LinearPart(slots, options);
    events(200).forEach(event -> step(part, event));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    part.writeState(new DataOutputStream(bytes));
    LinearPart again = new LinearPart(slots, options);
    again.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    for (ClickEvent event : events(300)) {
      assertThat(step(again, event)).isEqualTo(step(part, event));
    }
    LinearPart other = new LinearPart(new LinearSlots(51, 2, 2, 8), options);
    other.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    assertThat(other.slots().slots()).as("those of the state").isEqualTo(50);
    assertThat(other.weights().weights()).hasSize(51);
  }

  // Law: an id's slot depends on its column; values of a bin share a slot, those of others do not.
  @Test
  void columnsAndBinsAreApart() {
    LinearSlots slots = new LinearSlots(1 << 24, 2, 1, 8);
    ClickEvent event =
        new ClickEvent(0, 0, new float[] {.3f}, new long[] {5, 5, 6}, new int[] {0, 1, 3});
    Set<Integer> used = new HashSet<>(slots(slots, event));
    assertThat(used).hasSize(4);
    assertThat(
            slots(slots, new ClickEvent(0, 1, new float[] {.374f}, event.ids(), event.offsets())))
        .isEqualTo(slots(slots, event));
    for (float other : new float[] {.376f, .2f, -.3f, Float.MAX_VALUE, -Float.MAX_VALUE}) {
      ClickEvent moved = new ClickEvent(0, 0, new float[] {other}, event.ids(), event.offsets());
      assertThat(slots(slots, moved).get(3)).isNotEqualTo(slots(slots, event).get(3));
    }
    assertThat(slots(new LinearSlots(100, 2, 1, 0), event)).hasSize(3);
  }

  @Test
  void wrongOptionsAreNamed() {
    assertThatThrownBy(() -> OPTIONS.with(LinearOptions::share, 1.))
        .hasMessage("linear.share must be in [0, 1) but was 1.0");
    assertThatThrownBy(() -> OPTIONS.with(LinearOptions::l2, -1.))
        .hasMessage("linear.l2 must be >= 0 but was -1.0");
    assertThatThrownBy(() -> OPTIONS.with(LinearOptions::l2, 0.).with(LinearOptions::beta, 0.))
        .hasMessage(
            "linear.beta must be > 0 where l2 is 0, as the rate would have no bound, but was 0");
  }
}
