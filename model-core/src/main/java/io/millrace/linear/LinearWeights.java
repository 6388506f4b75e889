package io.millrace.linear;

import io.millrace.event.ClickEvent;

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

  /** Bytes of the weights as served. */
  public long bytes() {
    return (long) weights.length * precision.bytes();
  }
}
