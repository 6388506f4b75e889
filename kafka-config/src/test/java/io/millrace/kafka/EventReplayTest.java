package io.millrace.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.kafka.EventReplay.Event;
import io.millrace.kafka.EventReplay.Options;
import io.millrace.kafka.EventReplay.Partitioning;
import io.millrace.kafka.EventReplay.Progress;
import io.millrace.kafka.EventReplay.Result;
import io.millrace.kafka.embedded.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class EventReplayTest {

  /** Record i is in partition i mod P, each partition in the order of the log; counts agree. */
  @Test
  void bySequence() {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings settings = settings(broker, 3);
      List<Progress> progress = new ArrayList<>();
      Result result =
          EventReplay.run(settings, Options.max("t"), events(1000, i -> null), progress::add);
      assertThat(result.perPartition()).containsExactly(334L, 333L, 333L);
      assertThat(result.total()).isEqualTo(1000);
      assertThat(progress).last().isEqualTo(new Progress(1000, 1000, 999));
      assertInTurn(settings, 1000, 3);
    }
  }

  /** All records of a user are in one partition, in order. */
  @Test
  void byKey() {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings settings = settings(broker, 4);
      Options options = new Options("t", EventReplay.MAX_SPEED, Partitioning.KEY);
      EventReplay.run(settings, options, events(500, i -> "user" + i % 7), p -> {});
      List<ConsumerRecord<byte[], byte[]>> all = KafkaFixtures.readRecords(settings, "t");
      for (int user = 0; user < 7; user++) {
        String key = "user" + user;
        List<ConsumerRecord<byte[], byte[]>> own =
            all.stream().filter(r -> new String(r.key(), UTF_8).equals(key)).toList();
        assertThat(own.stream().map(ConsumerRecord::partition).distinct()).hasSize(1);
        assertThat(own.stream().map(EventReplayTest::number)).isSorted();
      }
      assertThat(all).hasSize(500);
    }
  }

  /** One second of event time at speed 2 takes half a second at least. */
  @Test
  void speed() {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings settings = settings(broker, 1);
      Options options = new Options("t", 2, Partitioning.SEQUENCE);
      Result result = EventReplay.run(settings, options, events(1001, i -> null), p -> {});
      assertThat(result.elapsed()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(5));
    }
  }

  /** A broker that is away for seconds in the middle: nothing lost, nothing doubled, order kept. */
  @Test
  void survivesRestart(@TempDir Path data) throws Exception {
    int total = 40_000;
    EmbeddedBroker first = EmbeddedBroker.start(data, 0);
    ClientSettings settings = settings(first, 2);
    CompletableFuture<EmbeddedBroker> second = new CompletableFuture<>();
    Iterator<Event> events =
        events(
            total,
            i -> {
              if (i == total / 2) {
                first.close();
                Executor later = CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS);
                second.completeAsync(() -> EmbeddedBroker.start(data, first.port()), later);
              }
              return null;
            });
    Result result = EventReplay.run(settings, Options.max("t"), events, p -> {});
    try (EmbeddedBroker broker = second.get()) {
      assertThat(broker.port()).isEqualTo(first.port());
      assertThat(result.perPartition()).containsExactly(total / 2L, total / 2L);
      assertInTurn(settings, total, 2);
    }
  }

  /** A topic that is not there is said at once, by name. */
  @Test
  void missingTopic() {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings settings = ClientSettings.of(broker.bootstrapServers());
      assertThatThrownBy(
              () -> EventReplay.run(settings, Options.max("none"), events(1, i -> null), p -> {}))
          .isInstanceOf(BrokerException.class)
          .hasMessage("topic none at " + settings.bootstrap() + ": does not exist");
    }
  }

  /** A record that Kafka refuses stops the replay with its reason. */
  @Test
  void recordTooLarge() {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings settings = settings(broker, 1);
      Iterator<Event> large = List.of(new Event(null, new byte[2 << 20], 0, 0)).iterator();
      assertThatThrownBy(() -> EventReplay.run(settings, Options.max("t"), large, p -> {}))
          .isInstanceOf(BrokerException.class)
          .hasMessageStartingWith(
              "replay into t at " + settings.bootstrap() + " stopped with 0 records stored: ")
          .hasMessageContaining("max.request.size");
    }
  }

  /** Speeds that mean nothing are refused. */
  @Test
  void speedMustBePositive() {
    for (double speed : new double[] {0, -1, Double.NaN}) {
      assertThatThrownBy(() -> new Options("t", speed, Partitioning.KEY))
          .hasMessage("speed must be > 0 or max but was " + speed);
    }
  }

  private static ClientSettings settings(EmbeddedBroker broker, int partitions) {
    ClientSettings settings = ClientSettings.of(broker.bootstrapServers());
    KafkaFixtures.createTopic(settings, "t", partitions);
    return settings;
  }

  private static Iterator<Event> events(int n, IntFunction<String> key) {
    return IntStream.range(0, n)
        .mapToObj(
            i -> {
              String k = key.apply(i);
              byte[] value = Integer.toString(i).getBytes(UTF_8);
              return new Event(k == null ? null : k.getBytes(UTF_8), value, i, i);
            })
        .iterator();
  }

  private static void assertInTurn(ClientSettings settings, int n, int partitions) {
    List<Integer> expected = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      IntStream.iterate(p, i -> i < n, i -> i + partitions).forEach(expected::add);
    }
    assertThat(KafkaFixtures.readRecords(settings, "t").stream().map(EventReplayTest::number))
        .containsExactlyElementsOf(expected);
  }

  private static int number(ConsumerRecord<byte[], byte[]> record) {
    return Integer.parseInt(new String(record.value(), UTF_8));
  }
}
