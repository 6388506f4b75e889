package io.millrace.flink.operator;

import io.millrace.event.Warning;
import io.millrace.event.WindowSpec;
import io.millrace.state.PartitionProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds partitions whose silence keeps windows of other partitions from ending: a partition that
 * has had no event for a minute, while another one has reached a newer pane, or has had events at
 * all.
 *
 * <p>Time counts only while readers are known to read: not while no broker answers, nor while they
 * have unread records that back pressure keeps from being read.
 */
final class IdlePartitions {

  /** A partition is idle after so long without events. */
  static final Duration IDLE = Duration.ofMinutes(1);

  /** A partition that falls silent again and again is reported as often. */
  private static final Duration AGAIN = Duration.ofHours(1);

  /** A reader that has unread records and reports none for so long is held up. */
  private static final Duration READS_WITHIN = Duration.ofSeconds(10);

  private static final long NONE = Long.MIN_VALUE;

  private final String topic;
  private final WindowSpec windows;
  private final Duration idleAfter;
  private final List<Partition> partitions = new ArrayList<>();
  private long clock;
  private long reportedAt;
  private boolean caughtUp = true;

  /** One partition; times are those of {@code clock}, ms. */
  private static final class Partition {
    private final int number;
    private long pane = NONE;
    private long silentSince;
    private long warnedAt = NONE;
    private boolean warned;

    Partition(int number, long now) {
      this.number = number;
      this.silentSince = now;
    }
  }

  /**
   * Nothing is known of the topic yet.
   *
   * @param windows whose panes are compared
   * @param idleAfter after which event time goes on without a partition; zero for never
   */
  IdlePartitions(String topic, WindowSpec windows, Duration idleAfter) {
    this.topic = topic;
    this.windows = windows;
    this.idleAfter = idleAfter;
  }

  /** The topic has so many partitions. */
  void partitions(int n) {
    while (partitions.size() < n) {
      partitions.add(new Partition(partitions.size(), clock));
    }
  }

  /** A reader is so far in a partition. */
  void saw(PartitionProgress progress) {
    partitions(progress.partition() + 1);
    if (progress.hadEvents()) {
      Partition partition = partitions.get(progress.partition());
      partition.pane = Math.max(partition.pane, windows.pane(progress.newest()));
      partition.silentSince = clock;
      partition.warned = false;
    }
    reportedAt = clock;
    caughtUp = progress.caughtUp();
  }

  /**
   * Time has passed.
   *
   * @param millis since the last call
   * @param now wall time, ms since 1970, for the warnings
   * @return a warning for each partition that has become idle
   */
  List<Warning> passed(long millis, long now) {
    if (caughtUp || clock - reportedAt < READS_WITHIN.toMillis()) {
      clock += millis;
    }
    long newest = partitions.stream().mapToLong(p -> p.pane).max().orElse(NONE);
    List<Warning> warnings = new ArrayList<>();
    for (Partition partition : partitions) {
      if (partition.pane < newest && isDue(partition)) {
        partition.warned = true;
        partition.warnedAt = clock;
        warnings.add(warning(partition.number, now));
      }
    }
    return warnings;
  }

  /** Whether a partition has had no event for a minute. */
  boolean silent(int partition) {
    return partition < partitions.size() && isSilent(partitions.get(partition));
  }

  private boolean isSilent(Partition partition) {
    return clock - partition.silentSince >= IDLE.toMillis();
  }

  private boolean isDue(Partition partition) {
    boolean silenced = partition.warnedAt != NONE && clock - partition.warnedAt < AGAIN.toMillis();
    return !partition.warned && !silenced && isSilent(partition);
  }

  private Warning warning(int partition, long now) {
    String follows =
        idleAfter.isZero()
            ? " and holds back event time: windows do not end; see time.idle_after"
            : idleAfter.compareTo(IDLE) > 0
                ? " and holds back event time: windows do not end until time.idle_after (%d s)"
                    .formatted(idleAfter.toSeconds())
                : ": event time goes on without it (time.idle_after), and what it brings for"
                    + " windows that have ended is late";
    return new Warning(
        Warning.Kind.IDLE_PARTITION,
        now,
        null,
        "partition " + partition,
        0,
        "partition %d of %s has had no event for %d s%s"
            .formatted(partition, topic, IDLE.toSeconds(), follows));
  }
}
