package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.event.WindowSpec;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.Lease;
import io.millrace.kafka.LeaseHolder;
import io.millrace.kafka.Topics;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.state.PartitionProgress;
import io.millrace.state.ReportLine;
import io.millrace.time.MapGrid;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Law: what consumers tolerate is a warning, also when it has happened between two starts. */
@Timeout(300)
@SuppressWarnings("try") // close() of a harness may throw anything
class KafkaWatchOperatorTest {

  private static final MapGrid GRID = MapGrid.ofPanes(new WindowSpec(1000, 1000, 0, 0));

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
    return watch(prefix, null, holder);
  }

  private static OneInputStreamOperatorTestHarness<PartitionProgress, ReportLine> watch(
      String prefix, String liveIn, LeaseHolder holder) throws Exception {
    KafkaWatchOperator.Options options =
        new KafkaWatchOperator.Options(
            kafka, topics(prefix), GRID, Duration.ZERO, true, liveIn, holder);
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
      watch.processElement(new StreamRecord<>(new PartitionProgress(0, true, 3, 1, true)));
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

  // the last event passed on has time 2300, its window ends at 3000
  @Test
  void theEndOfTheHistoryIsWrittenOnce(@TempDir Path runDir) throws Exception {
    topics("live").ensure(kafka);
    send("live.events", 5);
    MapFolder maps = new MapFolder(runDir.resolve(RunFiles.MAPS));
    OperatorSubtaskState before;
    try (var watch = watch("live", runDir.toString(), null)) {
      watch.open();
      watch.processElement(at(3, 1700, true));
      untilSeen(watch);
      until(watch, () -> watch.getProcessingTime() > 10_000);
      watch.processElement(at(5, 2300, false));
      until(watch, () -> watch.getProcessingTime() > 20_000);
      assertThat(maps.live()).isEmpty();
      before = watch.snapshot(1, 1);
    }
    OperatorSubtaskState after = null;
    for (int start = 0; start < 2; start++) { // the second time its file is there already
      try (var watch = watch("live", runDir.toString(), null)) {
        watch.initializeState(before);
        watch.open();
        watch.processElement(at(7, 2300 + start * 5000, true));
        until(watch, () -> !messages(watch).isEmpty());
        assertThat(messages(watch))
            .containsExactly(
                "the history of topic live.events is read: students wait for the maps of windows"
                    + " that end before 1970-01-01T00:00:03Z, and use later ones as they come");
        assertThat(maps.live()).hasValue(3000);
        after = watch.snapshot(2, 2);
      }
    }
    try (var watch = watch("live", runDir.toString(), null)) {
      watch.initializeState(after);
      watch.open();
      watch.processElement(at(9, 9300, true));
      until(watch, () -> watch.getProcessingTime() > 10_000);
      assertThat(messages(watch)).isEmpty();
    }
  }

  private static StreamRecord<PartitionProgress> at(long next, long newest, boolean caughtUp) {
    return new StreamRecord<>(new PartitionProgress(0, true, newest, next, caughtUp));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // closing the producer waits
  private static void send(String topic, int records) {
    ByteArraySerializer bytes = new ByteArraySerializer();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(kafka.producer(), bytes, bytes)) {
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>(topic, new byte[1]));
      }
    }
  }

  @Test
  void aTopicWithoutHistoryIsLiveAtOnce(@TempDir Path runDir) throws Exception {
    topics("none").ensure(kafka);
    try (var watch = watch("none", runDir.toString(), null)) {
      watch.open();
      until(watch, () -> !messages(watch).isEmpty());
      assertThat(messages(watch))
          .containsExactly(
              "topic none.events held no event when the job started: students wait for no maps");
      assertThat(new MapFolder(runDir.resolve(RunFiles.MAPS)).live()).hasValue(Long.MIN_VALUE);
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
