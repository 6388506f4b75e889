package io.millrace.metric;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Watches a stream of values for a lasting change of their distribution. After a change it has
 * forgotten what came before, as its algorithm defines, and goes on. Deterministic; O(log n) or
 * constant time and memory a value. Not thread-safe.
 */
public interface ChangeDetector {

  /**
   * Takes the next value.
   *
   * @param value finite; unit and range as the algorithm needs
   * @return true if the stream has changed
   * @throws IllegalArgumentException if the value is not finite
   */
  boolean add(double value);

  /** Forgets everything. */
  void reset();

  /** Writes what it remembers, in a fixed order; the settings are not part of it. */
  void writeState(DataOutput out) throws IOException;

  /** Reads what {@link #writeState} of a detector with equal settings wrote. */
  void readState(DataInput in) throws IOException;

  /** Checks a value. */
  static double finite(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("a watched value must be finite but was " + value);
    }
    return value;
  }
}
