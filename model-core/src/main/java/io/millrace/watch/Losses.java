package io.millrace.watch;

import io.millrace.metric.LogLoss;

/**
 * The losses of a student or teacher in one sub-window; each event was scored before it was learned
 * from.
 *
 * @param subWindow number of the sub-window
 * @param events events scored
 * @param clicks clicks among them
 * @param sum of their log losses, nats
 * @param squares sum of the squares of their log losses
 * @param ofClicks sum of the log losses of clicks, nats
 */
public record Losses(
    long subWindow, long events, long clicks, double sum, double squares, double ofClicks) {

  /** Mean log loss, nats. */
  double mean() {
    return sum / events;
  }

  /** Sampling variance of the mean, from the spread of the events' losses. */
  double variance() {
    return variance(0);
  }

  /**
   * Normalised entropy: the mean log loss over the entropy of the share of clicks; NaN where all
   * labels are equal.
   */
  double ne() {
    double entropy = LogLoss.entropy(rate());
    return entropy == 0 ? Double.NaN : mean() / entropy;
  }

  /**
   * Variance of the normalised entropy, by the delta method: where by chance there are more clicks,
   * both loss and entropy are larger, so it is less noisy than the loss.
   */
  double neVariance() {
    double entropy = LogLoss.entropy(rate());
    double slope = ne() * Math.log((1 - rate()) / rate());
    return variance(slope) / (entropy * entropy);
  }

  private double rate() {
    return (double) clicks / events;
  }

  /** Variance of the mean of {@code loss - slope * label}. */
  private double variance(double slope) {
    double mean = mean() - slope * rate();
    double square =
        (squares - 2 * slope * ofClicks) / events + slope * slope * rate() - mean * mean;
    return Math.max(0, square) / events;
  }
}
