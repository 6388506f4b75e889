package io.millrace.linear;

import io.millrace.event.ClickEvent;
import io.millrace.math.Float16;
import io.millrace.math.FloatBlocks;
import io.millrace.table.FrozenState;
import io.millrace.table.TouchedRows;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hashed logistic regression, learned by FTRL-Proximal with a rate for each weight (McMahan et
 * al. 2013, Ad Click Prediction: a View from the Trenches, algorithm 1). It works on one batch at a
 * time, alone or beside a network whose logit it adds to:
 *
 * <pre>
 *  logit = network + w_0 + sum of w_i over the event's slots        {@link LinearSlots}
 *
 *  w_i = 0 if |z_i| &lt;= l1, else -(z_i - sign(z_i) l1) / ((beta + sqrt(n_i)) / alpha + l2)
 *
 *  for each event of the batch, g = p - y, and each of its slots:
 *      sigma = (sqrt(n_i + g^2) - sqrt(n_i)) / alpha
 *      z_i += g - sigma w_i
 *      n_i += g^2
 * </pre>
 *
 * <p>All predictions of a batch use the weights before it, rounded as they are served; the
 * recurrences use exact weights. The bias {@code w_0} has no l1. While training, a slot takes two
 * floats, z and n. One thread at a time.
 */
public final class LinearPart {

  private static final Logger LOG = LoggerFactory.getLogger(LinearPart.class);

  private LinearSlots slots;
  private final LinearOptions options;
  private final long[] keys;
  private final float inverseAlpha;
  private final float betaTerm;
  private final float l1;
  private final boolean half;

  /** z and n of slot i are at 2 i and 2 i + 1; the bias is the last slot. */
  private float[] state;

  /** Slots that have changed; null while nobody asks. */
  private TouchedRows touched;

  /** Slots of the events of the batch, event by event; those of event b end at {@code ends[b]}. */
  private int[] used = {};

  private int[] ends = {};

  /**
   * A linear part whose weights are 0.
   *
   * @param options with a learning rate above 0
   */
  public LinearPart(LinearSlots slots, LinearOptions options) {
    this.slots = slots;
    this.options = options;
    this.keys = slots.keys();
    this.inverseAlpha = (float) (1 / options.alpha());
    this.betaTerm = (float) (options.beta() / options.alpha() + options.l2());
    this.l1 = (float) options.l1();
    this.half = options.served() == LinearOptions.Precision.FLOAT16;
    this.state = new float[2 * (slots.slots() + 1)];
  }

  /** How it learns. */
  public LinearOptions options() {
    return options;
  }

  /** Which weights an event uses. */
  public LinearSlots slots() {
    return slots;
  }

  /**
   * Adds the linear part of each event's logit.
   *
   * @param logits {@code float[batch]}, added to
   */
  public void forward(List<ClickEvent> batch, float[] logits) {
    find(batch);
    float bias = served(weight(2 * slots.slots(), 0));
    int i = 0;
    for (int b = 0; b < batch.size(); b++) {
      float sum = bias;
      for (; i < ends[b]; i++) {
        sum += served(weight(2 * used[i], l1));
      }
      logits[b] += sum;
    }
  }

  private void find(List<ClickEvent> batch) {
    int n = 0;
    for (ClickEvent event : batch) {
      n += slots.count(event);
    }
    if (used.length < n) {
      used = new int[n + n / 4];
    }
    if (ends.length < batch.size()) {
      ends = new int[batch.size()];
    }
    int at = 0;
    for (int b = 0; b < batch.size(); b++) {
      at = slots.of(batch.get(b), keys, used, at);
      ends[b] = at;
    }
  }

