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
