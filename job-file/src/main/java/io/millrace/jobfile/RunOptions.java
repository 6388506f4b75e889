package io.millrace.jobfile;

import java.time.Duration;
import java.util.Optional;

/**
 * How the job runs, as opposed to what it learns.
 *
 * @param checkpointInterval time between two checkpoints, zero for none
 * @param checkpointDir where they are kept; empty for a folder of the run directory
 * @param backend {@code rocksdb} or {@code hashmap}
 * @param restarts restarts after failures, at least 0
 * @param restartDelay wait before a restart
 * @param sources tasks that read, at least 1
 * @param counters tasks that count, at least 1
 * @param mapBuilders tasks that build maps, at least 1
 * @param replicaTasks most tasks for the replicas of an arm, at least 1
 * @param countMemoryMb heap that the pages of each task that counts take at most, MiB, at least 1
 * @param idleAfter after which an empty partition no longer holds back the others; zero for never,
 *     empty for the default of {@link #idleness}
 * @param alignment how far partitions may run ahead of the slowest in event time; zero for any,
 *     empty for the default of {@link #alignment(int, Duration, boolean)}
 * @param mapTimeout how long a student waits for a map
 * @param gpu whether the teacher asks for a GPU
 * @param webhook URL that alerts are posted to, which may hold a secret; empty for none
 */
public record RunOptions(
    Duration checkpointInterval,
    String checkpointDir,
    String backend,
    int restarts,
    Duration restartDelay,
    int sources,
    int counters,
    int mapBuilders,
    int replicaTasks,
    int countMemoryMb,
    Optional<Duration> idleAfter,
    Optional<Duration> alignment,
    Duration mapTimeout,
    boolean gpu,
    String webhook) {

  private static final Duration IDLE_AFTER = Duration.ofMinutes(1);

  /**
   * Time after which an empty partition no longer holds back the others; zero for never. A job
   * whose events end must not depend on time.
   *
   * @param endless whether the job reads a live stream, without an end
   */
  public Duration idleness(boolean endless) {
    return idleAfter.orElse(endless ? IDLE_AFTER : Duration.ZERO);
  }

  /**
   * How far partitions may run ahead of the slowest in event time; zero for any. Learners hold the
   * events by which they do.
   *
   * @param partitions of the topic of events
   * @param subWindow length of a watched sub-window, the default for several partitions; not for a
   *     live stream without idle partitions, as a silent one would stop the others
   * @param endless whether the job reads a live stream, without an end
   */
  public Duration alignment(int partitions, Duration subWindow, boolean endless) {
    boolean mayStop = endless && idleness(true).isZero();
    return alignment.orElse(partitions > 1 && !mayStop ? subWindow : Duration.ZERO);
  }
}
