package io.millrace.tests.compose;

import static io.millrace.tests.compose.ComposeFile.yaml;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.flink.graph.JobGauges;
import io.millrace.flink.graph.JobRun;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.FlinkMetric;
import io.millrace.runs.JobMetric;
import io.millrace.runs.RunFiles;
import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.metrics.prometheus.PrometheusReporterFactory;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: alarms and dashboards ask for metrics that a running job has, by the names that it gives;
 * the job registers what is defined, no more and no less; and its progress, which is one of these
 * metrics, reaches the events that were sent.
 */
@Timeout(180)
class AlertsTest {

  private static final Pattern NAME = Pattern.compile("flink_[a-z]+manager_[A-Za-z0-9_]+");

  private static final String OWN = "flink_taskmanager_job_task_operator_";

  /** A figure of a group in the reference. */
  private static final Pattern WINDOW_FIGURE =
      Pattern.compile("`((arm|field|column|kind|reason)_[a-z0-9_]+)`");

  private static final int DAYS = 3;
  private static final int EVENTS = DAYS * SmallStream.PER_DAY;

  /** All but the batches that are not full. */
  private static final int LEAST_LEARNED = EVENTS - 256;

  private static final String ARMS =
      """
      drift: {floor: second-teacher, webhook: "http://localhost:1"}
      parallelism: {replica_tasks: 1}
      arms:
        - {name: learned, hash: learned, ratio: 0.1}
        - {name: modulo, hash: modulo, ratio: 0.1, replicas: 2}
      """;

  private final Path root = ProjectRoot.find();

  @TempDir Path folder;

  @Test
  void everyNameIsThatOfAMetric() throws Exception {
    Set<String> asked = asked();
    Set<String> defined = defined();
    asked.addAll(defined);
    int port = freePort();
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      JobConfig job = job(broker);
      JobRun run =
          new JobRun(
              job,
              job.kafka().clients(),
              RunFiles.create(folder.resolve("run")).dir().toString(),
              0);
      Configuration flink = JobRun.localCluster(Optional.empty());
      JobGauges gauges = JobGauges.of(flink);
      flink.addAll(
          Configuration.fromMap(
              Map.of(
                  "metrics.reporters",
                  "prom,page",
                  "metrics.reporter.prom.factory.class",
                  PrometheusReporterFactory.class.getName(),
                  "metrics.reporter.prom.port",
                  Integer.toString(port))));
      StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(flink);
      run.updates(true).ifPresent(updates -> updates.ensure(run.kafka()));
      run.changes().ifPresent(changes -> changes.ensure(run.kafka()));
      run.build(env, List.of(), null);
      JobClient client = env.executeAsync("alerts");
      await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(500))
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(names(scrape(port))).containsAll(asked));
      assertThat(names(scrape(port)).stream().filter(AlertsTest::isOwn))
          .as("all that the job registers is defined")
          .isSubsetOf(defined);
      assertThat(names(scrape(port)))
          .as("Flink's own metrics that the page reads")
          .matches(AlertsTest::hasFlinksOwn);
      await().untilAsserted(() -> assertThat(gauges.learned()).isGreaterThan(LEAST_LEARNED));
      assertThat(gauges.learned()).isLessThanOrEqualTo(EVENTS);
      client.cancel().get();
    }
  }

  private List<Path> dashboards() throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("deploy/grafana/dashboards"))) {
      return files.filter(file -> file.toString().endsWith(".json")).toList();
    }
  }

  /** Names that alarms and dashboards ask for. */
  private Set<String> asked() throws IOException {
    Set<String> asked = names(Files.readString(root.resolve("deploy/prometheus/alerts.yml")));
    for (Path dashboard : dashboards()) {
      Set<String> shown = names(Files.readString(dashboard));
      assertThat(shown).as(dashboard.toString()).isNotEmpty();
      asked.addAll(shown);
    }
    return asked;
  }

  // fast, where the job that runs is slow
  @Test
  void ownNamesThatAreAskedForAreDefined() throws IOException {
    assertThat(asked().stream().filter(AlertsTest::isOwn)).isNotEmpty().isSubsetOf(defined());
  }

  /** The job's own names, in full. */
  private Set<String> defined() throws IOException {
    Set<String> names = new TreeSet<>();
    for (JobMetric metric : JobMetric.values()) {
      names.add(OWN + metric.key());
    }
    Matcher matcher = WINDOW_FIGURE.matcher(Files.readString(root.resolve("docs/metrics.md")));
    while (matcher.find()) {
      names.add(OWN + matcher.group(1));
    }
    return names;
  }

  private static boolean hasFlinksOwn(Collection<? extends String> names) {
    return Stream.of(FlinkMetric.values())
        .allMatch(metric -> names.stream().anyMatch(name -> name.endsWith("_" + metric.key())));
  }

  /** Names that Flink and its connectors do not register: those of theirs have capital letters. */
  private static boolean isOwn(String name) {
    return name.startsWith(OWN) && name.equals(name.toLowerCase(Locale.ROOT));
  }

  private JobConfig job(EmbeddedBroker broker) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("job.yaml"),
            SmallStream.job()
                    .replaceAll("(?s)arms:.*", ARMS)
                    .replace("student: {", "student: {exchange: 1h, alone_windows: 1, ")
                + "kafka: {bootstrap: \""
                + broker.bootstrapServers()
                + "\"}\n");
    Path events = SmallStream.writeEvents(folder, DAYS);
    Commands.succeed("replay", "--job", file, "--events", events);
    return JobConfig.read(file);
  }

  @Test
  void everyAlarmSaysWhatToDo() throws IOException {
    Map<String, Object> file = yaml(Files.readString(root.resolve("deploy/prometheus/alerts.yml")));
    List<Map<String, Object>> groups = ComposeFile.child(file, "groups");
    assertThat(groups).isNotEmpty();
    for (Map<String, Object> group : groups) {
      List<Map<String, Object>> rules = ComposeFile.child(group, "rules");
      assertThat(rules)
          .isNotEmpty()
          .allSatisfy(
              rule -> {
                assertThat(rule).containsKeys("alert", "expr", "annotations");
                Map<String, Object> notes = ComposeFile.child(rule, "annotations");
                assertThat(notes).containsKeys("summary", "action");
              });
    }
    assertThat(Files.readString(root.resolve("deploy/prometheus/prometheus.yml")))
        .contains("rule_files:\n  - alerts.yml\n");
    assertThat(Files.readString(root.resolve("docker-compose.yml")))
        .contains("./deploy/prometheus/alerts.yml:/etc/prometheus/alerts.yml:ro");
  }

  private static Set<String> names(String text) {
    Set<String> names = new TreeSet<>();
    Matcher matcher = NAME.matcher(text);
    while (matcher.find()) {
      if (!matcher.group().endsWith("_")) { // the start of a pattern
        names.add(matcher.group());
      }
    }
    return names;
  }

  private static String scrape(int port) throws Exception {
    URI uri = URI.create("http://localhost:" + port + "/metrics");
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
