package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.event.ClickEvent;
import io.millrace.kafka.UpdatesTopic;
import io.millrace.runs.FolderPublisher;
import io.millrace.runs.RunFiles;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.UpdateCodec;
import io.millrace.snapshot.UpdateRecord;
import io.millrace.spec.JobSpec;
import io.millrace.spec.PublishOptions;
import io.millrace.table.StoredRows;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a version of a model and the updates after it, as they lie in Kafka, are the next version of
 * the same epoch, to the bit; also after a restore, which begins an epoch with a reset and a
 * version.
 */
@Timeout(120)
class UpdatesJobTest {

  /** Each with more events than a batch of the student. */
  private static final int STEPS = 10;

  @TempDir Path dir;

  private final UpdateCodec.Assembler assembler = new UpdateCodec.Assembler();
  private final List<UpdateRecord> records = new ArrayList<>();

  @Test
  void versionAndUpdatesAreTheNextVersion() throws Exception {
    JobSpec live = TestJobs.live();
    JobSpec job =
        live.with(
            JobSpec::publish,
            live.publish().with(PublishOptions::everyEvents, 96L).with(PublishOptions::keep, 100));
    List<ClickEvent> events = TestJobs.events(1, 900, 0, 1);
    try (Pipeline pipeline = new Pipeline(job, dir, 1);
        KafkaConsumer<byte[], byte[]> consumer = consumer(pipeline)) {
      pipeline.updates = Duration.ofMillis(200);
      pipeline.publisher =
          new FolderPublisher(pipeline.runDir().toString(), null, pipeline.topics().updates());
      new UpdatesTopic(pipeline.topics(), 1, Duration.ofSeconds(1)).ensure(pipeline.kafka());
      JobClient first = pipeline.start(List.of(), 1, null);
      int versions = feed(pipeline, consumer, events.subList(0, 400), 0);
      String savepoint =
          first
              .stopWithSavepoint(
                  false, dir.resolve("saved").toUri().toString(), SavepointFormatType.CANONICAL)
              .get();
      JobClient second = pipeline.start(List.of(), 1, Path.of(URI.create(savepoint)));
      feed(pipeline, consumer, events.subList(400, 900), versions);
      second.cancel().get();
      poll(consumer);

      List<LoadedModel> published = versions(pipeline);
      List<Long> epochs = published.stream().map(v -> at(v).epoch()).distinct().toList();
      assertThat(epochs).hasSize(2).isSorted();
      assertThat(checked(published, epochs.get(0))).isGreaterThan(1);
      assertThat(checked(published, epochs.get(1))).isGreaterThan(1);
      assertThat(assembler.damaged() + assembler.incomplete()).isZero();
      List<UpdateRecord.Reset> resets =
          records.stream()
              .filter(UpdateRecord.Reset.class::isInstance)
              .map(UpdateRecord.Reset.class::cast)
              .toList();
      assertThat(resets).extracting(UpdateRecord.Reset::epoch).isEqualTo(epochs);
      assertThat(resets.get(0).interval()).isZero();
      LoadedModel restored =
          published.stream().filter(v -> at(v).epoch() == epochs.get(1)).findFirst().orElseThrow();
      assertThat(at(restored).interval()).isEqualTo(resets.get(1).interval() + 1);
    }
  }

  /**
   * Sends events by and by, each time until there is an update, or a version that holds them; how
   * many versions there are then.
   */
  private int feed(
      Pipeline pipeline, KafkaConsumer<byte[], byte[]> consumer, List<ClickEvent> events, int known)
      throws Exception {
    int step = events.size() / STEPS;
    for (int i = 0; i < STEPS; i++) {
      int before = records.size() + names(pipeline).size();
      pipeline.send(0, events.subList(i * step, (i + 1) * step));
      awaitAfterPolls(consumer, () -> records.size() + names(pipeline).size() > before);
    }
    awaitAfterPolls(consumer, () -> names(pipeline).size() >= known + 3);
    return names(pipeline).size();
  }

