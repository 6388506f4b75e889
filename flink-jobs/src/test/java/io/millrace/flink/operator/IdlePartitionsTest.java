package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.Warning;
import io.millrace.event.WindowSpec;
import io.millrace.state.PartitionProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Law: a partition is reported when it has been silent for a minute and keeps a window open. */
class IdlePartitionsTest {

  private static final WindowSpec WINDOWS = new WindowSpec(1000, 1000, 0, 0);

  private IdlePartitions idle = new IdlePartitions("t", WINDOWS, Duration.ZERO);

  private static PartitionProgress at(int partition, long pane) {
    return at(partition, pane, true);
  }

  private static PartitionProgress at(int partition, long pane, boolean caughtUp) {
    return new PartitionProgress(partition, true, pane * 1000 + 5, 1, caughtUp);
  }

  /** Lets time pass second by second; the messages. */
  private List<String> pass(int seconds) {
    List<Warning> warnings = new ArrayList<>();
    for (int i = 0; i < seconds; i++) {
      warnings.addAll(idle.passed(1000, 5));
    }
    assertThat(warnings).allMatch(w -> w.kind() == Warning.Kind.IDLE_PARTITION && w.time() == 5);
    return warnings.stream().map(Warning::message).toList();
  }

  @Test
  void oneThatNeverHadAnEvent() {
    idle.partitions(2);
    idle.saw(at(0, 7));
    assertThat(pass(59)).isEmpty();
    assertThat(pass(1))
        .containsExactly(
            "partition 1 of t has had no event for 60 s and holds back event time:"
                + " windows do not end; see time.idle_after");
    assertThat(pass(1000)).isEmpty();
  }

  // rejects move the position, and bring event time no further
  @Test
  void aPositionAloneIsNoEvent() {
    idle.saw(at(0, 7));
    idle.saw(at(1, 6));
    for (int i = 0; i < 59; i++) {
      idle.saw(new PartitionProgress(1, false, 6000, i, true));
      assertThat(pass(1)).isEmpty();
    }
    assertThat(idle.silent(1)).isFalse();
    assertThat(pass(1)).hasSize(1);
    assertThat(idle.silent(1)).isTrue();
    assertThat(idle.silent(2)).isFalse();
  }

  // at night no event comes at all: nothing is held back
  @Test
  void silenceOfAllIsNoFault() {
    idle.partitions(2);
    assertThat(pass(1000)).isEmpty();
    idle.saw(at(0, 7));
    idle.saw(at(1, 7));
    assertThat(pass(1000)).isEmpty();
  }

  @Test
  void oneThatStaysBehind() {
    idle.saw(at(0, 7));
    idle.saw(at(1, 7));
    pass(100);
    idle.saw(at(0, 8));
    assertThat(pass(1)).singleElement().asString().startsWith("partition 1 of t ");
  }

  @Test
  void againAfterAnHourAtTheEarliest() {
    idle.saw(at(0, 7));
    idle.saw(at(1, 6));
    assertThat(pass(60)).hasSize(1);
    idle.saw(at(1, 6));
    assertThat(pass(3500)).isEmpty();
    assertThat(pass(100)).hasSize(1);
  }

  @Test
  void whatFollowsDependsOnIdleAfter() {
    idle = new IdlePartitions("t", WINDOWS, Duration.ofSeconds(5));
    idle.saw(at(1, 7));
    assertThat(pass(60))
        .containsExactly(
            "partition 0 of t has had no event for 60 s: event time goes on without it"
                + " (time.idle_after), and what it brings for windows that have ended is late");
    idle = new IdlePartitions("t", WINDOWS, Duration.ofMinutes(10));
    idle.saw(at(1, 7));
    assertThat(pass(60))
        .containsExactly(
            "partition 0 of t has had no event for 60 s and holds back event time:"
                + " windows do not end until time.idle_after (600 s)");
  }

  // back pressure keeps records of both partitions from being read; 10 s pass until that is clear
  @Test
  void aReaderThatIsHeldUpSaysNothing() {
    idle.partitions(2);
    idle.saw(at(0, 7, false));
    assertThat(pass(1000)).isEmpty();
    for (int i = 10; i < 59; i++) {
      idle.saw(at(0, 7, false));
      assertThat(pass(1)).isEmpty();
    }
    assertThat(pass(1)).hasSize(1);
  }
}
