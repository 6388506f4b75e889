package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.EventLimits;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.serving.http.HttpCalls;
import io.millrace.serving.http.ScoringServer;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.UpdateCodec;
import io.millrace.snapshot.UpdateHeader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: whatever another program puts into the folder of models and the topic of updates, a running
 * server answers with good states alone: each bad one is refused and counted, and the next good one
 * is served.
 */
@Timeout(120)
class PlantedFaultsTest {

  private static final String TOPIC = "t.updates";
  private static final String EVENT =
      "{\"x\": 1.5, \"y\": 2, \"site\": \"a\", \"user\": \"u1\", \"tags\": [\"t\", \"u\"]}";

  @TempDir Path folder;

  private ScoringServer server;
  private ClientSettings settings;
  private final Set<String> answers = new ConcurrentSkipListSet<>();

  @Test
  void noBadStateReachesAnAnswer() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
      settings = ClientSettings.of(broker.bootstrapServers());
      try (Admin admin = settings.openAdmin()) {
        admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
      }
      publish(1, UpdatesEndToEndTest.model(10));
      try (ModelFollower follower = new ModelFollower(arm(), Optional.of(settings));
          ScoringServer started =
              new ScoringServer(
                  follower, InetAddress.getLoopbackAddress(), 0, 2, EventLimits.DEFAULT)) {
        server = started;
        follower.follow(Duration.ofMillis(10));
        plantWhileItScores();
      }
    }
  }

  private void plantWhileItScores() throws Exception {
    AtomicBoolean open = new AtomicBoolean(true);
    Thread client = new Thread(() -> score(open));
    client.start();
    publish(2, FollowerTest.withNan());
    refused("version", "not_finite", 1);
    publish(3, FollowerTest.withZeros());
    refused("version", "zero_rows", 1);
    noise(4, ModelFolder.TENSORS);
    refused("version", "damaged", 1);
    noise(5, Manifest.FILE_NAME);
    refused("version", "damaged", 2);
    ModelUpdate bad = UpdatesEndToEndTest.update(7, 2, 12);
    bad.network().orElseThrow().top()[0][0] = Float.NaN;
    send(UpdateCodec.chunks(bad));
    refused("update", "not_finite", 1);
    byte[] junk = new byte[500];
    new Random(3).nextBytes(junk);
    send(List.of(junk));
    refused("update", "damaged", 1);
    send(UpdateCodec.chunks(ofOtherMaps(UpdatesEndToEndTest.update(7, 3, 13))));
    await("millrace_serving_updates_wait{arm=\"learned\"} 1\n");
    assertThat(answers).hasSize(1);
    publish(6, UpdatesEndToEndTest.model(20));
    await("millrace_serving_model_version{arm=\"learned\"} 6\n");
    String good = HttpCalls.post(server, EVENT);
    open.set(false);
    client.join();
    assertThat(answers).hasSizeLessThanOrEqualTo(2);
    assertThat(answers).allMatch(answer -> answer.equals(good) || answer.contains("version\":1,"));
  }

  private void score(AtomicBoolean open) {
    try {
      while (open.get()) {
        answers.add(HttpCalls.post(server, EVENT));
      }
    } catch (Exception e) {
      answers.add(e.toString());
    }
  }

  private static ModelUpdate ofOtherMaps(ModelUpdate update) {
    UpdateHeader h = update.header();
    UpdateHeader other =
        new UpdateHeader(
            h.arm(),
            h.epoch(),
            h.interval(),
            h.previous(),
            h.modelVersion(),
            h.mapVersion() + 1,
            h.lastEventTime(),
            h.eventsLearned());
    return new ModelUpdate(other, update.network(), update.linear());
  }

  private Path arm() {
    return folder.resolve("arm");
  }

  private void publish(long version, PublishedModel model) throws IOException {
    Origin origin = SmallModel.origin(version, new Origin.UpdatesAt(TOPIC, 0, 7, version));
    ModelFolder.publish(arm(), model, origin, 9);
  }

  /** A copy of the first version with noise in the second half of a file: its rows and map. */
  private void noise(int version, String file) throws IOException {
    Path bad = Files.createDirectory(arm().resolve(ModelFolder.versionName(version)));
    for (String name : List.of(ModelFolder.TENSORS, Manifest.FILE_NAME)) {
      byte[] bytes = Files.readAllBytes(arm().resolve("v000001").resolve(name));
      Random random = new Random(version);
      for (int i = bytes.length / 2; name.equals(file) && i < bytes.length; i++) {
        bytes[i] = (byte) random.nextInt();
      }
      Files.write(bad.resolve(name), bytes);
    }
    Files.writeString(arm().resolve(ModelFolder.LATEST), ModelFolder.versionName(version) + "\n");
  }

  private void send(List<byte[]> values) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            settings.producer(), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (byte[] value : values) {
        producer.send(new ProducerRecord<>(TOPIC, value)).get();
      }
    }
  }

  private void refused(String what, String reason, int times) throws Exception {
    await(
        "millrace_serving_refused_total{arm=\"learned\",what=\"%s\",reason=\"%s\"} %d\n"
            .formatted(what, reason, times));
  }

  private void await(String metric) throws Exception {
    for (int i = 0; i < 1_000 && !HttpCalls.get(server, "/metrics").contains(metric); i++) {
      Thread.sleep(20);
    }
    assertThat(HttpCalls.get(server, "/metrics")).contains(metric);
  }
}
