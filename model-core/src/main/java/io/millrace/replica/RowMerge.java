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
}
