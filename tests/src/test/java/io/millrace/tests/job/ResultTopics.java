package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.jobfile.JobConfig;
import io.millrace.jobfile.KafkaOptions;
import io.millrace.kafka.TopicSpec;
import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.core.ConditionTimeoutException;

/** Reads the topics that a job writes. */
public final class ResultTopics {
  private ResultTopics() {}

  /** Waits until a committed record of a topic, read from the start, contains a text. */
  static void await(Path job, TopicSpec topic, String text) throws IOException {
    try (KafkaConsumer<byte[], byte[]> consumer = reader(JobConfig.read(job).kafka(), topic)) {
      RunningJob.waitFor(() -> poll(consumer).stream().anyMatch(value -> value.contains(text)));
    }
  }

  /** Waits until every line of a run's files is in the topic, committed; and nothing else is. */
  public static void assertMetricsHeldOnce(Path job, Path runDir) throws IOException {
    assertMetricsHeldOnce(job, RunView.of(runDir));
  }

  /** The same for a run that may be in a store. */
  public static void assertMetricsHeldOnce(Path job, RunView run) throws IOException {
    List<String> committed = new ArrayList<>();
    KafkaOptions kafka = JobConfig.read(job).kafka();
    try (KafkaConsumer<byte[], byte[]> consumer = reader(kafka, kafka.topics().metricsTopic())) {
      RunningJob.waitFor(
          () -> {
            committed.addAll(poll(consumer));
            return sorted(committed).equals(sorted(written(run)));
          });
    } catch (ConditionTimeoutException e) {
      assertThat(committed).containsExactlyInAnyOrderElementsOf(written(run));
    }
  }

  private static KafkaConsumer<byte[], byte[]> reader(KafkaOptions kafka, TopicSpec topic) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.clients().consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.assign(List.of(new TopicPartition(topic.name(), 0)));
    consumer.seekToBeginning(consumer.assignment());
    return consumer;
  }

  private static List<String> poll(KafkaConsumer<byte[], byte[]> consumer) {
    List<String> values = new ArrayList<>();
    consumer
        .poll(Duration.ofMillis(100))
        .forEach(record -> values.add(new String(record.value(), UTF_8)));
    return values;
  }

  private static List<String> sorted(List<String> lines) {
    return lines.stream().sorted().toList();
  }

  private static List<String> written(RunView run) throws IOException {
    run.refresh();
    List<String> written = new ArrayList<>();
    for (String file :
        List.of(
            RunFiles.METRICS,
            RunFiles.DRIFT,
            RunFiles.SWITCHES,
            RunFiles.REFRESHES,
            RunFiles.COUNTS)) {
      if (Files.exists(run.dir().resolve(file))) {
        written.addAll(SmallStream.lines(run.dir().resolve(file)));
      }
    }
    return written;
  }
}
