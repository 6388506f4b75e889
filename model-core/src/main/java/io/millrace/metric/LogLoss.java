package io.millrace.metric;

/** Cross entropy of a prediction, in nats. */
public final class LogLoss {

  /** Predictions are clipped to {@code [CLIP, 1 - CLIP]}: one event costs at most 16.2 nats. */
  public static final double CLIP = 1e-7;

  private LogLoss() {}

  /**
   * Loss of one event: {@code -ln p} of the label's probability.
   *
   * @param p predicted probability of a click; NaN gives NaN
   * @param positive the label
   */
  public static double of(double p, boolean positive) {
    double clipped = Math.min(Math.max(p, CLIP), 1 - CLIP);
    return -Math.log(positive ? clipped : 1 - clipped);
  }

  /** Entropy of a Bernoulli variable with probability {@code rate}, nats, in [0, ln 2]. */
  public static double entropy(double rate) {
    if (rate <= 0 || rate >= 1) {
      return 0;
    }
    return -(rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate));
  }
}
