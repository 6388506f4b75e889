package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.ModelUpdate.FieldChange;
import io.millrace.snapshot.ModelUpdate.NetworkChange;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.PublishedNetwork;
import io.millrace.snapshot.RefusedException.Reason;
import io.millrace.snapshot.UpdateCodec;
import io.millrace.snapshot.UpdateHeader;
import io.millrace.snapshot.UpdateRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class UpdatesEndToEndTest {

  private static final String TOPIC = "t.updates";
  private static final Path NOWHERE = Path.of("reference");

  @TempDir Path folder;

  private EmbeddedBroker broker;
  private ClientSettings settings;

  /**
   * Law: what a follower serves equals the student's model after the interval that it names, also
   * after the broker was away, after a reset, a bad update, and with a topic that was made anew.
   */
  @Test
  void theServedModelIsTheStudents() throws Exception {
    broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
    settings = ClientSettings.of(broker.bootstrapServers());
    createTopic();
    publish(1, 10, 7, 3);
    try (ModelFollower follower = new ModelFollower(arm(), Optional.of(settings))) {
      follower.follow(Duration.ofMillis(50));
      send(update(7, 4, 11), update(7, 5, 12), update(7, 5, 12));
      awaitUpdate(follower, 7, 5, 12);
      assertThat(follower.snapshot().orElseThrow().updates()).isEqualTo(2);

      restartBroker();
      send(update(7, 6, 13));
      awaitUpdate(follower, 7, 6, 13);

      send(new UpdateRecord.Reset("learned", 8, 4), update(7, 7, 40));
      await(() -> follower.waitsFor().isPresent());
      assertServes(follower, 13);
      publish(2, 11, 8, 4);
      send(update(7, 8, 41), update(8, 5, 14));
      awaitUpdate(follower, 8, 5, 14);
      assertThat(follower.current().orElseThrow().model().version()).isEqualTo(2);

      badUpdate(follower);
      newTopic(follower);
    } finally {
      broker.close();
    }
  }

  /** An update with NaN is refused, and a version takes its place. */
  private void badUpdate(ModelFollower follower) throws Exception {
    ModelUpdate bad = update(8, 6, 15);
    bad.network().orElseThrow().top()[0][0] = Float.NaN;
    send(bad, update(8, 7, 16));
    await(() -> follower.refused().updates().equals(Map.of(Reason.NOT_FINITE, 1L)));
    await(() -> follower.waitsFor().isPresent());
    assertServes(follower, 14);
    publish(3, 15, 8, 6);
    awaitUpdate(follower, 8, 7, 16);
    publish(4, 16, 8, 7);
    await(() -> follower.current().orElseThrow().model().version() == 4);
    assertServes(follower, 16);
    await(() -> follower.waitsFor().isEmpty());
  }

  private void newTopic(ModelFollower follower) throws Exception {
    try (Admin admin = settings.openAdmin()) {
      admin.deleteTopics(List.of(TOPIC)).all().get();
    }
    createTopic();
    send(update(8, 8, 17));
    awaitUpdate(follower, 8, 8, 17);
    follower.pin(4);
    assertServes(follower, 16);
    send(update(8, 9, 18));
    Thread.sleep(300);
    assertServes(follower, 16);
    follower.unpin();
    awaitUpdate(follower, 8, 9, 18);
  }

  private Path arm() {
    return folder.resolve("arm");
  }

  private void createTopic() throws Exception {
    try (Admin admin = settings.openAdmin()) {
      for (int tries = 0; ; tries++) {
        try {
          admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
          return;
        } catch (ExecutionException e) {
          assertThat(tries).as(e.toString()).isLessThan(100); // the old one is being deleted
          Thread.sleep(50);
        }
      }
    }
  }

  private void restartBroker() {
    int port = broker.port();
    broker.close();
    broker = EmbeddedBroker.start(folder.resolve("kafka"), port);
  }

  private void publish(long version, int steps, long epoch, long interval) throws IOException {
    Origin origin = SmallModel.origin(version, new Origin.UpdatesAt(TOPIC, 0, epoch, interval));
    ModelFolder.publish(arm(), model(steps), origin, 3);
  }

  static PublishedModel model(int steps) {
    try (ClickModel model = SmallModel.train(steps)) {
      return PublishedModel.copyOf(SmallModel.SCHEMA, model);
    }
  }

  /** An update to the model after some steps: all that it has. */
  static ModelUpdate update(long epoch, long interval, int steps) {
    PublishedNetwork network = model(steps).network().orElseThrow();
    List<FieldChange> fields = new ArrayList<>();
    for (int f = 0; f < network.fields().size(); f++) {
      FieldRows field = network.fields().get(f);
      fields.add(
          field instanceof FieldRows.Indexed indexed
              ? new FieldChange(f, new int[0], indexed.ids(), field.rows())
              : new FieldChange(
                  f, IntStream.range(0, field.count()).toArray(), new long[0], field.rows()));
    }
    UpdateHeader header =
        new UpdateHeader("learned", epoch, interval, interval - 1, 1, 3, 2000 + steps, steps);
    NetworkChange change =
        new NetworkChange(network.bottomParameters(), network.topParameters(), fields);
    return new ModelUpdate(header, Optional.of(change), Optional.empty());
  }

  private void send(UpdateRecord... records) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            settings.producer(), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (UpdateRecord next : records) {
        List<byte[]> values =
            next instanceof ModelUpdate update
                ? UpdateCodec.chunks(update)
                : List.of(UpdateCodec.reset((UpdateRecord.Reset) next));
        for (byte[] value : values) {
          producer.send(new ProducerRecord<>(TOPIC, value)).get();
        }
      }
    }
  }

  private static void awaitUpdate(ModelFollower follower, long epoch, long interval, int steps)
      throws InterruptedException {
    await(
        () ->
            follower.current().orElseThrow().model().update().stream()
                .anyMatch(u -> u.epoch() == epoch && u.interval() == interval));
    assertServes(follower, steps);
    LoadedModel served = follower.current().orElseThrow().model();
    assertThat(served.lastEventTime()).isEqualTo(2000 + steps);
  }

  private static void assertServes(ModelFollower follower, int steps) {
    LoadedModel served = follower.current().orElseThrow().model();
    Scorer reference = new Scorer(new LoadedModel(NOWHERE, served.manifest(), model(steps)));
    List<ClickEvent> events = SmallModel.events(new SplittableRandom(9), 200);
    float[] expected = new float[events.size()];
    float[] actual = new float[events.size()];
    reference.score(events, expected);
    follower.current().orElseThrow().score(events, actual);
    assertThat(actual).isEqualTo(expected);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(60).toNanos());
      Thread.sleep(20);
    }
  }
}
