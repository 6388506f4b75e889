package io.millrace.kafka;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;

/**
 * Whether readers have read the history of a topic: all that it held when it was first asked for
 * its end. No method waits for the broker.
 *
 * <p>A partition is read once its reader has reached that end and has found nothing more to read
 * since, so that what came meanwhile is read too. Partitions that are added later are no history.
 */
public final class TopicHistory implements AutoCloseable {

  private static final String NEWEST = "newest";

  private final PartitionOffsets broker;
  private final String topic;
  private final Map<Integer, Progress> progress = new HashMap<>();
  private CompletableFuture<Map<Integer, Long>> question;

  /** The end of each partition that is not read yet; null until the broker has answered. */
  private Map<Integer, Long> left;

  private long newest = Long.MIN_VALUE;

  /** How far a reader is. */
  private record Progress(long next, long newest, boolean caughtUp) {
    private static final Progress NONE = new Progress(-1, Long.MIN_VALUE, false);

    boolean reached(long end) {
      return next >= end && caughtUp;
    }
  }

  /**
   * Of a topic.
   *
   * @param saved what {@link #save} returned; empty for a topic that was not asked for its end
   */
  public TopicHistory(ClientSettings settings, String topic, List<String> saved) {
    this.broker = new PartitionOffsets(settings);
    this.topic = topic;
    this.left = saved.isEmpty() ? null : new TreeMap<>();
    for (String entry : saved) {
      String[] parts = entry.split(" ", 2);
      long number = Long.parseLong(parts[1]);
      if (parts[0].equals(NEWEST)) {
        newest = number;
      } else {
        left.put(Integer.parseInt(parts[0]), number);
      }
    }
  }

  /** What is left to read, a text for each partition; empty if it is not known. */
  public List<String> save() {
    List<String> saved = new ArrayList<>();
    if (left != null) {
      saved.add(NEWEST + " " + newest);
      left.forEach((partition, end) -> saved.add(partition + " " + end));
    }
    return saved;
  }

  /**
   * Asks for the end, and takes the answer; to be called about once a second.
   *
   * @param partitions of the topic, at least 1
   */
  public void poll(int partitions) {
    if (left != null) {
      return;
    }
    if (question == null) {
      question = ask(partitions);
    } else if (question.isDone()) {
      left = question.exceptionally(error -> null).join(); // without an answer, it asks again
      question = null;
      settle();
    }
  }

  /** The end of each partition that has a record. */
  private CompletableFuture<Map<Integer, Long>> ask(int partitions) {
    List<TopicPartition> all =
        IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList();
    return broker
        .earliest(all)
        .thenCombine(
            broker.latest(all),
            (starts, ends) -> {
              Map<Integer, Long> held = new TreeMap<>();
              ends.forEach(
                  (partition, end) -> {
                    if (end > starts.get(partition)) {
                      held.put(partition.partition(), end);
                    }
                  });
              return held;
            });
  }

  /**
   * A reader has come this far in a partition.
   *
   * @param next offset of the record that is read next
   * @param newestTime of its events that were passed on, ms; {@link Long#MIN_VALUE} for none
   * @param caughtUp whether there was nothing more to read
   */
  public void saw(int partition, long next, long newestTime, boolean caughtUp) {
    progress.put(partition, new Progress(next, newestTime, caughtUp));
    newest = Math.max(newest, newestTime);
    settle();
  }

  private void settle() {
    if (left != null) {
      left.entrySet().removeIf(one -> progress(one.getKey()).reached(one.getValue()));
    }
  }

  private Progress progress(int partition) {
    return progress.getOrDefault(partition, Progress.NONE);
  }

  /**
   * Takes the slowest partition as read if it is silent: its last offsets may have no record, as
   * they are markers of transactions, and would never be reached. Others may be silent because
   * their reader waits for a slower one.
   */
  public void passSilent(IntPredicate silent) {
    if (left != null && !progress.isEmpty()) {
      left.keySet().stream()
          .min(Comparator.comparingLong(partition -> progress(partition).newest))
          .filter(silent::test)
          .ifPresent(left::remove);
    }
  }

  /** Whether all history is read. */
  public boolean read() {
    return left != null && left.isEmpty();
  }

  /** Time of the newest event that was passed on, ms; {@link Long#MIN_VALUE} for none. */
  public long newest() {
    return newest;
  }

  /** Begins anew, with the end that the topic has now: it was made anew. */
  public void restart() {
    left = null;
    question = null;
    progress.clear();
  }

  @Override
  public void close() {
    broker.close();
  }
}
