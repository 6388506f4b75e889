package io.millrace.replica;

import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearPart;
import io.millrace.linear.LinearSlots;
import java.util.List;

/**
 * Adds the gradients of several replicas to a slot of a linear part. With {@code w} its weight
 * before the merge and {@code dz_r}, {@code dn_r} the changes of replica {@code r}:
 *
 * <pre>
 *  G_r = dz_r + w (sqrt(n + dn_r) - sqrt(n)) / alpha          the sum of its gradients
 *  z += f sum_r G_r - w (sqrt(n + sum_r dn_r) - sqrt(n)) / alpha
 *  n += sum_r dn_r
 * </pre>
 *
 * <p>{@code f} is that of {@link Saturation}, with the rate {@code 1 / ((beta + sqrt(n)) / alpha +
 * l2)} and as many parameters as an event has slots. A frequent slot, the bias and the bins of
 * dense columns are corrected by all replicas; their plain sum goes too far, docs/scaling.md has
 * figures. The change of one replica alone is added as it is, to the bit.
 */
final class SaturatingGradients implements RowMerge {

  private static final int FLOATS = 2;

  private final LinearPart linear;
  private final Saturation saturation = new Saturation();

  /** The merge of the slots of a linear part. */
  SaturatingGradients(LinearPart linear) {
    this.linear = linear;
  }

  @Override
  public void add(int slot, float[] row, int at, List<float[]> deltas, int[] from) {
    if (RowMerge.count(from) == 1) {
      RowMerge.addOne(row, at, FLOATS, deltas, from);
      return;
    }
    LinearOptions options = linear.options();
    double n = row[at + 1];
    double root = Math.sqrt(n);
    double rate = 1 / ((options.beta() + root) / options.alpha() + options.l2());
    double weight = weight(row[at], slot == linear.slots().slots() ? 0 : options.l1(), rate);
    double gradients = 0;
    double squares = 0;
    saturation.clear();
    for (int r = 0; r < from.length; r++) {
      if (from[r] >= 0) {
        double dn = deltas.get(r)[from[r] + 1];
        gradients += deltas.get(r)[from[r]] + weight * (Math.sqrt(n + dn) - root) / options.alpha();
        squares += dn;
        saturation.add(slotsOfAnEvent() * rate * dn);
      }
    }
    double sigma = (Math.sqrt(n + squares) - root) / options.alpha();
    row[at] = (float) (row[at] + saturation.factor() * gradients - sigma * weight);
    row[at + 1] = (float) (n + squares);
  }

  /** With the bias, and one id a field. */
  private int slotsOfAnEvent() {
    LinearSlots slots = linear.slots();
    return slots.fields() + (slots.bins() > 0 ? slots.dense() : 0) + 1;
  }

  private static double weight(float z, double l1, double rate) {
    double size = Math.abs(z) - l1;
    return size <= 0 ? 0 : -Math.copySign(size * rate, z);
  }
}
