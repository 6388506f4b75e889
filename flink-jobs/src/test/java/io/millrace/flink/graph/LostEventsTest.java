package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.Warning;
import io.millrace.kafka.OffsetGaps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Law: a reader asks the broker only in doubt, never waits, and reports each loss once. */
class LostEventsTest {

  private static final TopicPartition ONE = new TopicPartition("t", 1);

  private final Map<TopicPartition, OffsetGaps> gaps = new HashMap<>();
  private final List<CompletableFuture<Map<TopicPartition, Long>>> asked = new ArrayList<>();

  private LostEvents lost(boolean fail) {
    return new LostEvents(
        gaps,
        partitions -> {
          assertThat(partitions).containsExactly(ONE);
          asked.add(new CompletableFuture<>());
          return asked.get(asked.size() - 1);
        },
        fail);
  }

  @Test
  void anOffsetOfASavepointThatIsGone() {
    LostEvents lost = lost(false);
    assertThat(lost.pending()).isFalse();
    lost.restore(ONE, 423);
    assertThat(lost.pending()).isTrue();
    assertThat(lost.ready()).isDone();
    assertThat(lost.poll()).isEmpty();
    assertThat(lost.poll()).isEmpty();
    assertThat(lost.ready()).isNotDone();
    asked.get(0).complete(Map.of(ONE, 483L));
    assertThat(lost.ready()).isDone();
    Warning warning = lost.poll().get(0);
    assertThat(warning.kind()).isEqualTo(Warning.Kind.LOST_EVENTS);
    assertThat(warning.count()).isEqualTo(60);
    assertThat(warning.place()).isEqualTo("partition 1");
    assertThat(warning.message())
        .startsWith("partition 1 of t: 60 events (offsets 423 to 482) are gone from Kafka");
    assertThat(lost.pending()).isFalse();
    assertThat(lost.poll()).isEmpty();
    assertThat(asked).hasSize(1);
  }

  // Law: a checkpoint without a record since a loss was told continues behind it, and its guard
  // keeps what it holds; of a partition of which nothing is known it keeps the offset.
  @Test
  void aCheckpointContinuesBehindALoss() {
    LostEvents lost = lost(false);
    assertThat(lost.next(ONE, -2)).isEqualTo(-2);
    assertThat(lost.next(ONE, 423)).isEqualTo(423);
    lost.restore(ONE, 423);
    lost.poll();
    assertThat(lost.next(ONE, 423)).isEqualTo(423);
    asked.get(0).complete(Map.of(ONE, 483L));
    lost.poll();
    assertThat(lost.next(ONE, 423)).isEqualTo(483);
    assertThat(lost.next(ONE, 490)).isEqualTo(490);
    assertThat(lost.next(ONE, -2)).isEqualTo(-2);
    KafkaPartitionSplit split = new KafkaPartitionSplit(ONE, 423, 900);
    KafkaPartitionSplit moved = new KafkaPartitionSplit(ONE, 483, 900);
    assertThat(GuardedSplit.from(split, 483)).isEqualTo(moved).isNotInstanceOf(GuardedSplit.class);
    KafkaPartitionSplit guarded = GuardedSplit.from(new GuardedSplit(split, new byte[] {7}), 483);
    assertThat(guarded).isInstanceOf(GuardedSplit.class);
    assertThat(guarded.getStartingOffset()).isEqualTo(483);
    assertThat(guarded.getStoppingOffset()).hasValue(900L);
    assertThat(((GuardedSplit) guarded).guard()).containsExactly(7);
  }

  @Test
  void anErrorIfItIsToBeOne() {
    LostEvents lost = lost(true);
    lost.restore(ONE, 423);
    lost.poll();
    asked.get(0).complete(Map.of(ONE, 483L));
    assertThatThrownBy(lost::poll)
        .isInstanceOf(SuppressRestartsException.class)
        .cause()
        .hasMessageContaining("partition 1 of t: 60 events (offsets 423 to 482) are gone")
        .hasMessageEndingWith("kafka.on_loss is fail: set it to warn to go on without them");
  }

  // it asks again, but not at once
  @Test
  void aBrokerThatDoesNotAnswerIsAskedAgain() throws Exception {
    LostEvents lost = lost(false);
    lost.restore(ONE, 423);
    lost.poll();
    asked.get(0).completeExceptionally(new IllegalStateException("no answer"));
    assertThat(lost.poll()).isEmpty();
    assertThat(lost.pending()).isTrue();
    assertThat(lost.poll()).isEmpty();
    assertThat(asked).hasSize(1);
    lost.ready().get();
    assertThat(lost.poll()).isEmpty();
    asked.get(1).complete(Map.of(ONE, 483L));
    assertThat(lost.poll()).hasSize(1);
  }
}
