package io.millrace.time;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.UnaryOperator;

/**
 * A step of a {@link Sequencer.Learner}: an event to learn or, where it is null, a sub-window to
 * close or a watermark to pass.
 *
 * @param scored whether the event is scored; false without one
 * @param closes whether a sub-window closes
 * @param number the sub-window or the watermark, ms; 0 for an event
 */
record Step(ClickEvent event, boolean scored, boolean closes, long number) {

  static Step learn(ClickEvent event, boolean scored) {
    return new Step(event, scored, false, 0);
  }

  static Step close(long subWindow) {
    return new Step(null, false, true, subWindow);
  }

  static Step pass(long watermark) {
    return new Step(null, false, false, watermark);
  }

  /** The same step with another event. */
  Step move(UnaryOperator<ClickEvent> moved) {
    return event == null ? this : learn(moved.apply(event), scored);
  }

  boolean passes() {
    return event == null && !closes;
  }

  boolean mayRun(Sequencer.Learner learner) {
    return event != null ? learner.mayLearn(event) : !closes || learner.mayClose(number);
  }

  void run(Sequencer.Learner learner) {
    if (event != null) {
      learner.learn(event, scored);
    } else if (closes) {
      learner.closeSubWindow(number);
    } else {
      learner.passWatermark(number);
    }
  }

  /** Writes {@code bool 1 | bool scored | event}, or {@code bool 0 | bool closes | i64 number}. */
  void write(DataOutput out) throws IOException {
    out.writeBoolean(event != null);
    if (event == null) {
      out.writeBoolean(closes);
      out.writeLong(number);
    } else {
      out.writeBoolean(scored);
      EventBytes.write(event, out);
    }
  }

  /** Reads what {@link #write} wrote or, without watermarks, the same without {@code closes}. */
  static Step read(DataInput in, boolean withWatermarks) throws IOException {
    if (in.readBoolean()) {
      boolean scored = in.readBoolean();
      return learn(EventBytes.read(in), scored);
    }
    return !withWatermarks || in.readBoolean() ? close(in.readLong()) : pass(in.readLong());
  }
}
