package io.millrace.flink.operator;

import io.millrace.metric.Metrics;
import io.millrace.runs.FileError;
import io.millrace.runs.ModelPublisher;
import io.millrace.runs.Publication;
import io.millrace.runs.StageClock;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.SupersededException;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the versions of one student's model, oldest first, and announces those that are
 * written.
 *
 * <p>If a version cannot be written, it and all later ones wait while the student continues to
 * learn; so versions appear in order. At most as many wait as the folder keeps. Beyond that the
 * oldest is dropped, which the folder would have deleted by then, unless it was the last of an
 * hour. So the newest versions are there in the end as if every write had succeeded, and memory is
 * bounded by that many models.
 *
 * <p>State holds the numbers of the versions that wait, not their models. After a restart the
 * newest of them is published with the model of the checkpoint, and numbers continue from there.
 */
final class StudentPublishing {

  /** Seconds after which the owner calls {@link #write} again. */
  static final int RETRY_SECONDS = 5;

  private static final Logger LOG = LoggerFactory.getLogger(StudentPublishing.class);

  private final String who;
  private final int keep;
  private final ModelPublisher publisher;
  private final Consumer<String> announcements;
  private final StageClock clock = new StageClock();
  private final ArrayDeque<Publication> waiting = new ArrayDeque<>();
  private final LongAdder failures = new LongAdder();
  private volatile int size;
  private IOException failure;
  private long failedSince;
  private Origin.ClosedWindow lastWindow;
  private ListState<Long> savedVersions;

  /**
   * No version has been published yet.
   *
   * @param who name of the student, for messages
   * @param keep versions that the folder keeps, at least 1
   * @param announcements takes a line of JSON for each version that is written
   */
  StudentPublishing(
      String who, int keep, ModelPublisher publisher, Consumer<String> announcements) {
    this.who = who;
    this.keep = keep;
    this.publisher = publisher;
    this.announcements = announcements;
  }

  /**
   * Restores the newest version that waits, after the student has restored its model: as that of
   * the checkpoint, if the gate lets it pass.
   */
  void restore(StateInitializationContext context, Student arm) throws Exception {
    savedVersions = Restore.list(context, "unpublished", LongSerializer.INSTANCE);
    if (savedVersions.get().iterator().hasNext() && arm.gate().sound()) {
      add(publisher.resume(arm, lastWindow));
    }
  }

  /** Writes the numbers of the versions that wait to state. */
  void snapshot() throws Exception {
    savedVersions.update(versions());
  }

  private List<Long> versions() {
    return waiting.stream().map(Publication::version).toList();
  }

  /** A window has closed; the next versions name it as their last. */
  void windowClosed(MetricLine line) {
    lastWindow = new Origin.ClosedWindow(line.windowStart(), line.windowEnd(), line.overall());
  }

  /** Publishes the student's current version, or lets it wait. */
  void publish(Student arm) {
    add(publisher.prepare(arm, lastWindow));
    write();
  }

  private void add(Publication publication) {
    waiting.add(publication);
    if (waiting.size() > keep) {
      waiting.remove();
    }
    size = waiting.size();
  }

  /** Writes and announces the versions that wait, as far as they can be written. */
  void write() {
    if (waiting.isEmpty()) {
      return;
    }
    List<String> written = new ArrayList<>();
    clock.start();
    try {
      while (!waiting.isEmpty()) {
        waiting.element().write().ifPresent(written::add);
        succeeded(waiting.remove().version());
      }
    } catch (IOException e) {
      failed(e);
    } catch (UncheckedIOException e) {
      failed(e.getCause());
    } finally {
      size = waiting.size();
      clock.stop();
    }
    // A failure to emit is no failure to publish: it must fail the task.
    written.forEach(announcements);
  }

  private void failed(IOException e) {
    failures.increment();
    if (failure == null) {
      failedSince = System.nanoTime();
      LOG.warn(
          "{} cannot publish version {}: {}; it learns on and tries again each {} s{}",
          who,
          waiting.element().version(),
          FileError.line(e),
          RETRY_SECONDS,
          e instanceof SupersededException ? "" : ", so make the folder writable or free its disk");
    }
    failure = e;
  }

  private void succeeded(long version) {
    if (failure != null && waiting.isEmpty()) {
      failure = null;
      LOG.warn(
          "{} publishes again, up to version {}, after {} s",
          who,
          version,
          (System.nanoTime() - failedSince) / 1_000_000_000);
    }
  }

  /**
   * The student has ended.
   *
   * @throws IOException with the versions that cannot be written, and the last failure
   */
  void finish() throws IOException {
    write();
    if (!waiting.isEmpty()) {
      throw new IOException(
          "%s has ended but cannot publish versions %s: %s"
              .formatted(who, versions(), FileError.line(failure)),
          failure);
    }
  }

  /** Versions that wait; for any thread. */
  int waiting() {
    return size;
  }

  /** How often a version could not be written; for any thread. */
  long failures() {
    return failures.sum();
  }

  /** CPU time of publishing since the last call, ns. */
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
