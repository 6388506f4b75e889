package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.kafka.embedded.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Law: of all jobs with a prefix, one runs. */
@Timeout(300)
class LeaseTest {

  private static final Topics TOPICS = new Topics("k", "k.events", 1, 0);

  private final List<String> said = new ArrayList<>();

  private Lease take(ClientSettings kafka, String runDir) {
    return Lease.take(kafka, TOPICS, LeaseHolder.of("k", runDir, true), said::add);
  }

  // settings that are null make a client fail with an error that is none of Kafka's
  @Test
  void whateverFailsIsTriedAgain() throws Exception {
    Lease lease = Lease.start(null, TOPICS, LeaseHolder.of("k", "/runs/1", true));
    Thread.sleep(1000);
    assertThat(threads()).contains("lease");
    assertThat(lease.problem()).isEmpty();
    lease.close();
    assertThat(threads()).doesNotContain("lease");
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
  }

  @Test
  void oneAtATime(@TempDir Path folder) throws Exception {
    int port;
    LeaseHolder restarted = LeaseHolder.of("k", "/runs/1", true);
    Lease first;
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
      port = broker.port();
      ClientSettings kafka = ClientSettings.of(broker.bootstrapServers());
      TOPICS.ensure(kafka);
      first = Lease.take(kafka, TOPICS, restarted, said::add);
      assertThatThrownBy(() -> take(kafka, "/runs/2"))
          .isInstanceOf(BrokerException.class)
          .hasMessageStartingWith("another job writes to k.*: job k in run directory /runs/1, ")
          .hasMessageContaining(" as process " + ProcessHandle.current().pid() + " at ")
          .hasMessageContaining("kafka.prefix");
      try (Lease again = Lease.take(kafka, TOPICS, restarted, said::add)) {
        assertThat(again.problem()).isEmpty(); // Flink restarts the job
      }
    }
    // without a broker the holder goes on, and goes on when it is back
    Thread.sleep(3000);
    assertThat(first.problem()).isEmpty();
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, port)) {
      ClientSettings kafka = ClientSettings.of(broker.bootstrapServers());
      assertThatThrownBy(() -> take(kafka, "/runs/2")).hasMessageContaining("/runs/1");
      assertThat(first.problem()).isEmpty();
      LeaseHolder fourth = LeaseHolder.of("k", "/runs/4", false);
      assertThatThrownBy(() -> Lease.check(kafka, TOPICS, fourth, said::add))
          .hasMessageContaining("/runs/1");
      first.release();
      Lease.check(kafka, TOPICS, fourth, said::add); // claims nothing
      Instant start = Instant.now();
      Lease next = take(kafka, "/runs/2");
      assertThat(Duration.between(start, Instant.now())).isLessThan(LeaseTerms.SILENCE);
      overtaken(kafka, next);
    }
  }

  // a job that was cut off for long finds another one in its place
  private void overtaken(ClientSettings kafka, Lease holder) {
    holder.close(); // silent from now on, as after kill -9
    Instant start = Instant.now();
    try (Lease third = take(kafka, "/runs/3")) {
      assertThat(Duration.between(start, Instant.now()).toSeconds()).isBetween(8L, 15L);
      assertThat(third.problem()).isEmpty();
      assertThat(said.get(said.size() - 1)).startsWith("waiting up to 15 s ").contains("/runs/2");
    }
  }
}
