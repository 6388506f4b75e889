package io.millrace.replica;

import java.util.List;

/**
 * Adds to a slot of a linear part the mean change of the replicas that have changed it:
 *
 * <pre>
 *  z += mean_r dz_r      n += mean_r dn_r
 * </pre>
 *
 * <p>A slot of a rare id is changed by one replica, whose change is added whole. A frequent slot,
 * the bias and the bins of dense columns are changed by all of them. There each replica corrects
 * the same error alone, so the sum of their corrections goes too far; docs/scaling.md has figures.
 *
 * <p>z and n are averaged together, so that no weight gets larger than the largest that a replica
 * had. To add z up would let weights grow without evidence: {@code sigma w}, by which z keeps a
 * weight at its place while n grows, would be added more often than the root of n grows.
 */
final class MeanChange implements RowMerge {

  private static final int FLOATS = 2;

  @Override
  public void add(int slot, float[] row, int at, List<float[]> deltas, int[] from) {
    for (int j = 0; j < FLOATS; j++) {
      float sum = 0;
      int changed = 0;
      for (int r = 0; r < from.length; r++) {
        if (from[r] >= 0) {
          float one = deltas.get(r)[from[r] + j];
          sum = changed == 0 ? one : sum + one;
          changed++;
        }
      }
      row[at + j] += sum / changed;
    }
  }
}
