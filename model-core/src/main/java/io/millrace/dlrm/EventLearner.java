package io.millrace.dlrm;

import io.millrace.event.ClickEvent;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Predicts events, then learns from them, one model: in one place ({@link BatchLearner}), or in
 * several that exchange what they have changed.
 *
 * <p>Events that it has taken and that the model has not learned are <em>gathered</em>.
 */
public interface EventLearner extends AutoCloseable {

  /**
   * Prepares for an event or a time: what must be learned before it is.
   *
   * @param eventTime of the event that is added next, ms
   * @return true if the model has learned
   */
  default boolean advance(long eventTime) {
    return false;
  }

  /**
   * Adds a labelled event.
   *
   * @param tag returned with the prediction
   * @return true if the model has learned it, and all that were gathered
   */
  boolean add(ClickEvent event, int tag);

  /** Learns the events gathered; the model may be changed from outside until the next one. */
  void flush();

  /** A window has ended; no event is gathered. */
  default void windowEnded() {}

  /** Number of events taken that the model has not learned. */
  int gathered();

  /** Number of events learned so far. */
  long learned();

  /** Number of events in batches that were not learned because of their loss. */
  long skipped();

  /**
   * Variance of the network's own logits within a batch, of the batches that the model learned
   * last; 0 if they are all equal, NaN without a network.
   */
  double outputVariance();

  /** Writes the events gathered and the model. */
  void writeState(DataOutput out) throws IOException;

  /** Reads what {@link #writeState} wrote. */
  void readState(DataInput in) throws IOException;

  /** Closes what it has made; not the model. */
  @Override
  default void close() {}
}
