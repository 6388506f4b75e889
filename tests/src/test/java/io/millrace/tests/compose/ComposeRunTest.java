package io.millrace.tests.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedCsv;
import io.millrace.generator.PlantedStream;
import io.millrace.kafka.ClientSettings;
import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: what docker-compose.yml starts, by its own arguments, environment and files, trains from a
 * replay into its broker, and serves what it has trained.
 */
@Timeout(480)
class ComposeRunTest {

  private static final int ARMS = 5;

  private final Path root = ProjectRoot.find();

  @TempDir Path folder;

  @Test
  void theJobTrains() throws Exception {
    assumeThat(root.resolve("flink-jobs/target/millrace-job.jar"))
        .as("the job jar, which `mvnw package` makes")
        .exists();
    try (ComposeProcesses processes = new ComposeProcesses(ComposeFile.read(root), folder)) {
      processes.start("kafka");
      String bootstrap = "localhost:" + processes.port(9094);
      await()
          .atMost(Duration.ofMinutes(1))
          .ignoreExceptions()
          .untilAsserted(() -> ClientSettings.of(bootstrap).checkReachable());
      processes.start("data");
      processes.start("jobmanager");
      processes.start("taskmanager", "taskmanager-1");
      processes.start("taskmanager", "taskmanager-2");
      Commands.succeed(
          "replay",
          "--job",
          root.resolve("examples/generator/job.yaml"),
          "--events",
          events(),
          "--bootstrap",
          bootstrap);
      Path metrics = folder.resolve("volumes/flink-data/run/metrics.jsonl");
      await()
          .atMost(Duration.ofMinutes(5))
          .pollInterval(Duration.ofMillis(500))
          .conditionEvaluationListener(condition -> processes.checkRunning())
          .untilAsserted(
              () ->
                  assertThat(Files.exists(metrics) ? Files.readAllLines(metrics) : List.of())
                      .as(processes::printed)
                      .hasSizeGreaterThanOrEqualTo(ARMS));
      processes.start("serve");
      assertServes(processes);
    }
  }

  private static void assertServes(ComposeProcesses processes) {
    URI ready = URI.create("http://localhost:" + processes.port(8080) + "/health/ready");
    await()
        .atMost(Duration.ofMinutes(1))
        .ignoreExceptions()
        .conditionEvaluationListener(condition -> processes.checkRunning())
        .untilAsserted(
            () ->
                assertThat(
                        HttpClient.newHttpClient()
                            .send(HttpRequest.newBuilder(ready).build(), BodyHandlers.ofString())
                            .body())
                    .as(processes::printed)
                    .contains("\"ready\""));
  }

  /** Three days; the first one ends while the job runs. */
  private Path events() throws IOException {
    GeneratorOptions planted = GeneratorOptions.planted();
    GeneratorOptions small =
        new GeneratorOptions(
            planted.fields(),
            3,
            3_000,
            planted.startTime(),
            planted.popularity(),
            planted.taste(),
            planted.labels(),
            planted.changes());
    Path file = folder.resolve("events.csv.gz");
    PlantedCsv.write(new PlantedStream(small, 0), file, made -> {});
    return file;
  }

  /** Law: a script that the table does not know is an error, not a service that is left out. */
  @Test
  void unknownScriptsFail() throws IOException {
    ComposeFile compose =
        new ComposeFile(
            root, Map.of("new", Map.of("image", "flink:1", "command", List.of("/opt/new.sh"))));
    try (ComposeProcesses processes = new ComposeProcesses(compose, folder)) {
      assertThatThrownBy(() -> processes.program("new"))
          .hasMessage("service new runs the unknown /opt/new.sh");
    }
  }
}
