package io.millrace.metric;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Detects lasting changes in the distribution of a stream of values. After a change it drops the
 * older values, as its algorithm defines, and continues. Deterministic; O(log n) or constant time
 * and memory per value. Not thread-safe.
 */
public interface ChangeDetector {

  /**
   * Adds the next value.
   *
   * @param value finite; unit and range as the algorithm requires
   * @return true if the stream has changed
   * @throws IllegalArgumentException if the value is not finite
   */
  boolean add(double value);

  /** Returns to the initial state. */
  void reset();

  /** Writes the state, in a fixed order, without the settings. */
  void writeState(DataOutput out) throws IOException;

  /** Reads what {@link #writeState} of a detector with equal settings wrote. */
  void readState(DataInput in) throws IOException;

  /** Checks that a value is finite. */
  static double finite(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("a watched value must be finite but was " + value);
    }
    return value;
  }
}
