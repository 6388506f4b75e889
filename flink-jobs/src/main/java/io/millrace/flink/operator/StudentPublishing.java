package io.millrace.flink.operator;

import io.millrace.metric.Metrics;
import io.millrace.runs.ModelPublisher;
import io.millrace.runs.PartClock;
import io.millrace.snapshot.Origin;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.Consumer;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * Publishes the versions of one student's model, and announces those that are written.
 *
 * <p>A version that cannot be written waits in a {@link PublishQueue} while the student learns on,
 * and leaves the files that it would have left at once. State holds the numbers of those that wait,
 * not their models: after a restart in between, the newest of them is published with the model of
 * the checkpoint, and numbers continue from there.
 */
final class StudentPublishing {

  /** Seconds after which the owner calls {@link #retry} again. */
  static final int RETRY_SECONDS = 5;

  private final ModelPublisher publisher;
  private final PublishQueue queue;
  private final Consumer<String> announcements;
  private final PartClock clock = new PartClock();
  private Origin.ClosedWindow lastWindow;
  private ListState<Long> waiting;

  /**
   * Nothing is published yet.
   *
   * @param who name of the student, for messages
   * @param keep versions that the folder keeps
   * @param announcements takes a line of JSON for each version that is written
   */
  StudentPublishing(
      String who, int keep, ModelPublisher publisher, Consumer<String> announcements) {
    this.publisher = publisher;
    this.queue = new PublishQueue(who, keep, RETRY_SECONDS);
    this.announcements = announcements;
  }

  /** Continues from a checkpoint, after the student has. */
  void restore(StateInitializationContext context, Student arm) throws Exception {
    waiting =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("unpublished", LongSerializer.INSTANCE));
    if (waiting.get().iterator().hasNext()) {
      queue.add(publisher.resume(arm, lastWindow));
    }
  }

  /** Keeps the numbers of the versions that wait. */
  void snapshot() throws Exception {
    waiting.update(queue.versions());
  }

  /** A window has closed; the next versions name it as their last. */
  void windowClosed(MetricLine line) {
    lastWindow = new Origin.ClosedWindow(line.windowStart(), line.windowEnd(), line.overall());
  }

  /** Publishes the student's version, or has it wait. */
  void publish(Student arm) {
    queue.add(publisher.prepare(arm, lastWindow));
    write();
  }

  /** Writes and announces the versions that wait, as far as they can be written. */
  private void write() {
    clock.start();
    try {
      queue.write().forEach(announcements);
    } finally {
      clock.stop();
    }
  }

  /** Tries once more to write the versions that wait. */
  void retry() {
    if (queue.size() > 0) {
      write();
    }
  }

  /**
   * The student has ended.
   *
   * @throws IOException if versions cannot be written
   */
  void finish() throws IOException {
    write();
    queue.checkEmpty();
  }

  /** Versions that wait; for any thread. */
  int waiting() {
    return queue.size();
  }

  /** How often a version could not be written; for any thread. */
  long failures() {
    return queue.failures();
  }

  /** CPU time of publishing since this was last asked, ns. */
  long takeNanos() {
    return clock.take();
  }

  /** Writes the last closed window: {@code bool known | start, end | its metrics}. */
  void writeWindow(DataOutput out) throws IOException {
    out.writeBoolean(lastWindow != null);
    if (lastWindow != null) {
      Metrics metrics = lastWindow.metrics();
      out.writeLong(lastWindow.start());
      out.writeLong(lastWindow.end());
      out.writeLong(metrics.events());
      out.writeLong(metrics.positives());
      out.writeDouble(metrics.auc());
      out.writeDouble(metrics.logLoss());
      out.writeDouble(metrics.ne());
      out.writeDouble(metrics.calibration());
    }
  }

  /** Reads what {@link #writeWindow} wrote. */
  void readWindow(DataInput in) throws IOException {
    if (in.readBoolean()) {
      lastWindow =
          new Origin.ClosedWindow(
              in.readLong(),
              in.readLong(),
              new Metrics(
                  in.readLong(),
                  in.readLong(),
                  in.readDouble(),
                  in.readDouble(),
                  in.readDouble(),
                  in.readDouble()));
    }
  }
}
