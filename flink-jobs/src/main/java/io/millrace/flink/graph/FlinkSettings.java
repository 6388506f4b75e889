package io.millrace.flink.graph;

import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;

/** Settings of Flink that the training job relies on. */
public final class FlinkSettings {

  /**
   * Number of key groups, the bound on each operator's parallelism; a job's state depends on it.
   */
  static final int MAX_PARALLELISM = 128;

  /** How often readers emit watermarks that close nothing: learners hold events until then. */
  private static final Duration WATERMARK_INTERVAL = Duration.ofMillis(100);

  private FlinkSettings() {}

  /** Settings of the environment that the job is built in. */
  public static Configuration of(GraphOptions.Checkpoints checkpoints) {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    flink.set(PipelineOptions.MAX_PARALLELISM, MAX_PARALLELISM);
    flink.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, WATERMARK_INTERVAL);
    flink.set(StateBackendOptions.STATE_BACKEND, checkpoints.backend());
    setRestarts(flink, checkpoints);
    if (checkpoints.enabled()) {
      setCheckpoints(flink, checkpoints);
    }
    return flink;
  }

  private static void setRestarts(Configuration flink, GraphOptions.Checkpoints checkpoints) {
    if (checkpoints.attempts() == 0) {
      flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    } else {
      flink.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
      flink.set(
          RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, checkpoints.attempts());
      flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, checkpoints.delay());
    }
  }

  private static void setCheckpoints(Configuration flink, GraphOptions.Checkpoints checkpoints) {
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpoints.interval());
    flink.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.directory());
    flink.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    flink.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
  }
}
