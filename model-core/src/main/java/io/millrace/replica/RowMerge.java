package io.millrace.replica;

import java.util.List;

/** Adds the changes of several replicas to one row, in the order of replicas. */
interface RowMerge {

  /**
   * Adds changes to a row. That of one replica alone is added as it is, to the bit.
   *
   * @param number of the row
   * @param row weights, then the state of their optimiser, at {@code row[at]}; changed
   * @param deltas an array of each replica
   * @param from where the row's change begins in each of them; -1 if the replica has not changed it
   */
  void add(int number, float[] row, int at, List<float[]> deltas, int[] from);

  /**
   * Called before the first merge.
   *
   * @param events by which replicas divide the sum of the gradients of a step
   */
  default void batch(int events) {}

  /** How many replicas have changed a row. */
  static int count(int[] from) {
    int count = 0;
    for (int at : from) {
      count += at >= 0 ? 1 : 0;
    }
    return count;
  }

  /** Adds the change of the one replica that has changed a row. */
  static void addOne(float[] row, int at, int length, List<float[]> deltas, int[] from) {
    for (int r = 0; r < from.length; r++) {
      for (int j = 0; from[r] >= 0 && j < length; j++) {
        row[at + j] += deltas.get(r)[from[r] + j];
      }
    }
  }
}
