package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.jobfile.JobConfig;
import io.millrace.jobfile.KafkaOptions;
import io.millrace.runs.RunFiles;
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

/** The topic that gets what a run writes of its windows. */
final class MetricsTopic {
  private MetricsTopic() {}

  /** Waits until every line of a run's files is in the topic, committed; and nothing else is. */
  static void assertHoldsOnce(Path job, Path runDir) throws IOException {
    List<String> committed = new ArrayList<>();
    KafkaOptions kafka = JobConfig.read(job).kafka();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.clients().consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(new TopicPartition(kafka.topics().metricsTopic().name(), 0)));
      RunningJob.waitFor(
          () -> {
            consumer
                .poll(Duration.ofMillis(100))
                .forEach(record -> committed.add(new String(record.value(), UTF_8)));
            return sorted(committed).equals(sorted(written(runDir)));
          });
    } catch (ConditionTimeoutException e) {
      assertThat(committed).containsExactlyInAnyOrderElementsOf(written(runDir));
    }
  }

  private static List<String> sorted(List<String> lines) {
    return lines.stream().sorted().toList();
  }

  private static List<String> written(Path runDir) throws IOException {
    List<String> written = new ArrayList<>();
    for (String file :
        List.of(
            RunFiles.METRICS,
            RunFiles.DRIFT,
            RunFiles.SWITCHES,
            RunFiles.REFRESHES,
            RunFiles.COUNTS)) {
      if (Files.exists(runDir.resolve(file))) {
        written.addAll(SmallStream.lines(runDir.resolve(file)));
      }
    }
    return written;
  }
}
