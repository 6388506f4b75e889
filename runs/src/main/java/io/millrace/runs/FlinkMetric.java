package io.millrace.runs;

/** Flink's own metrics that the live page reads; Flink's documentation describes them. */
public enum FlinkMetric implements MetricName {
  /** Events in Kafka that are still to be read; of a source. */
  PENDING("pendingRecords"),
  /** Records that have reached an operator since the last start. */
  RECORDS_IN("numRecordsIn"),
  /** Event time that an operator has complete, ms since 1970. */
  WATERMARK("currentInputWatermark"),
  /** Time in which a task works, ms per second. */
  BUSY("busyTimeMsPerSecond"),
  /** Time in which a task waits for a slower one, ms per second. */
  BACK_PRESSURED("backPressuredTimeMsPerSecond"),
  /** Restarts of the job. */
  RESTARTS("numRestarts"),
  /** Checkpoints that were completed. */
  CHECKPOINTS("numberOfCompletedCheckpoints"),
  /** Checkpoints that failed. */
  CHECKPOINTS_FAILED("numberOfFailedCheckpoints"),
  /** How long the last checkpoint took, ms. */
  CHECKPOINT_MS("lastCheckpointDuration"),
  /** Size of the last checkpoint, bytes. */
  CHECKPOINT_BYTES("lastCheckpointSize");

  private final String key;

  FlinkMetric(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }
}
