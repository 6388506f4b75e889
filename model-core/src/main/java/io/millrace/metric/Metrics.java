package io.millrace.metric;

/**
 * Quality of the predictions of one arm over one window (or one bucket of it), made before the
 * events were learned from.
 *
 * @param events labelled events, at least 0
 * @param positives those with label 1, in [0, events]
 * @param auc area under the ROC curve, midranks for ties, in [0, 1]; .5 is chance; NaN if a class
 *     is missing
 * @param logLoss mean cross entropy, nats per event, at least 0; p clipped to [1e-7, 1 - 1e-7]; NaN
 *     without events
 * @param ne normalised entropy: {@code logLoss} over the entropy of the window's base rate, at
 *     least 0; 1 is what the constant base rate reaches; NaN if a class is missing
 * @param calibration mean prediction over mean label, at least 0; 1 is unbiased; NaN without
 *     positives
 */
public record Metrics(
    long events, long positives, double auc, double logLoss, double ne, double calibration) {

  /** Share of positives, in [0, 1]; NaN without events. */
  public double labelRate() {
    return (double) positives / events;
  }

  /** From sums over the events. */
  static Metrics of(long events, long positives, double auc, double lossSum, double pSum) {
    double rate = (double) positives / events;
    double calibration = positives == 0 ? Double.NaN : pSum / positives;
    double logLoss = lossSum / events;
    boolean oneClass = positives == 0 || positives == events;
    double ne = oneClass ? Double.NaN : logLoss / LogLoss.entropy(rate);
    return new Metrics(events, positives, auc, events == 0 ? Double.NaN : logLoss, ne, calibration);
  }
}
