package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import io.millrace.metric.LogLoss;
import io.millrace.table.FrozenState;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The newest scored events of a student, each with its prediction before it was learned. */
final class NewestEvents {

  private final ClickEvent[] events;
  private final float[] predictions;
  private final int batch;
  private long added;

  /** Events that are there, at most as many as are kept. */
  private int present;

  /**
   * No event yet.
   *
   * @param most events that are kept
   * @param batch events that a model scores at once
   */
  NewestEvents(int most, int batch) {
    this(new ClickEvent[most], new float[most], batch);
  }

  private NewestEvents(ClickEvent[] events, float[] predictions, int batch) {
    this.events = events;
    this.predictions = predictions;
    this.batch = batch;
  }

  void add(ClickEvent event, float p) {
    int slot = slot(added++);
    events[slot] = event;
    predictions[slot] = p;
    present = Math.min(present + 1, events.length);
  }

  private int slot(long number) {
    return (int) (number % events.length);
  }

  /** Whether there are as many as are kept. */
  boolean full() {
    return present == events.length;
  }

  /** Events added since the start, also those that are not kept any more. */
  long added() {
    return added;
  }

  /**
   * The log losses of predictions for the newest events.
   *
   * @param losses of each event, nats, oldest first, {@code double[events]}
   * @param predicted sum of the predictions
   * @param clicks number of clicks
   */
  @SuppressWarnings("ArrayRecordComponent") // lives for a moment
  record Score(double[] losses, double predicted, int clicks) {

    /** Mean log loss, nats. */
    double mean() {
      double sum = 0;
      for (double loss : losses) {
        sum += loss;
      }
      return sum / losses.length;
    }

    /** Entropy of the events' click rate, nats; NaN if all labels are equal. */
    double entropy() {
      double entropy = LogLoss.entropy((double) clicks / losses.length);
      return entropy > 0 ? entropy : Double.NaN;
    }

    /**
     * How many times too many clicks are predicted, or too few.
     *
     * @param errors standard errors of the number of clicks that are chance
     */
    double miscalibration(int errors) {
      double chance = errors * Math.sqrt(clicks + 1);
      return Math.max(predicted / (clicks + chance), (clicks - chance) / predicted);
    }
  }

  /** The student's own predictions for the newest {@code n} events, before they were learned. */
  Score own(int n) {
    float[] p = new float[n];
    for (int i = 0; i < n; i++) {
      p[i] = predictions[slot(added - n + i)];
    }
    return score(newest(n), p);
  }

  /** What a model, which does not change, predicts for the newest {@code n} events. */
  Score of(ClickModel model, int n) {
    List<ClickEvent> newest = newest(n);
    float[] p = new float[n];
    float[] some = new float[batch];
    for (int from = 0; from < n; from += batch) {
      int size = Math.min(batch, n - from);
      model.score(newest.subList(from, from + size), some);
      System.arraycopy(some, 0, p, from, size);
    }
    return score(newest, p);
  }

  private List<ClickEvent> newest(int n) {
    List<ClickEvent> newest = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      newest.add(events[slot(added - n + i)]);
    }
    return newest;
  }

  private static Score score(List<ClickEvent> events, float[] p) {
    double[] losses = new double[p.length];
    double predicted = 0;
    int clicks = 0;
    for (int i = 0; i < p.length; i++) {
      boolean clicked = events.get(i).label() > 0;
      losses[i] = LogLoss.of(p[i], clicked);
      predicted += p[i];
      clicks += clicked ? 1 : 0;
    }
    return new Score(losses, predicted, clicks);
  }

  /** Replaces each event by another one. */
  void move(UnaryOperator<ClickEvent> moved) {
    for (long i = added - present; i < added; i++) {
      events[slot(i)] = moved.apply(events[slot(i)]);
    }
  }

  void writeState(DataOutput out) throws IOException {
    NewestEvents now = new NewestEvents(events.clone(), predictions.clone(), batch);
    now.added = added;
    now.present = present;
    FrozenState.writeLater(out, now::write);
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(added);
    out.writeInt(present);
    for (long i = added - present; i < added; i++) {
      EventBytes.write(events[slot(i)], out);
      out.writeFloat(predictions[slot(i)]);
    }
  }

  /** Reads what {@link #writeState} wrote, also with another number of events that are kept. */
  void readState(DataInput in) throws IOException {
    long all = in.readLong();
    int kept = in.readInt();
    added = all - kept;
    present = 0;
    for (int i = 0; i < kept; i++) {
      ClickEvent event = EventBytes.read(in);
      float p = in.readFloat();
      if (events.length > 0) {
        add(event, p);
      }
    }
    added = all;
  }
}
