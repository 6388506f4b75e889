package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
