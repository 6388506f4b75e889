package io.millrace.flink.operator;

import io.millrace.runs.JobMetric;
import io.millrace.runs.MetricName;
import io.millrace.state.RawState;
import io.millrace.table.FrozenState;
import java.io.IOException;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;

/**
 * The checkpoints of a model. Freezing it takes milliseconds, in which training stops; it is
 * written while training continues. Rows that change meanwhile are kept aside, in at most a quarter
 * of the model's bytes, or 16 MiB; beyond that training waits for the writer.
 *
 * <p>Gauges show how long training stopped, copies of rows and waits included: {@code
 * checkpoint_stop_seconds} for the last checkpoint, {@code checkpoint_stop_seconds_total} for all.
 */
final class ModelCheckpoints {

  private static final long LEAST_BYTES = 16 << 20;

  private final String name;
  private final int format;
  private volatile FrozenState last;
  private volatile long stoppedBefore;
  private volatile long freezing;

  /**
   * No checkpoint yet.
   *
   * @param name of the operator's state
   * @param format of its bytes
   */
  ModelCheckpoints(String name, int format) {
    this.name = name;
    this.format = format;
  }

  /**
   * Freezes the model, and adds its later write to the snapshot of the operator's other state.
   *
   * @param modelBytes bytes of parameters and optimiser state
   */
  OperatorSnapshotFutures add(
      OperatorSnapshotFutures rest,
      RawState.Writer model,
      long modelBytes,
      CheckpointStreamFactory storage,
      CloseableRegistry cancelables)
      throws IOException {
    long start = System.nanoTime();
    stoppedBefore = totalNanos();
    last = RawState.freeze(name, format, model, Math.max(LEAST_BYTES, modelBytes / 4));
    rest.setOperatorStateRawFuture(RawState.later(last, storage, cancelables));
    freezing = System.nanoTime() - start;
    return rest;
  }

  private long stopNanos() {
    return last == null ? 0 : freezing + last.ownersNanos();
  }

  private long totalNanos() {
    return stoppedBefore + stopNanos();
  }

  /** Registers the gauges. */
  void register(MetricGroup metrics) {
    metrics.gauge(
        JobMetric.CHECKPOINT_STOP_SECONDS.key(), () -> MetricName.secondsOfNanos(stopNanos()));
    metrics.gauge(
        JobMetric.CHECKPOINT_STOP_SECONDS_TOTAL.key(),
        () -> MetricName.secondsOfNanos(totalNanos()));
    metrics.gauge(JobMetric.CHECKPOINT_BYTES.key(), () -> last == null ? 0 : last.writtenBytes());
    metrics.gauge(
        JobMetric.CHECKPOINT_KEPT_ASIDE_BYTES.key(),
        () -> last == null ? 0 : last.mostPreservedBytes());
  }
}
