package io.millrace.replica;

import io.millrace.event.ClickEvent;
import java.util.List;

/**
 * What one replica has done in one interval.
 *
 * @param replica its number, from 0
 * @param interval number of the interval
 * @param delta by how much it has changed the model that it began the interval with
 * @param predictions in the order in which they were made, those that are NaN left out
 * @param learned events learned
 * @param skipped events in batches that were not learned because of their loss
 * @param outputVariance variance of the network's logits within a batch, summed over the batches
 * @param batches number of batches
 */
public record Change(
    int replica,
    long interval,
    ModelValues delta,
    List<Prediction> predictions,
    long learned,
    long skipped,
    double outputVariance,
    int batches) {

  /**
   * A prediction made before its event was learned.
   *
   * @param tag as it was given with the event
   * @param p click probability
   */
  public record Prediction(ClickEvent event, int tag, float p) {}

  /** The same without what is reported once. */
  Change deltaAlone() {
    return new Change(replica, interval, delta, List.of(), 0, 0, 0, 0);
  }
}
