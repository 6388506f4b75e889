package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import io.millrace.metric.LogLoss;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The newest scored events of a student, on which models are compared. */
final class NewestEvents {

  private final ClickEvent[] events;
  private final int batch;
  private long added;

  /**
   * No event yet.
   *
   * @param most events that are kept
   * @param batch events that a model scores at once
   */
  NewestEvents(int most, int batch) {
    this.events = new ClickEvent[most];
    this.batch = batch;
  }

  void add(ClickEvent event) {
    events[(int) (added++ % events.length)] = event;
  }

  /** Whether there are as many as are kept. */
  boolean full() {
    return added >= events.length;
  }

  private List<ClickEvent> inOrder() {
    List<ClickEvent> all = new ArrayList<>();
    for (long i = Math.max(0, added - events.length); i < added; i++) {
      all.add(events[(int) (i % events.length)]);
    }
    return all;
  }

  /**
   * What a model predicts for these events.
   *
   * @param losses log loss of each event, nats, oldest first, {@code double[events]}
   * @param predicted sum of the predicted probabilities
   * @param clicks number of clicks
   */
  @SuppressWarnings("ArrayRecordComponent") // lives for a moment
  record Score(double[] losses, double predicted, int clicks) {

    /** Mean log loss over the entropy of the events' click rate; NaN if all labels are equal. */
    double ne() {
      double sum = 0;
      for (double loss : losses) {
        sum += loss;
      }
      return sum / losses.length / entropy();
    }

    private double entropy() {
      double entropy = LogLoss.entropy((double) clicks / losses.length);
      return entropy > 0 ? entropy : Double.NaN;
    }
  }

  /** Scores these events with a model, which does not change. */
  Score score(ClickModel model) {
    List<ClickEvent> all = inOrder();
    double[] losses = new double[all.size()];
    float[] p = new float[batch];
    double predicted = 0;
    int clicks = 0;
    for (int from = 0; from < losses.length; from += batch) {
      List<ClickEvent> some = all.subList(from, Math.min(losses.length, from + batch));
      model.score(some, p);
      for (int i = 0; i < some.size(); i++) {
        boolean clicked = some.get(i).label() > 0;
        losses[from + i] = LogLoss.of(p[i], clicked);
        predicted += p[i];
        clicks += clicked ? 1 : 0;
      }
    }
    return new Score(losses, predicted, clicks);
  }

  void writeState(DataOutput out) throws IOException {
    List<ClickEvent> all = inOrder();
    out.writeInt(all.size());
    for (ClickEvent event : all) {
      EventBytes.write(event, out);
    }
  }

  /** Reads what {@link #writeState} wrote, also with another number of events that are kept. */
  void readState(DataInput in) throws IOException {
    added = 0;
    for (int n = in.readInt(); n > 0; n--) {
      ClickEvent event = EventBytes.read(in);
      if (events.length > 0) {
        add(event);
      }
    }
  }
}
