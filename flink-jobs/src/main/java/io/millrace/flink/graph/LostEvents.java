package io.millrace.flink.graph;

import io.millrace.event.Warning;
import io.millrace.kafka.OffsetGaps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.kafka.common.TopicPartition;

/**
 * Looks for events of a reader's partitions that Kafka deleted before they were read. It asks the
 * broker only if offsets are missing, at most once a second, and never waits for the answer. A
 * checkpoint that is taken before the answer does not hold the loss.
 */
final class LostEvents {

  private static final Duration PERIOD = Duration.ofSeconds(1);

  /** Asks for the earliest offsets of partitions; the future fails if there is no answer. */
  @FunctionalInterface
  interface Broker
      extends Function<Collection<TopicPartition>, CompletableFuture<Map<TopicPartition, Long>>> {}

  private final Map<TopicPartition, OffsetGaps> gaps;
  private final Broker broker;
  private final boolean fail;
  private CompletableFuture<Map<TopicPartition, Long>> question;
  private CompletableFuture<Void> due = CompletableFuture.completedFuture(null);

  /**
   * Looks at partitions.
   *
   * @param gaps offsets by partition, followed elsewhere
   * @param fail whether a loss is an error
   */
  LostEvents(Map<TopicPartition, OffsetGaps> gaps, Broker broker, boolean fail) {
    this.gaps = gaps;
    this.broker = broker;
    this.fail = fail;
  }

  /** Continues a partition from an offset of a checkpoint. */
  void restore(TopicPartition partition, long offset) {
    gaps.computeIfAbsent(partition, p -> new OffsetGaps()).restore(offset);
  }

  /** The offset to store in a checkpoint for a partition: not below what was told as lost. */
  long next(TopicPartition partition, long offset) {
    OffsetGaps known = gaps.get(partition);
    return known == null || offset < 0 ? offset : Math.max(offset, known.next());
  }

  /** The offset that is read next; negative if nothing is known of the partition. */
  long next(TopicPartition partition) {
    OffsetGaps known = gaps.get(partition);
    return known == null ? -1 : known.next();
  }

  /** Whether {@link #poll} should be called when {@link #ready} completes. */
  boolean pending() {
    return question != null || gaps.values().stream().anyMatch(OffsetGaps::inDoubt);
  }

  /** Completes when {@link #poll} has something to do. */
  CompletableFuture<?> ready() {
    return question != null ? question.exceptionally(error -> null) : due;
  }

  /**
   * Asks what is due and takes what is answered.
   *
   * @return a warning for each partition that has lost events since the last call
   * @throws SuppressRestartsException if there is one, and it is an error
   */
  List<Warning> poll() {
    if (question == null) {
      if (due.isDone()) {
        ask();
      }
      return List.of();
    }
    return question.isDone() ? take() : List.of();
  }

  private void ask() {
    List<TopicPartition> doubtful =
        gaps.keySet().stream().filter(p -> gaps.get(p).inDoubt()).toList();
    if (!doubtful.isEmpty()) {
      doubtful.forEach(p -> gaps.get(p).ask());
      question = broker.apply(doubtful);
    }
  }

  private List<Warning> take() {
    List<Warning> lost = new ArrayList<>();
    Map<TopicPartition, Long> answer = question.exceptionally(error -> Map.of()).join();
    question = null;
    due = Delay.after(PERIOD);
    gaps.forEach(
        (partition, offsets) -> {
          Long earliest = answer.get(partition);
          if (earliest == null) {
            offsets.unanswered();
          } else {
            OffsetGaps.Loss loss = offsets.answer(earliest);
            if (loss != null) {
              lost.add(warning(partition, loss));
            }
          }
        });
    if (fail && !lost.isEmpty()) {
      throw new SuppressRestartsException(
          new IllegalStateException(
              lost.get(0).message()
                  + "; kafka.on_loss is fail: set it to warn to go on without them"));
    }
    return lost;
  }

  private static Warning warning(TopicPartition partition, OffsetGaps.Loss loss) {
    return new Warning(
        Warning.Kind.LOST_EVENTS,
        System.currentTimeMillis(),
        null,
        "partition " + partition.partition(),
        loss.events(),
        "partition %d of %s: %,d events (offsets %d to %d) are gone from Kafka before they were read; retention.ms and retention.bytes of the topic say how long it keeps them"
            .formatted(
                partition.partition(), partition.topic(), loss.events(), loss.from(), loss.to()));
  }
}
