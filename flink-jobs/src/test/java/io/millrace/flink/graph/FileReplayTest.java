package io.millrace.flink.graph;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.file.EventInput;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.EventReplay;
import io.millrace.kafka.Topics;
import io.millrace.kafka.embedded.EmbeddedBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FileReplayTest {
  private static final String JOB =
      """
      name: replay
      schema:
        label: {column: click}
        time: {column: t, unit: ms}
        categorical: [{columns: site, expected_ids: 10}]
      kafka: {value: %s}
      arms: [{name: full, hash: full}]
      """;

  /**
   * Rows of all files arrive by event time, each with the columns of its file; a row that is none
   * arrives in front of the event it preceded.
   */
  @Test
  void inOrderOfEventTime(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("events.csv");
    Files.writeString(
        file,
        """
        t,click,site
        broken
        1600000003000,1,c
        1600000001000,0,a
        1600000002000,0,b
        """);
    Path second = Files.writeString(dir.resolve("b.csv"), "site,t,click\nd,1600000002500,1\n");
    Topics topics = new Topics("replay", "replay.events", 1, 0);
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings settings = ClientSettings.of(broker.bootstrapServers());
      topics.ensure(settings);
      EventReplay.Result result =
          FileReplay.run(
              settings,
              new EventReplay.Options(topics.events(), 1e4, EventReplay.Partitioning.SEQUENCE),
              List.of(EventInput.of(second), EventInput.of(file)),
              JobConfig.parse(JOB.formatted("json"), "job.yaml"),
              new FileReplay.Listener() {
                @Override
                public void at(double share, long sent) {}

                @Override
                public void note(String sentence) {}
              });
      assertThat(result.total()).isEqualTo(5);
      List<String> values = read(settings, topics.events(), 5);
      assertThat(values.get(0)).contains("\"a\"");
      assertThat(values.get(1)).contains("\"b\"");
      assertThat(values.get(2)).contains("\"d\"");
      assertThat(values.get(3)).isEqualTo("broken");
      assertThat(values.get(4)).contains("\"c\"");
    }
  }

  private static List<String> read(ClientSettings settings, String topic, int n) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            settings.consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      consumer.seekToBeginning(List.of());
      while (values.size() < n) {
        consumer
            .poll(Duration.ofMillis(200))
            .forEach(record -> values.add(new String(record.value(), UTF_8)));
      }
    }
    return values;
  }
}