  /**
   * Learns from the batch of the last {@link #forward}.
   *
   * @param gradients of each event's loss by its logit, p - y, {@code float[batch]}
   */
  public void learn(float[] gradients, int batch) {
    int i = 0;
    for (int b = 0; b < batch; b++) {
      float g = gradients[b];
      for (; i < ends[b]; i++) {
        update(2 * used[i], g, l1);
      }
      update(2 * slots.slots(), g, 0);
    }
    if (touched != null) {
      touch(batch);
    }
  }

  private void touch(int batch) {
    int n = batch == 0 ? 0 : ends[batch - 1];
    for (int i = 0; i < n; i++) {
      touched.add(used[i]);
    }
    touched.add(slots.slots());
  }

  /**
   * Records from now on which slots change, the bias as the slot after the last; the same object
   * each time.
   */
  public TouchedRows track() {
    if (touched == null) {
      touched = new TouchedRows();
    }
    return touched;
  }

  /** Copies z and n of a slot, or of the bias, to {@code out[at]} and {@code out[at + 1]}. */
  public void read(int slot, float[] out, int at) {
    System.arraycopy(state, 2 * slot, out, at, 2);
  }

  /** Replaces z and n of a slot, or of the bias. */
  public void write(int slot, float[] in, int at) {
    System.arraycopy(in, at, state, 2 * slot, 2);
    if (touched != null) {
      touched.add(slot);
    }
  }

  private void update(int at, float g, float threshold) {
    float n = state[at + 1];
    float squares = n + g * g;
    float root = (float) Math.sqrt(n);
    float sigma = ((float) Math.sqrt(squares) - root) * inverseAlpha;
    state[at] += g - sigma * weight(state[at], root, threshold);
    state[at + 1] = squares;
  }

  private float weight(int at, float threshold) {
    return weight(state[at], (float) Math.sqrt(state[at + 1]), threshold);
  }

  private float weight(float z, float root, float threshold) {
    float size = Math.abs(z) - threshold;
    return size <= 0 ? 0 : Math.copySign(size, -z) / (betaTerm + root * inverseAlpha);
  }

  private float served(float weight) {
    return half ? Float16.round(weight) : weight;
  }

  /** The weights as they are served; a copy. */
  public LinearWeights weights() {
    float[] weights = new float[slots.slots() + 1];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = servedWeight(i);
    }
    return new LinearWeights(slots, options.served(), weights);
  }

  private float servedWeight(int slot) {
    return served(weight(2 * slot, slot == slots.slots() ? 0 : l1));
  }

  /** The weights of some slots as they are served, in their order. */
  public float[] weights(int[] of) {
    float[] weights = new float[of.length];
    for (int i = 0; i < of.length; i++) {
      weights[i] = servedWeight(of[i]);
    }
    return weights;
  }

  /** Bytes of the weights as served. */
  public long servingBytes() {
    return (slots.slots() + 1L) * options.served().bytes();
  }

  /** Bytes held while training. */
  public long trainingBytes() {
    return (long) state.length * Float.BYTES;
  }

  /**
   * Takes the slots of another part, whose columns may be others.
   *
   * @param former must not be used any more
   */
  public void take(LinearPart former) {
    slots = slots.with(LinearSlots::slots, former.slots.slots());
    state = former.state;
  }

  /** Writes z and n of each slot. */
  public void writeState(DataOutput out) throws IOException {
    out.writeInt(slots.slots());
    float[] copy = state.clone();
    FrozenState.writeLater(out, later -> FloatBlocks.write(later, copy, copy.length));
  }

  /** Reads what {@link #writeState} wrote; the number of slots is then that of the state. */
  public void readState(DataInput in) throws IOException {
    int saved = in.readInt();
    if (saved != slots.slots()) {
      LOG.warn(
          "the linear part keeps the {} weights of the saved state; the settings give {}",
          saved,
          slots.slots());
      slots = slots.with(LinearSlots::slots, saved);
      state = new float[2 * (saved + 1)];
    }
    FloatBlocks.read(in, state, state.length);
    if (touched != null) {
      touched.move();
    }
  }
}
