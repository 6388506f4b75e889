package io.millrace.linear;

import io.millrace.event.ClickEvent;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The linear part of a published model. Immutable by contract: the array is shared, never written.
 *
 * @param slots which weights an event uses
 * @param precision form in which the weights are stored; their values are exact in it
 * @param weights {@code float[slots + 1]}, the last is the bias
 */
@SuppressWarnings("ArrayRecordComponent") // megabytes of weights, shared on purpose
public record LinearWeights(LinearSlots slots, LinearOptions.Precision precision, float[] weights) {

  public LinearWeights {
    if (weights.length != slots.slots() + 1) {
      throw new IllegalArgumentException(
          "weights must be slots + 1 (" + (slots.slots() + 1) + ") but were " + weights.length);
    }
  }

  /** Scores events; one thread at a time. */
  public final class Sum {
    private final long[] keys = slots.keys();
    private int[] found = {};

    /** The linear part of an event's logit. */
    public float of(ClickEvent event) {
      int n = slots.count(event);
      if (found.length < n) {
        found = new int[n];
      }
      slots.of(event, keys, found, 0);
      float z = weights[slots.slots()];
      for (int i = 0; i < n; i++) {
        z += weights[found[i]];
      }
      return z;
    }
  }

  /**
   * The part of the sums that depends on a context alone, computed once for many candidates. Sums
   * have another order than those of {@link Sum}. Immutable.
   */
  public final class Shared {
    private final long[] keys = slots.keys();
    private final int[] ownFields;
    private final int[] ownDense;
    private final float start;

    /**
     * Sums bias and shared columns.
     *
     * @param context an event with their values
     * @param fields the shared categorical fields
     * @param dense the shared dense columns
     */
    public Shared(ClickEvent context, BitSet fields, BitSet dense) {
      int bins = slots.bins() > 0 ? slots.dense() : 0;
      int[] all = IntStream.range(0, slots.fields()).toArray();
      ownFields = IntStream.of(all).filter(f -> !fields.get(f)).toArray();
      ownDense = IntStream.range(0, bins).filter(c -> !dense.get(c)).toArray();
      int[] contextFields = IntStream.of(all).filter(fields::get).toArray();
      int[] contextDense = IntStream.range(0, bins).filter(dense::get).toArray();
      start = sum(weights[slots.slots()], context, contextFields, contextDense);
    }

    private float sum(float z, ClickEvent event, int[] fields, int[] dense) {
      float sum = z;
      for (int f : fields) {
        for (int i = event.offsets()[f]; i < event.offsets()[f + 1]; i++) {
          sum += weights[slots.ofId(event.ids()[i], keys[f])];
        }
      }
      for (int c : dense) {
        sum += weights[slots.ofDense(event.dense()[c], keys[slots.fields() + c])];
      }
      return sum;
    }

    /** Adds the linear part of each candidate to its logit. */
    public void add(List<ClickEvent> candidates, float[] logits) {
      for (int e = 0; e < candidates.size(); e++) {
        logits[e] += sum(start, candidates.get(e), ownFields, ownDense);
      }
    }
  }

  /**
   * The same weights but for some; this object does not change.
   *
   * @param changed their numbers; the bias has the number after the last slot
   * @param values their values, {@code float[changed]}
   * @throws IllegalArgumentException if there is no such slot
   */
  public LinearWeights with(int[] changed, float[] values) {
    float[] copy = weights.clone();
    for (int i = 0; i < changed.length; i++) {
      if (changed[i] < 0 || changed[i] >= copy.length) {
        throw new IllegalArgumentException(
            "slot must be in 0.." + slots.slots() + " but was " + changed[i]);
      }
      copy[changed[i]] = values[i];
    }
    return new LinearWeights(slots, precision, copy);
  }

  /** Bytes of the weights as served. */
  public long bytes() {
    return (long) weights.length * precision.bytes();
  }
}
