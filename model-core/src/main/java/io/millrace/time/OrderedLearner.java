package io.millrace.time;

import io.millrace.event.ClickEvent;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** A student or teacher on the stream, whose steps run in the order of its {@link Sequencer}. */
public interface OrderedLearner extends AutoCloseable {

  /** The steps, run or held back. */
  Sequencer steps();

  /** Takes an event; late ones are learned but not scored. */
  default void onEvent(ClickEvent event, boolean late) {
    steps().onEvent(event, late);
  }

  /** Takes a watermark, ms; closes the panes and sub-windows that it completes. */
  default void onWatermark(long watermark) {
    steps().onWatermark(watermark);
  }

  /** Events learned from so far. */
  long learned();

  /** Events not learned from, as the loss of their batch was no number or too large. */
  long skipped();

  /** Time of the newest event learned from, ms; {@link Long#MIN_VALUE} before the first. */
  long lastEventTime();

  /** Bytes of parameters, indexes and optimiser state. */
  long modelBytes();

  /** Writes all that {@link #readState} needs to continue with the same bits. */
  void writeState(DataOutput out) throws IOException;

  /**
   * Reads state that was written for the same settings.
   *
   * @param format of the bytes, one of those that the class can read
   */
  void readState(int format, DataInput in) throws IOException;

  @Override
  void close();
}
