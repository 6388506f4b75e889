package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.Lease;
import io.millrace.kafka.LeaseHolder;
import io.millrace.kafka.Topics;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.state.PartitionProgress;
import io.millrace.state.ReportLine;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Law: what consumers tolerate is a warning, also when it has happened between two starts. */
@Timeout(300)
@SuppressWarnings("try") // close() of a harness may throw anything
class KafkaWatchOperatorTest {

  private static EmbeddedBroker broker;
  private static ClientSettings kafka;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start();
    kafka = ClientSettings.of(broker.bootstrapServers());
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static OneInputStreamOperatorTestHarness<PartitionProgress, ReportLine> watch(
      String prefix, LeaseHolder holder) throws Exception {
    KafkaWatchOperator.Options options =
        new KafkaWatchOperator.Options(kafka, topics(prefix), Duration.ZERO, true, holder);
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(KafkaWatchOperator.class, p -> new KafkaWatchOperator(p, options)));
  }

  private static Topics topics(String prefix) {
    return new Topics(prefix, prefix + ".events", 1, 0);
  }

  /** Lets the operator's time pass until something holds. */
  private static void until(OneInputStreamOperatorTestHarness<?, ?> watch, Callable<Boolean> holds)
      throws Exception {
    while (!holds.call()) {
      watch.setProcessingTime(watch.getProcessingTime() + KafkaWatchOperator.PERIOD.toMillis());
      Thread.sleep(50);
    }
  }

  /** Lets time pass until the operator has seen the topic; its state. */
  private static OperatorSubtaskState untilSeen(OneInputStreamOperatorTestHarness<?, ?> watch)
      throws Exception {
    long empty = watch.snapshot(0, 0).getStateSize();
    OperatorSubtaskState[] state = new OperatorSubtaskState[1];
    until(
        watch,
        () -> {
          state[0] = watch.snapshot(1, 1);
          return state[0].getStateSize() > empty;
        });
    return state[0];
  }

  private static List<String> messages(OneInputStreamOperatorTestHarness<?, ReportLine> watch)
      throws Exception {
    ObjectMapper json = new ObjectMapper();
    return watch.extractOutputValues().stream()
        .map(
            line -> {
              try {
                return json.readTree(line.json()).get("message").asText();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            })
        .toList();
  }

  @Test
  void partitionsThatAreAddedAndSilent() throws Exception {
    topics("add").ensure(kafka);
    try (var watch = watch("add", null);
        Admin admin = kafka.openAdmin()) {
      watch.open();
      watch.processElement(new StreamRecord<>(new PartitionProgress(0, 3, true)));
      untilSeen(watch);
      until(watch, () -> watch.getProcessingTime() > 100_000);
      assertThat(messages(watch)).isEmpty();
      admin.createPartitions(Map.of("add.events", NewPartitions.increaseTo(3))).all().get();
      until(watch, () -> messages(watch).size() == 3);
      assertThat(messages(watch).get(0))
          .isEqualTo(
              "topic add.events has 3 partitions, 2 more than before: the job reads them from"
                  + " their start, where events of windows that have ended are late; set"
                  + " kafka.partitions to 3 before the next start");
      assertThat(messages(watch).get(1)).startsWith("partition 1 of add.events has had no event");
      assertThat(messages(watch).get(2)).startsWith("partition 2 of add.events has had no event");
    }
  }

  @Test
  void aTopicThatIsMadeAnewBetweenTwoStarts() throws Exception {
    topics("anew").ensure(kafka);
    OperatorSubtaskState state;
    try (var watch = watch("anew", null)) {
      watch.open();
      state = untilSeen(watch);
    }
    try (Admin admin = kafka.openAdmin()) {
      admin.deleteTopics(List.of("anew.events")).all().get();
      topics("anew").ensure(kafka);
    }
    try (var watch = watch("anew", null)) {
      watch.initializeState(state);
      watch.open();
      until(watch, () -> !messages(watch).isEmpty());
      assertThat(messages(watch))
          .singleElement()
          .asString()
          .startsWith("topic anew.events was deleted and made anew, with 1 partition(s): ")
          .contains("start a new run");
    }
  }

  @Test
  void anotherJobInTheLeaseFailsThisOne() throws Exception {
    topics("two").ensure(kafka);
    LeaseHolder first = LeaseHolder.of("k", "/runs/1", true);
    try (Lease lease = Lease.take(kafka, topics("two"), first, line -> {});
        var same = watch("two", first);
        var other = watch("two", LeaseHolder.of("k", "/runs/2", true))) {
      same.open();
      other.open();
      assertThatThrownBy(() -> until(other, () -> false))
          .hasRootCauseInstanceOf(IllegalStateException.class)
          .rootCause()
          .hasMessageStartingWith("another job writes to two.*: job k in run directory /runs/1, ");
      same.setProcessingTime(10_000);
      assertThat(lease.problem()).isEmpty();
    }
  }
}
