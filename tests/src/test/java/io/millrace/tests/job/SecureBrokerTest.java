package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.cli.Millrace;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: TLS and SASL settings reach every client of the job, with secrets from a file, and nothing
 * that the job writes or prints shows a secret.
 */
@Timeout(300)
class SecureBrokerTest {
  private static final String STORE_SECRET = "keystore-hush";
  private static final String SECRET = "users-hush";
  private static final String LOGIN =
      "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\""
          + " password=\"%s\"";

  @TempDir Path folder;

  private Path store;

  @BeforeEach
  void makeCertificate() throws Exception {
    store = folder.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                STORE_SECRET)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.txt").toFile())
            .start();
    assertThat(keytool.waitFor()).isZero();
  }

  private EmbeddedBroker broker() {
    return EmbeddedBroker.start(
        folder.resolve("kafka"),
        0,
        Map.of(
            "listener.security.protocol.map",
            "CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT",
            "ssl.keystore.type",
            "PKCS12",
            "ssl.keystore.location",
            store.toString(),
            "ssl.keystore.password",
            STORE_SECRET,
            "ssl.truststore.type",
            "PKCS12",
            "ssl.truststore.location",
            store.toString(),
            "ssl.truststore.password",
            STORE_SECRET,
            "sasl.enabled.mechanisms",
            "PLAIN",
            "sasl.mechanism.inter.broker.protocol",
            "PLAIN",
            "listener.name.client.plain.sasl.jaas.config",
            LOGIN.formatted("broker", "b")
                + " user_broker=\"b\" user_millrace=\"%s\";".formatted(SECRET)));
  }

  /** The job file names the folder of the secrets, and holds none. */
  private Path job(EmbeddedBroker broker, String secret) throws IOException {
    Path secrets = Files.createDirectories(folder.resolve("secrets"));
    Files.writeString(secrets.resolve("store"), STORE_SECRET);
    Files.writeString(secrets.resolve("login"), LOGIN.formatted("millrace", secret) + ";");
    return JobFile.of(broker, 1)
        .with("publish: {updates: 1s}")
        .with(
            """
            kafka: {bootstrap: "%s", partitions: 1, properties: {security.protocol: SASL_SSL, sasl.mechanism: PLAIN, sasl.jaas.config: "${directory:%s:login}", ssl.truststore.type: PKCS12, ssl.truststore.location: "%s", ssl.truststore.password: "${directory:%s:store}"}}"""
                .formatted(broker.bootstrapServers(), secrets, store, secrets))
        .write(folder);
  }

  @Test
  void everyClientConnects() throws Exception {
    Path events = SmallStream.writeEvents(folder, 2);
    Path run = folder.resolve("run");
    try (EmbeddedBroker broker = broker()) {
      Path job = job(broker, SECRET);
      new Replays(job, events).send(SmallStream.PER_DAY + 1);
      try (RunningJob running = RunningJob.start(job, run)) {
        running.untilLines(RunFiles.METRICS, JobFile.ARMS);
        running.untilLines(RunFiles.DRIFT, 1);
        running.untilLines(RunFiles.COUNTS, 1);
        ResultTopics.assertMetricsHeldOnce(job, run);
        assertShowsNoSecret(run, running.console());
      }
    }
  }

  @Test
  void wrongSecretIsSaidWithoutIt() throws Exception {
    Path events = SmallStream.writeEvents(folder, 1);
    try (EmbeddedBroker broker = broker()) {
      Path job = job(broker, "guess-hush");
      Commands.Outcome outcome = Commands.run("replay", "--job", job, "--events", events);
      assertThat(outcome.code()).isNotEqualTo(Millrace.OK);
      assertThat(outcome.err()).contains(broker.bootstrapServers()).contains("uthentication");
      assertThat(outcome.err() + outcome.out()).doesNotContain("hush");
    }
  }

  private static void assertShowsNoSecret(Path run, String console) throws IOException {
    assertThat(console).doesNotContain("hush");
    List<Path> texts;
    try (Stream<Path> files = Files.list(run)) {
      texts = files.filter(Files::isRegularFile).toList();
    }
    assertThat(texts).extracting(f -> f.getFileName().toString()).contains("run.json");
    for (Path text : texts) {
      assertThat(Files.readString(text, UTF_8)).as(text.toString()).doesNotContain("hush");
    }
  }
}
