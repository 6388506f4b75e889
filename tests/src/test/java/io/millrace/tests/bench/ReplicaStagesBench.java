package io.millrace.tests.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.IdEncoder;
import io.millrace.format.EventDecoder;
import io.millrace.format.RecordForm;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedEvent;
import io.millrace.generator.PlantedStream;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.spec.JobSpec;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.bench.ReplicaStages.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Processor time of an arm with several replicas, about 1,000 events of each between two exchanges:
 *
 * <ul>
 *   <li>of each stage, on the generator's large stream, for {@code modulo-10} of the generator's
 *       example with 4 replicas: what the picture of docs/scaling.md computes with;
 *   <li>of the student and of all replicas, for 2, 4 and 8 of them and events of 26 fields: the
 *       figures of {@code OwnerLoad}.
 * </ul>
 */
@Tag("bench")
class ReplicaStagesBench {
  private static final int REPLICAS = 4;
  private static final int PER_DAY = 100_000;
  private static final int STEP = 64;
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 10);
  private static final int WARM = Integer.getInteger("bench.warm", 110_000);
  private static final int EVENTS = Integer.getInteger("bench.events", 80_000);
  private static final int RECORDS = Integer.getInteger("bench.records", 400);

  /** Of the events with 26 fields. */
  private static final int EVENTS_A_DAY = 40_000;

  private static final int EVENTS_A_REPLICA = 1_000;
  private static final int DENSE = 13;
  private static final long DAY_MS = 86_400_000;

  private static final String EXCHANGE =
      """
        exchange: 1h
        alone_windows: 1
        regret_events: 0
        max_held: 10
      """;

  private static final String WIDE =
      """
      name: costs
      schema:
        label: {column: label}
        time: {events_per_day: %d, start: "2024-01-01T00:00:00Z"}
        dense: [{columns: I1..I13}]
        categorical: [{columns: C1..C26, expected_ids: {%s}}]
      windows: {size: 1d}
      hash: {min_rows: 1000, trial: false}
      student: {dim: 16, bottom: [64], top: [128, 64], batch: 128, exchange: %dm, alone_windows: 0,
        regret_events: 0, table: {lr: 0.05}, dense: {lr: 0.001}, max_held: 10}
      arms: [{name: modulo, hash: modulo, ratio: 0.1, replicas: %d}]
      """;

  private final JobSpec job = job();
  private final IdEncoder encoder = new IdEncoder(job.schema().fields());

  private static JobSpec job() {
    try {
      String example =
          Files.readString(ProjectRoot.find().resolve("examples/generator/job.yaml"), UTF_8);
      String text =
          example
              .replace("\nstudent:\n", "\nstudent:\n" + EXCHANGE)
              .replaceAll("(?s)\narms:.*", "")
              .concat("\narms: [{name: modulo-10, hash: modulo, ratio: 0.1, replicas: 4}]\n");
      return JobConfig.parse(text, "example").spec();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PlantedStream stream() {
    return new PlantedStream(GeneratorOptions.planted().withDays(8).withEventsPerDay(PER_DAY), 7);
  }

  @Test
  void learning() {
    PlantedStream stream = stream();
    try (ReplicaStages stages = new ReplicaStages(job, job.arms().get(0))) {
      learn(stages, stream, WARM);
      stages.clear();
      learn(stages, stream, EVENTS);
      double n = stages.events;
      double rows = stages.changedRows;
      double merged = stages.mergedRows;
      double taken = merged * REPLICAS;
      System.out.printf(
          Locale.ROOT,
          "%nStages of %d replicas, %,d events in %d intervals, load %.1f%n",
          REPLICAS,
          stages.events,
          stages.intervals,
          Processor.load());
      add("events of a change", n / stages.intervals / REPLICAS, "events");
      add("rows of a change", rows / stages.intervals / REPLICAS, "rows");
      add("rows of a merge", merged / stages.intervals, "rows");
      add("bytes of a change", stages.changeBytes / rows, "bytes a row");
      add("bytes of a merge", stages.mergeBytes / taken, "bytes a row");
      add("order and deal", stages.micros(Stage.OWN) / n, "us an event");
      add("write an event", stages.micros(Stage.WRITE_EVENT) / n, "us an event");
      add("read an event", stages.micros(Stage.READ_EVENT) / n, "us an event");
      add("step", stages.micros(Stage.STEP) / n, "us an event");
      add("give a change", stages.micros(Stage.CHANGE) / rows, "us a row");
      add("read a change", stages.micros(Stage.READ_CHANGE) / rows, "us a row");
      add("merge and report", stages.micros(Stage.MERGE) / rows, "us a row");
      add("write a merge", stages.micros(Stage.WRITE_MERGE) / taken, "us a row");
      add("take a merge", stages.micros(Stage.TAKE_MERGE) / taken, "us a row");
      assertThat(stages.intervals).isGreaterThan(EVENTS / 5_000);
    }
  }

  private void learn(ReplicaStages stages, PlantedStream stream, int count) {
    List<ClickEvent> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      batch.add(stream.next().toClickEvent(encoder));
      if (batch.size() == STEP) {
        stages.learn(batch);
        batch.clear();
      }
    }
  }

  /** The student and its replicas, each with all of their stages. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void costs(int replicas) {
    JobSpec wide = wide(replicas);
    try (ReplicaStages stages = new ReplicaStages(wide, wide.arms().get(0))) {
      learn(stages, 0, WARM);
      stages.clear();
      learn(stages, WARM, EVENTS);
      double n = stages.events;
      double owner =
          stages.micros(
              Stage.OWN, Stage.MERGE, Stage.WRITE_EVENT, Stage.WRITE_MERGE, Stage.READ_CHANGE);
      double changes = stages.mergeNanos / 1e3 + stages.micros(Stage.READ_CHANGE);
      double all = stages.micros(Stage.READ_EVENT, Stage.TAKE_MERGE, Stage.STEP, Stage.CHANGE);
      String who = replicas + " replicas, ";
      System.out.printf(Locale.ROOT, "%n%s26 fields, load %.1f%n", who, Processor.load());
      add(who + "owner", owner / n, "us an event");
      add(who + "of which changes", changes / n, "us an event");
      add(who + "replica", all / n, "us an event");
      add(who + "changed row", 1e3 * changes / stages.changedRows, "ns of the owner");
      add(who + "rows", stages.changedRows / n, "an event");
      add(who + "changes", stages.changeBytes / n, "bytes an event");
      add(who + "commands", stages.commandBytes / n, "bytes an event");
      assertThat(stages.intervals).isPositive();
    }
  }

  private static JobSpec wide(int replicas) {
    StringBuilder ids = new StringBuilder();
    for (int f = 1; f <= ZipfEvents.FIELDS; f++) {
      ids.append(f > 1 ? ", " : "").append("C").append(f).append(": 200000");
    }
    int minutes = 1440 * EVENTS_A_REPLICA * replicas / EVENTS_A_DAY;
    return JobConfig.parse(WIDE.formatted(EVENTS_A_DAY, ids, minutes, replicas), "costs.yaml")
        .spec();
  }

  private static void learn(ReplicaStages stages, int from, int count) {
    SplittableRandom random = new SplittableRandom(from);
    List<ClickEvent> batch = new ArrayList<>();
    for (int i = from; i < from + count; i++) {
      batch.add(wideEvent(i, random));
      if (batch.size() == STEP) {
        stages.learn(batch);
        batch.clear();
      }
    }
  }

  private static ClickEvent wideEvent(int number, SplittableRandom random) {
    float[] dense = new float[DENSE];
    for (int i = 0; i < DENSE; i++) {
      dense[i] = (float) random.nextDouble();
    }
    long time = GeneratorOptions.DEFAULT_START + number * DAY_MS / EVENTS_A_DAY;
    int[] offsets = IntStream.rangeClosed(0, ZipfEvents.FIELDS).toArray();
    return new ClickEvent(time, number % 4 == 0 ? 1 : 0, dense, ZipfEvents.ids(number), offsets);
  }

  @Test
  void decoding() {
    List<byte[]> records = new ArrayList<>();
    PlantedStream stream = stream();
    for (int i = 0; i < 20_000; i++) {
      records.add(json(stream.next()).getBytes(UTF_8));
    }
    EventDecoder decoder =
        RecordForm.json()
            .decoder(job.schema(), EventLimits.DEFAULT, (field, id, bytes, from, length) -> {});
    for (int round = 0; round < ROUNDS; round++) {
      records.forEach(decoder::decode);
    }
    double nanos =
        Processor.nanos(
            () -> {
              for (int round = 0; round < ROUNDS; round++) {
                records.forEach(decoder::decode);
              }
            });
    assertThat(decoder.decode(records.get(0))).isInstanceOf(ClickEvent.class);
    add("decode", nanos / 1e3 / ROUNDS / records.size(), "us an event");
  }

  private static String json(PlantedEvent event) {
    StringBuilder text = new StringBuilder("{\"event_time\":").append(event.eventTime());
    text.append(",\"label\":").append((int) event.label());
    for (int d = 0; d < event.dense().length; d++) {
      text.append(",\"d").append(d).append("\":").append(event.dense()[d]);
    }
    for (int f = 0; f < event.ids().length; f++) {
      text.append(",\"f").append(f).append("\":\"").append(event.rawId(f)).append('"');
    }
    return text.append('}').toString();
  }

  // Producer, broker and consumer together, as they share this process.
  @Test
  void topic() {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      Properties settings = new Properties();
      settings.put("bootstrap.servers", broker.bootstrapServers());
      settings.put("auto.offset.reset", "earliest");
      TopicPartition place = new TopicPartition("changes", 0);
      try (Admin admin = Admin.create(settings)) {
        admin
            .createTopics(List.of(new NewTopic(place.topic(), 1, (short) 1)))
            .all()
            .toCompletionStage()
            .toCompletableFuture()
            .join();
      }
      exchange(settings, place, RECORDS / 4);
      double nanos = Processor.nanos(() -> exchange(settings, place, RECORDS));
      add("topic", nanos / 1e3 / RECORDS / .5, "us a MB");
    }
  }

  /** Records of half a megabyte. */
  private static void exchange(Properties settings, TopicPartition place, int count) {
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(place));
      consumer.seekToEnd(List.of(place));
      long end = consumer.position(place) + count;
      List<Future<?>> sent = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        sent.add(producer.send(new ProducerRecord<>(place.topic(), 0, null, new byte[500_000])));
      }
      producer.flush();
      assertThat(sent).allMatch(Future::isDone);
      while (consumer.position(place) < end) {
        consumer.poll(Duration.ofSeconds(1));
      }
    }
  }

  private static void add(String figure, double value, String unit) {
    System.out.printf(Locale.ROOT, "  %-20s %10.3f  %s%n", figure, value, unit);
    BenchResults.add(ReplicaStagesBench.class, figure, value, unit);
  }
}
