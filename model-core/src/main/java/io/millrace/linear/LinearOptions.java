package io.millrace.linear;

import io.millrace.records.Copyable;

/**
 * The linear part of a student and how it learns, see {@link LinearPart}.
 *
 * @param slots number of weights; 0 to derive it from {@code share}
 * @param share share of the arm's bytes that the weights take, in [0, 1); 0 for no linear part
 *     unless {@code slots} is set; not used by arms that have nothing else
 * @param alpha learning rate; 0 for .035 beside a network and .1 alone
 * @param beta the rate of a weight falls with {@code beta + sqrt(n)}, n its sum of squared
 *     gradients; at least 0
 * @param l1 weights whose evidence is smaller than this are exactly 0, at least 0
 * @param l2 pulls weights towards 0, at least 0
 * @param bins bins per unit of a transformed dense value; 0 to leave the dense columns out
 * @param served form of the weights in published models; predictions use their values in it
 */
public record LinearOptions(
    int slots,
    double share,
    double alpha,
    double beta,
    double l1,
    double l2,
    int bins,
    Precision served)
    implements Copyable<LinearOptions> {

  /** Form of a weight in published models. */
  public enum Precision {
    /** Single precision, 4 bytes. */
    FLOAT32(4),
    /** Half precision, 2 bytes. */
    FLOAT16(2);

    private final int bytes;

    Precision(int bytes) {
      this.bytes = bytes;
    }

    /** Bytes of a weight. */
    public int bytes() {
      return bytes;
    }
  }

  /** No linear part. */
  public static final LinearOptions NONE =
      new LinearOptions(0, 0, 0, 1, 0, 1, 8, Precision.FLOAT32);

  private static final double ALPHA_ALONE = .1;
  private static final double ALPHA_BESIDE = .035;

  public LinearOptions {
    require("slots", slots >= 0, ">= 0", slots);
    require("share", share >= 0 && share < 1, "in [0, 1)", share);
    require("alpha", alpha >= 0, ">= 0", alpha);
    require("beta", beta >= 0, ">= 0", beta);
    require("l1", l1 >= 0, ">= 0", l1);
    require("l2", l2 >= 0, ">= 0", l2);
    require("bins", bins >= 0, ">= 0", bins);
    if (beta == 0 && l2 == 0) {
      throw new IllegalArgumentException(
          "linear.beta must be > 0 where l2 is 0, as the rate would have no bound, but was 0");
    }
  }

  private static void require(String key, boolean holds, String rule, Number value) {
    if (!holds) {
      throw new IllegalArgumentException(
          "linear." + key + " must be " + rule + " but was " + value);
    }
  }

  /** The options with the learning rate set. */
  public LinearOptions resolved(boolean besideNetwork) {
    return alpha > 0
        ? this
        : with(LinearOptions::alpha, besideNetwork ? ALPHA_BESIDE : ALPHA_ALONE);
  }
}
