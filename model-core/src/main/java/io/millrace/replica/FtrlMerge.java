package io.millrace.replica;

import io.millrace.linear.LinearPart;
import java.util.List;

/**
 * Adds the changes of several replicas to a slot of a linear part. FTRL-Proximal changes it event
 * by event ({@link LinearPart}):
 *
 * <pre>
 *  n += g^2      z += g - sigma w      sigma = (sqrt(n + g^2) - sqrt(n)) / alpha
 * </pre>
 *
 * <p>Gradients add up over replicas, and so does n. The sums of sigma do not: with {@code S_r} that
 * of replica {@code r} and {@code S} that of the merged n,
 *
 * <pre>
 *  S_r = (sqrt(n + dn_r) - sqrt(n)) / alpha   >   its share of   S = (sqrt(n + sum_r dn_r) - sqrt(n)) / alpha
 * </pre>
 *
 * as a root grows more slowly the larger n is. To add up z would let each weight grow at each merge
 * without any evidence. So each replica's share of {@code sigma w} is made smaller:
 *
 * <pre>
 *  z += sum_r [ dz_r + (1 - f) S_r w_r ]      f = S / sum_r S_r
 * </pre>
 *
 * with {@code w_r} the mean of the weights with which the replica began and ended. One replica has f
 * = 1.
 */
final class FtrlMerge implements RowMerge {

  private final LinearPart linear;

  /** The merge of a linear part's slots. */
  FtrlMerge(LinearPart linear) {
    this.linear = linear;
  }

  @Override
  public void add(int slot, float[] row, int at, List<float[]> deltas, int[] from) {
    float z = row[at];
    float n = row[at + 1];
    float all = n;
    double sums = 0;
    for (int r = 0; r < from.length; r++) {
      if (from[r] >= 0) {
        float dn = deltas.get(r)[from[r] + 1];
        all += dn;
        sums += sigma(n, n + dn);
      }
    }
    double surplus = sums > 0 ? 1 - sigma(n, all) / sums : 0;
    float start = linear.weight(slot, z, n);
    for (int r = 0; r < from.length; r++) {
      if (from[r] >= 0) {
        float dz = deltas.get(r)[from[r]];
        float ended = n + deltas.get(r)[from[r] + 1];
        double mean = (start + linear.weight(slot, z + dz, ended)) / 2d;
        row[at] += (float) (dz + surplus * sigma(n, ended) * mean);
      }
    }
    row[at + 1] = all;
  }

  /** The sum of sigma while n grows, whatever the steps. */
  private double sigma(float n, float to) {
    return (Math.sqrt(to) - Math.sqrt(n)) / linear.alpha();
  }
}
