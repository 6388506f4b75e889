package io.millrace.tests.chain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.flink.cli.Millrace;
import io.millrace.kafka.ClientSettings;
import io.millrace.runs.RunFiles;
import io.millrace.serving.ScoringClient;
import io.millrace.tests.job.BrokerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * Broker, job and server, each a process of its own that can be killed and started again at the
 * same address. A job that is started again goes on from its newest checkpoint.
 */
final class Chain implements AutoCloseable {

  /** The arm that is served. */
  static final String ARM = "plain";

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(2);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path folder;
  private final int brokerPort = freePort();
  private final int flinkPort = freePort();
  private final int pagePort = freePort();
  private final int serverPort = freePort();
  private final Part broker;
  private final Part job;
  private final Part server;

  /** What can be killed. */
  enum Kind {
    BROKER,
    SERVER,
    JOB
  }

  /**
   * Starts all three, and waits until they are ready; the server may have no model yet.
   *
   * @param settings further lines of the job file
   */
  Chain(Path folder, String settings) throws IOException {
    this.folder = folder;
    broker = new Part("broker", "384m", folder);
    job = new Part("job", "1g", folder);
    server = new Part("server", "384m", folder);
    Files.writeString(
        jobFile(),
        Traffic.JOB + "kafka: {bootstrap: \"" + bootstrap() + "\", partitions: 1}\n" + settings);
    try {
      for (Kind kind : Kind.values()) {
        start(kind);
      }
      for (Kind kind : Kind.values()) {
        awaitReady(kind);
      }
    } catch (IOException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** A port below those that the system gives to connections, which would take it meanwhile. */
  private static int freePort() {
    for (int tried = 0; tried < 100; tried++) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket(port)) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // taken; another one
      }
    }
    throw new AssertionError("no free port found");
  }

  /** The job file. */
  Path jobFile() {
    return folder.resolve("job.yaml");
  }

  /** Where the arm's versions are. */
  Path models() {
    return runDir().resolve(RunFiles.MODELS).resolve(ARM);
  }

  private Path runDir() {
    return folder.resolve("run");
  }

  private String bootstrap() {
    return "localhost:" + brokerPort;
  }

  /** How clients reach the broker. */
  ClientSettings kafka() {
    return ClientSettings.of(bootstrap());
  }

  /** A client of the server that soon gives up. */
  ScoringClient client() {
    return client(ANSWERS_WITHIN);
  }

  /** A client of the server. */
  ScoringClient client(Duration timeout) {
    return new ScoringClient(
        http, serverUri(), new ScoringClient.Options(timeout, none(), none(), false));
  }

  private static Optional<String> none() {
    return Optional.empty();
  }

  private URI serverUri() {
    return URI.create("http://localhost:" + serverPort);
  }

  private Part part(Kind kind) {
    return switch (kind) {
      case BROKER -> broker;
      case JOB -> job;
      case SERVER -> server;
    };
  }

  /** Ends a part without a warning. */
  void kill(Kind kind) {
    part(kind).kill();
  }

  /** Starts a part; the job needs a broker that is ready. */
  void start(Kind kind) throws IOException {
    switch (kind) {
      case BROKER ->
          broker.start(
              BrokerProcess.class,
              List.of(folder.resolve("kafka").toString(), Integer.toString(brokerPort)));
      case JOB -> {
        awaitReady(Kind.BROKER);
        job.start(Millrace.class, jobArguments());
      }
      case SERVER ->
          server.start(
              Millrace.class,
              List.of(
                  "serve",
                  "--model",
                  models().toString(),
                  "--port",
                  Integer.toString(serverPort),
                  "--bootstrap",
                  bootstrap()));
    }
  }

  private List<String> jobArguments() throws IOException {
    List<String> args = new ArrayList<>(List.of("run", "--job", jobFile().toString()));
    args.addAll(List.of("--run-dir", runDir().toString()));
    args.addAll(List.of("--port", Integer.toString(pagePort)));
    args.addAll(List.of("--flink-port", Integer.toString(flinkPort)));
    newestCheckpoint().ifPresent(newest -> args.addAll(List.of("--from", newest.toString())));
    return args;
  }

  /** The newest complete checkpoint; empty before the first. */
  Optional<Path> newestCheckpoint() throws IOException {
    Path root = runDir().resolve("checkpoints");
    if (!Files.isDirectory(root)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .map(Path::getParent)
          .max(Comparator.comparingLong(Chain::number));
    } catch (UncheckedIOException e) {
      return newestCheckpoint(); // one was deleted meanwhile
    }
  }

  private static long number(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring("chk-".length()));
  }

  /** Waits until the broker answers, the job's tasks all run, or the server is live. */
  void awaitReady(Kind kind) {
    until(kind + " is ready", () -> ready(kind));
  }

  private boolean ready(Kind kind) throws Exception {
    return switch (kind) {
      case BROKER -> broker.says(BrokerProcess.READY);
      case JOB -> job.says("running") && allTasksRun();
      case SERVER -> server.says("") && get(serverUri().resolve("/health/live")).isPresent();
    };
  }

  private boolean allTasksRun() throws Exception {
    Optional<JsonNode> vertices = vertices();
    return vertices.isPresent()
        && !vertices.get().isEmpty()
        && vertices.get().findValuesAsText("status").stream().allMatch("RUNNING"::equals);
  }

  private Optional<JsonNode> vertices() throws Exception {
    Optional<String> jobs = flink("/jobs");
    if (jobs.isEmpty()) {
      return Optional.empty();
    }
    String id = json(jobs.get()).at("/jobs/0/id").asText();
    return flink("/jobs/" + id).map(Chain::json).map(all -> all.get("vertices"));
  }

  private Optional<String> flink(String path) throws Exception {
    return get(URI.create("http://localhost:" + flinkPort + path));
  }

  /** The student's own measure of how far behind it is, in seconds, as the job's page shows it. */
  double learningLagSeconds() throws InterruptedException {
    until("the page shows the student's lag", () -> shownLag().isPresent());
    return shownLag().orElseThrow();
  }

  private Optional<Double> shownLag() throws InterruptedException {
    JsonNode news =
        json(get(URI.create("http://localhost:" + pagePort + "/api/news")).orElse("{}"));
    for (JsonNode operator : news.at("/flow/parts")) {
      if (operator.get("name").asText().equals("student-" + ARM)) {
        return Optional.of(operator.get("lag")).filter(JsonNode::isNumber).map(JsonNode::asDouble);
      }
    }
    return Optional.empty();
  }

  /** A gauge of the server, from its {@code /metrics}; 0 before it has a model. */
  double serverGauge(String name) throws InterruptedException {
    String text = get(serverUri().resolve("/metrics")).orElse("");
    return text.lines()
        .filter(line -> line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(0);
  }

  /** Whether the server has applied an update. */
  boolean appliesUpdates() throws InterruptedException {
    return serverGauge("millrace_serving_interval") > 0;
  }

  private Optional<String> get(URI uri) throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(ANSWERS_WITHIN).build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString(UTF_8));
      return Optional.of(answer.body()).filter(body -> answer.statusCode() == 200);
    } catch (IOException e) {
      return Optional.empty(); // nobody listens yet
    }
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until a condition holds. */
  static void until(String what, Callable<Boolean> condition) {
    await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(condition);
  }

  @Override
  public void close() {
    for (Part part : List.of(server, job, broker)) {
      part.close();
    }
  }
}
