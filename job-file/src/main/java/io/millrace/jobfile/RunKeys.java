package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.duration;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.optionalDuration;
import static io.millrace.jobfile.Kind.text;

import java.time.Duration;
import java.util.Optional;

/**
 * Keys of the sections {@code checkpoints}, {@code parallelism} and {@code time}: how the job runs.
 */
final class RunKeys {

  /** Number of slices of keyed state, fixed for all jobs; no operator can run in more tasks. */
  private static final int KEY_GROUPS = 128;

  /** Most replicas of a student. */
  static final int MOST_TRAINERS = 1024;

  static final Keys CHECKPOINTS = new Keys("checkpoints");

  private static final ConfigKey<Duration> INTERVAL =
      CHECKPOINTS
          .key("interval", "10s", duration(0))
          .doc("time between two checkpoints; 0s for no checkpoints");

  private static final ConfigKey<String> DIR =
      CHECKPOINTS
          .key("dir", "", text())
          .doc(
              "folder of the checkpoints, a path or URI that all machines can access; empty for a"
                  + " folder in the run directory");

  private static final ConfigKey<String> BACKEND =
      CHECKPOINTS
          .key("backend", "rocksdb", choice("rocksdb", "hashmap"))
          .doc("state backend, which stores state between checkpoints");

  private static final ConfigKey<Integer> RESTARTS =
      CHECKPOINTS
          .key("restarts", "3", integer(0, Integer.MAX_VALUE))
          .doc("number of restarts after failures before the job fails");

  private static final ConfigKey<Duration> RESTART_DELAY =
      CHECKPOINTS.key("restart_delay", "1s", duration(0)).doc("time to wait before a restart");

  static final Keys PARALLELISM = new Keys("parallelism");

  private static final ConfigKey<Integer> SOURCE =
      PARALLELISM
          .key("source", "1", integer(1, KEY_GROUPS))
          .doc("number of tasks that read and decode events");

  private static final ConfigKey<Integer> COUNTS =
      PARALLELISM.key("counts", "1", integer(1, KEY_GROUPS)).doc("number of tasks that count ids");

  private static final ConfigKey<Integer> MAPS =
      PARALLELISM.key("maps", "1", integer(1, KEY_GROUPS)).doc("number of tasks that build maps");

  static final ConfigKey<Integer> TRAINERS =
      PARALLELISM
          .key("trainers", "1", integer(1, MOST_TRAINERS))
          .doc(
              "number of replicas of each arm's student that does not set `replicas`; in a job each"
                  + " is a task, up to replica_tasks");

  private static final ConfigKey<Integer> REPLICA_TASKS =
      PARALLELISM
          .key("replica_tasks", "128", integer(1, KEY_GROUPS))
          .doc(
              "largest number of tasks for the replicas of an arm, each in a task slot; with fewer"
                  + " tasks than replicas a task has several. Results do not depend on it");

  static final Keys TIME = new Keys("time");

  private static final ConfigKey<Optional<Duration>> IDLE_AFTER =
      TIME.key("idle_after", "", optionalDuration())
          .doc(
              "duration, >= 0 ms, after which a partition without events no longer holds back the"
                  + " watermark; 0s for never. Empty for 1m in `run`, which reads a live stream, and"
                  + " 0s in `demo`");

  private static final ConfigKey<Optional<Duration>> ALIGNMENT =
      TIME.key("alignment", "", optionalDuration())
          .doc(
              "how far partitions may be ahead of the slowest one in event time, >= 0 ms, as students"
                  + " and teachers hold their events meanwhile; 0s for no limit. Empty for"
                  + " `windows.slide` divided by `drift.parts` where there are several partitions,"
                  + " and no limit for a live stream with `idle_after: 0s`, in which a silent"
                  + " partition would stop the others");

  private static final ConfigKey<Duration> MAP_TIMEOUT =
      TIME.key("map_timeout", "10m", duration(1))
          .doc("how long a student waits for a map before the job fails");

  private RunKeys() {}

  /**
   * Reads how the job runs.
   *
   * @param root the job file
   * @param parallelism its section of that name
   * @param gpu whether the teacher requests a GPU
   * @param countMemoryMb heap for the pages of counts, MiB
   * @param partitions of the events topic
   * @param webhook URL to which alerts are posted, or empty
   */
  static RunOptions read(
      ConfigSection root,
      ConfigSection parallelism,
      boolean gpu,
      int countMemoryMb,
      int partitions,
      String webhook) {
    ConfigSection checkpoints = root.section(CHECKPOINTS);
    ConfigSection time = root.section(TIME);
    if (parallelism.get(SOURCE) > partitions) {
      throw parallelism.error(
          SOURCE,
          "must be at most kafka.partitions (%d), as a reader without one holds back time,"
              .formatted(partitions));
    }
    Optional<Duration> idleAfter = notNegative(time, IDLE_AFTER);
    Optional<Duration> alignment = notNegative(time, ALIGNMENT);
    return new RunOptions(
        checkpoints.get(INTERVAL),
        checkpoints.get(DIR),
        checkpoints.get(BACKEND),
        checkpoints.get(RESTARTS),
        checkpoints.get(RESTART_DELAY),
        parallelism.get(SOURCE),
        parallelism.get(COUNTS),
        parallelism.get(MAPS),
        parallelism.get(REPLICA_TASKS),
        countMemoryMb,
        idleAfter,
        alignment,
        time.get(MAP_TIMEOUT),
        gpu,
        webhook);
  }

  private static Optional<Duration> notNegative(
      ConfigSection time, ConfigKey<Optional<Duration>> key) {
    Optional<Duration> value = time.get(key);
    if (value.filter(Duration::isNegative).isPresent()) {
      throw time.error(key, "must be >= 0 ms");
    }
    return value;
  }
}
