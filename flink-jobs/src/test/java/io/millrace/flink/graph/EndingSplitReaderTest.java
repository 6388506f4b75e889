package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.EventReplay;
import io.millrace.kafka.Topics;
import io.millrace.kafka.embedded.EmbeddedBroker;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Law: a partition that is no longer assigned may be paused and resumed; it changes nothing for the
 * others.
 */
@Timeout(60)
@SuppressWarnings("try") // close() of the reader is declared to throw any exception
class EndingSplitReaderTest {
  private static final Topics TOPICS = new Topics("ends", "ends.events", 2, 0);

  @Test
  void pausesAndResumesBesideAPartitionThatEnded() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings settings = ClientSettings.of(broker.bootstrapServers());
      send(settings, 0, 1000);
      try (EndingSplitReader reader = reader(settings)) {
        KafkaPartitionSplit ended = split(0);
        KafkaPartitionSplit goesOn = split(1);
        reader.handleSplitsChanges(new SplitsAddition<>(List.of(goesOn)));
        await().until(() -> records(reader) > 0);

        reader.pauseOrResumeSplits(List.of(ended, goesOn), List.of(ended));
        send(settings, 1000, 1000);
        assertThat(recordsInHalfASecond(reader)).isZero();
        reader.pauseOrResumeSplits(List.of(ended), List.of(ended, goesOn));
        await().until(() -> records(reader) > 0);
      }
    }
  }

  private static void send(ClientSettings settings, int first, int count) {
    TOPICS.ensure(settings);
    EventReplay.run(
        settings,
        EventReplay.Options.max(TOPICS.events()),
        IntStream.range(first, first + count)
            .mapToObj(i -> new EventReplay.Event(null, new byte[] {1}, i, i))
            .iterator(),
        progress -> {});
  }

  private static KafkaPartitionSplit split(int partition) {
    return new KafkaPartitionSplit(new TopicPartition(TOPICS.events(), partition), 0);
  }

  private static EndingSplitReader reader(ClientSettings settings) {
    Properties consumer = settings.consumer();
    String bytes = "org.apache.kafka.common.serialization.ByteArrayDeserializer";
    consumer.setProperty("key.deserializer", bytes);
    consumer.setProperty("value.deserializer", bytes);
    return new EndingSplitReader(
        consumer,
        firstSubtask(),
        new KafkaSourceReaderMetrics(UnregisteredMetricsGroup.createSourceReaderMetricGroup()));
  }

  /** A context that knows the number of its subtask alone. */
  private static SourceReaderContext firstSubtask() {
    return (SourceReaderContext)
        Proxy.newProxyInstance(
            EndingSplitReaderTest.class.getClassLoader(),
            new Class<?>[] {SourceReaderContext.class},
            (proxy, method, args) -> {
              assertThat(method.getName()).isEqualTo("getIndexOfSubtask");
              return 0;
            });
  }

  private static int recordsInHalfASecond(EndingSplitReader reader) throws IOException {
    CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS).execute(reader::wakeUp);
    return records(reader);
  }

  private static int records(EndingSplitReader reader) throws IOException {
    RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> fetched = reader.fetch();
    int count = 0;
    while (fetched.nextSplit() != null) {
      while (fetched.nextRecordFromSplit() != null) {
        count++;
      }
    }
    return count;
  }
}
