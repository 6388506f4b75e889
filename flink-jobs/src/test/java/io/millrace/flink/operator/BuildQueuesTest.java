package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Law: the builds of a field run one after another in order, those of other fields beside them. */
class BuildQueuesTest {

  @Test
  void aFieldBuildsOneSubWindowAtATime() {
    BuildQueues queues = new BuildQueues();
    queues.add(0, 7);
    queues.add(0, 8);
    queues.add(1, 7);
    assertThat(queues.start(0)).hasValue(7);
    assertThat(queues.start(0)).isEmpty();
    assertThat(queues.start(1)).hasValue(7);
    assertThat(queues.pending()).isEqualTo(3);
    assertThat(queues.done(0)).containsExactly(8L);
    assertThat(queues.start(0)).hasValue(8);
    assertThat(queues.done(0)).isEmpty();
    assertThat(queues.start(0)).isEmpty();
    assertThat(queues.pending()).isEqualTo(1);
  }
}
