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
   * Does what must be done before an event is added, as far as it can without waiting.
   *
   * @param eventTime of that event, ms
   * @return true if it is done; if not, this is called again when something has arrived
   */
  default boolean prepare(long eventTime) {
    return true;
  }

  /** The same before {@link #flush}. */
  default boolean settle() {
    return true;
  }

  /**
   * Ends the preparation for an event; waits for what {@link #prepare} has not.
   *
   * @param eventTime of the event that is added next, ms
   * @return true if the model has learned meanwhile
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

  /**
   * Learns the events gathered, waits for that; the model may be changed from outside until the
   * next one.
   */
  void flush();

  /** Rows of the model have moved, as under new maps, since {@link #flush}. */
  default void rowsMoved() {}

  /** A window has ended; no event is gathered. */
  default void windowEnded() {}

  /** Number of events taken that the model has not learned. */
  int gathered();

  /**
   * A time, ms, that no event gathered beyond a batch is before, unless it came late or out of
   * order; {@link Long#MAX_VALUE} if there is none.
   */
  default long gatheredFrom() {
    return Long.MAX_VALUE;
  }

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

  /**
   * Reads what {@link #writeState} wrote; {@link #goOn}, or any call that adds or learns events,
   * follows.
   */
  void readState(DataInput in) throws IOException;

  /** Has what runs elsewhere go on, after {@link #readState}; else does nothing. */
  default void goOn() {}

  /** Closes what it has made; not the model. */
  @Override
  default void close() {}
}
