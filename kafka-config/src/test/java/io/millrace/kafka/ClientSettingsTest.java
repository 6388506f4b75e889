package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ClientSettingsTest {

  /** No value that might be a secret is ever printed; harmless ones are. */
  @Test
  void secretsAreMasked() {
    ClientSettings settings =
        new ClientSettings(
            "b:9093",
            Map.of(
                "security.protocol", "SASL_SSL",
                "sasl.jaas.config", "user=\"u\" password=\"hunter2\"",
                "ssl.keystore.password", "hunter2",
                "some.unknown.thing", "hunter2"));
    assertThat(settings.toString())
        .doesNotContain("hunter2")
        .isEqualTo(
            "ClientSettings[bootstrap=b:9093, properties={sasl.jaas.config=****,"
                + " security.protocol=SASL_SSL, some.unknown.thing=****,"
                + " ssl.keystore.password=****}]");
  }

  /**
   * Law: every client sees the secret, and neither the settings nor what is printed of them does.
   */
  @Test
  void secretsStandElsewhere(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("password"), "hunter2");
    Files.writeString(folder.resolve("secrets.properties"), "truststore=hunter3\n");
    ClientSettings settings =
        new ClientSettings(
            "b:1",
            Map.of(
                "client.id", "${env:PATH}",
                "ssl.key.password", "${directory:" + folder + ":password}",
                "ssl.truststore.password",
                    "${file:" + folder.resolve("secrets.properties") + ":truststore}"));
    assertThat(settings.toString() + settings.producer()).doesNotContain("hunter");
    Properties reading = settings.consumer();
    reading.put("key.deserializer", ByteArrayDeserializer.class.getName());
    reading.put("value.deserializer", ByteArrayDeserializer.class.getName());
    Properties writing = settings.producer();
    writing.put("key.serializer", ByteArraySerializer.class.getName());
    writing.put("value.serializer", ByteArraySerializer.class.getName());
    for (AbstractConfig client :
        List.of(
            new ConsumerConfig(reading),
            new ProducerConfig(writing),
            new AdminClientConfig(settings.admin()))) {
      assertThat(client.getPassword("ssl.key.password").value()).isEqualTo("hunter2");
      assertThat(client.getPassword("ssl.truststore.password").value()).isEqualTo("hunter3");
      assertThat(client.getString("client.id")).isEqualTo(System.getenv("PATH"));
    }
  }

  /** The user's properties reach every client and win over the defaults. */
  @Test
  void propertiesPassThrough() {
    ClientSettings settings =
        new ClientSettings("b:1", Map.of("security.protocol", "SSL", "compression.type", "zstd"));
    assertThat(settings.producer())
        .containsEntry("bootstrap.servers", "b:1")
        .containsEntry("security.protocol", "SSL")
        .containsEntry("compression.type", "zstd")
        .containsEntry("acks", "all");
    assertThat(settings.consumer()).containsEntry("security.protocol", "SSL");
    assertThat(settings.admin()).containsEntry("security.protocol", "SSL");
  }

  /** A file's properties are those of every client; what may not be set is refused there too. */
  @Test
  void propertiesOfAFile(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("c.properties"), "security.protocol = SSL\n");
    assertThat(ClientSettings.of("b:1", file))
        .isEqualTo(new ClientSettings("b:1", Map.of("security.protocol", "SSL")));
    Files.writeString(file, "acks=1\n");
    assertThatThrownBy(() -> ClientSettings.of("b:1", file))
        .hasMessage("kafka.properties.acks must be all but was 1");
  }

  /** Every default, pinned. */
  @Test
  void defaults() {
    ClientSettings settings = ClientSettings.of("b:1");
    assertThat(settings.producer())
        .isEqualTo(
            properties(
                "bootstrap.servers", "b:1",
                "enable.idempotence", "true",
                "acks", "all",
                "compression.type", "lz4",
                "linger.ms", "5",
                "batch.size", "131072",
                "delivery.timeout.ms", "120000",
                "max.block.ms", "120000",
                "retry.backoff.max.ms", "1000",
                "reconnect.backoff.max.ms", "1000"));
    assertThat(settings.consumer())
        .isEqualTo(
            properties(
                "bootstrap.servers", "b:1",
                "auto.offset.reset", "earliest",
                "enable.auto.commit", "false",
                "isolation.level", "read_committed"));
    // The one exception: updates of served models are read before they are committed.
    Properties updates = settings.consumer();
    updates.setProperty("isolation.level", "read_uncommitted");
    assertThat(settings.updatesConsumer()).isEqualTo(updates);
    Properties prompt = settings.producer();
    prompt.setProperty("linger.ms", "0");
    assertThat(settings.updatesProducer()).isEqualTo(prompt);
    assertThat(settings.admin())
        .isEqualTo(
            properties(
                "bootstrap.servers", "b:1",
                "default.api.timeout.ms", "10000",
                "request.timeout.ms", "10000"));
  }

  /** What carries the guarantees cannot be turned off. */
  @Test
  void guaranteesStay() {
    assertThatThrownBy(() -> new ClientSettings("b:1", Map.of("acks", "1")))
        .hasMessage("kafka.properties.acks must be all but was 1");
    assertThatThrownBy(() -> new ClientSettings("b:1", Map.of("enable.idempotence", "false")))
        .hasMessage("kafka.properties.enable.idempotence must be true but was false");
    assertThatThrownBy(
            () -> new ClientSettings("b:1", Map.of("isolation.level", "read_uncommitted")))
        .hasMessage(
            "kafka.properties.isolation.level must be read_committed but was read_uncommitted");
    assertThatThrownBy(() -> new ClientSettings("b:1", Map.of("bootstrap.servers", "c:1")))
        .hasMessage(
            "kafka.properties must not hold bootstrap.servers; set kafka.bootstrap instead");
    assertThatThrownBy(() -> ClientSettings.of(" "))
        .hasMessage("kafka.bootstrap must not be empty");
  }

  /** Nobody at home: one line within about ten seconds that names the servers. */
  @Test
  @Timeout(20)
  void unreachable() {
    long start = System.nanoTime();
    assertThatThrownBy(() -> ClientSettings.of("localhost:1").checkReachable())
        .isInstanceOf(BrokerException.class)
        .hasMessage("Kafka is not reachable at localhost:1: no answer within 10 s");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(13));
  }

  /** A name that cannot be resolved is said as such. */
  @Test
  void unknownHost() {
    assertThatThrownBy(() -> ClientSettings.of("no-such-host.invalid:9092").checkReachable())
        .isInstanceOf(BrokerException.class)
        .hasMessageStartingWith("kafka.bootstrap no-such-host.invalid:9092: ");
  }

  private static Properties properties(String... keysAndValues) {
    Properties all = new Properties();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      all.setProperty(keysAndValues[i], keysAndValues[i + 1]);
    }
    return all;
  }
}
