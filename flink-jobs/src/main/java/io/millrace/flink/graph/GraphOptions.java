package io.millrace.flink.graph;

import io.millrace.event.EventLimits;
import io.millrace.format.RecordForm;
import io.millrace.jobfile.Settings;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.LeaseHolder;
import io.millrace.kafka.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How a job runs, as opposed to what it learns.
 *
 * @param kafka how Kafka is reached
 * @param topics the job's topics
 * @param group consumer group; its committed offsets only show progress, a restart uses those of
 *     the checkpoint
 * @param form how events are written in the topic
 * @param limits what a record may not exceed
 * @param readers parallelism of reading and combining, at least 1
 * @param counters parallelism of counting, at least 1
 * @param builders parallelism of map building, at least 1
 * @param replicaTasks most tasks for the replicas of an arm, at least 1
 * @param combineEntries ids that a combiner holds at most, at least 1
 * @param pageBytes heap that the pages of each counting task take at most, at least 1
 * @param idleness time after which a partition without events no longer holds the others back; zero
 *     for never, as in replays
 * @param alignment how far partitions may run ahead of the slowest in event time; zero for no bound
 * @param mapTimeout how long a task waits for a map, or for a decision about maps
 * @param updates time between two updates of a served model; zero for none
 * @param gpu whether the teachers ask for a GPU and get a slot of their own
 * @param webhook URL that alerts are posted to, which may hold a secret; empty for none
 * @param failOnLoss whether events that Kafka deleted before they were read end the job
 * @param holder the job in the lease of its topics; null for a job that needs none
 * @param settings the settings in force, which the job's state keeps
 * @param checkpoints how state is kept
 */
public record GraphOptions(
    ClientSettings kafka,
    Topics topics,
    String group,
    RecordForm form,
    EventLimits limits,
    int readers,
    int counters,
    int builders,
    int replicaTasks,
    int combineEntries,
    long pageBytes,
    Duration idleness,
    Duration alignment,
    Duration mapTimeout,
    Duration updates,
    boolean gpu,
    String webhook,
    boolean failOnLoss,
    LeaseHolder holder,
    Settings settings,
    Checkpoints checkpoints) {

  /**
   * How state is kept.
   *
   * @param directory where, as a URI; shared by all machines on a cluster
   * @param interval between two checkpoints; zero for none, which leaves results in Kafka at least
   *     once
   * @param backend {@code rocksdb} or {@code hashmap}
   * @param attempts restarts after failures before the job gives up, at least 0
   * @param delay before a restart
   */
  public record Checkpoints(
      String directory, Duration interval, String backend, int attempts, Duration delay) {

    /** Checks the options. */
    public Checkpoints {
      if (!List.of("rocksdb", "hashmap").contains(backend)) {
        throw new IllegalArgumentException(
            "backend must be rocksdb or hashmap but was '" + backend + "'");
      }
      if (attempts < 0) {
        throw new IllegalArgumentException("restarts must be >= 0 but was " + attempts);
      }
    }

    /** True if checkpoints are taken. */
    public boolean enabled() {
      return !interval.isZero();
    }
  }

  /** Checks the options. */
  public GraphOptions {
    Map.of(
            "read", readers,
            "count", counters,
            "build", builders,
            "replica", replicaTasks,
            "combine", combineEntries)
        .forEach(
            (key, value) -> {
              if (value < 1) {
                throw new IllegalArgumentException(key + " must be >= 1 but was " + value);
              }
            });
    if (pageBytes < 1) {
      throw new IllegalArgumentException("page bytes must be >= 1 but was " + pageBytes);
    }
  }
}