  private void awaitAfterPolls(
      KafkaConsumer<byte[], byte[]> consumer, Callable<Boolean> condition) {
    await()
        .atMost(Duration.ofSeconds(40))
        .pollDelay(Duration.ZERO)
        .until(
            () -> {
              poll(consumer);
              return condition.call();
            });
  }

  private static KafkaConsumer<byte[], byte[]> consumer(Pipeline pipeline) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            pipeline.kafka().updatesConsumer(),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.assign(List.of(new TopicPartition(pipeline.topics().updates(), 0)));
    return consumer;
  }

  private void poll(KafkaConsumer<byte[], byte[]> consumer) {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
      assertThat(new String(record.key(), java.nio.charset.StandardCharsets.UTF_8))
          .isEqualTo("learned");
      assembler.add(record.value()).ifPresent(records::add);
    }
  }

  private static Path folder(Pipeline pipeline) {
    return pipeline.runDir().resolve(RunFiles.MODELS).resolve("learned");
  }

  private static List<Path> names(Pipeline pipeline) throws IOException {
    if (!Files.exists(folder(pipeline))) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder(pipeline))) {
      return files.filter(f -> f.getFileName().toString().matches("v\\d+")).sorted().toList();
    }
  }

  private static List<LoadedModel> versions(Pipeline pipeline) throws IOException {
    List<LoadedModel> versions = new ArrayList<>();
    for (Path name : names(pipeline)) {
      versions.add(ModelFolder.open(name));
    }
    return versions;
  }

  private static Origin.UpdatesAt at(LoadedModel version) {
    return version.manifest().origin().updates().orElseThrow();
  }

  /** Applies the updates of an epoch to its first version; how many versions were compared. */
  private int checked(List<LoadedModel> published, long epoch) {
    List<LoadedModel> versions = published.stream().filter(v -> at(v).epoch() == epoch).toList();
    Map<String, String> model = flat(versions.get(0).model());
    long interval = at(versions.get(0)).interval();
    for (LoadedModel next : versions.subList(1, versions.size())) {
      for (UpdateRecord record : records) {
        if (record instanceof ModelUpdate update
            && update.header().epoch() == epoch
            && update.header().interval() > interval
            && update.header().interval() <= at(next).interval()) {
          assertThat(update.header().previous()).isEqualTo(interval);
          interval = update.header().interval();
          model.putAll(flat(update));
        }
      }
      assertThat(interval).isEqualTo(at(next).interval());
      assertThat(model).isEqualTo(flat(next.model()));
    }
    return versions.size() - 1;
  }

  /** All parameters by name. */
  private static Map<String, String> flat(PublishedModel model) {
    Map<String, String> flat = new TreeMap<>();
    for (int f = 0; f < model.fields().size(); f++) {
      FieldRows rows = model.fields().get(f);
      long[] keys =
          rows instanceof FieldRows.Indexed indexed
              ? indexed.ids()
              : IntStream.range(0, rows.count()).asLongStream().toArray();
      put(flat, f, keys, rows.rows());
    }
    put(flat, "bottom", model.network().orElseThrow().bottomParameters());
    put(flat, "top", model.network().orElseThrow().topParameters());
    return flat;
  }

  private static Map<String, String> flat(ModelUpdate update) {
    Map<String, String> flat = new TreeMap<>();
    ModelUpdate.NetworkChange network = update.network().orElseThrow();
    for (ModelUpdate.FieldChange change : network.fields()) {
      long[] rows = IntStream.of(change.rows()).asLongStream().toArray();
      put(flat, change.field(), rows.length > 0 ? rows : change.ids(), change.values());
    }
    put(flat, "bottom", network.bottom());
    put(flat, "top", network.top());
    return flat;
  }

  private static void put(Map<String, String> flat, int f, long[] keys, StoredRows rows) {
    for (int i = 0; i < keys.length; i++) {
      float[] row = new float[rows.length()];
      rows.add(i, row, 0);
      flat.put(f + "/" + keys[i], Arrays.toString(row));
    }
  }

  private static void put(Map<String, String> flat, String mlp, float[][] parameters) {
    for (int i = 0; i < parameters.length; i++) {
      flat.put(mlp + "/" + i, Arrays.toString(parameters[i]));
    }
  }
}
