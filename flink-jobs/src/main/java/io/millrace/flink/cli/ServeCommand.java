package io.millrace.flink.cli;

import io.millrace.event.EventLimits;
import io.millrace.kafka.ClientSettings;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.ScoringServer;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.ModelFolder;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace serve}: scores over HTTP with the newest version of a published model. */
@Command(
    name = "serve",
    description = "Answers scoring requests over HTTP and follows new versions of the model.",
    showDefaultValues = true,
    footer = {
      "",
      "Listens on this machine's loopback address unless --host says otherwise: POST /score (a JSON"
          + " event, or an array), GET /health, GET /version, GET /metrics. Label and time are not"
          + " read. Ends with Ctrl-C.",
      "",
      "Example:",
      "  millrace serve --model runs/a/models/learned --port 8080",
      "  curl -d '{\"site\": \"a\", \"price\": 3}' localhost:8080/score"
    })
final class ServeCommand extends Subcommand {

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "folder of an arm, whose versions are followed, or of one version")
  private Path model;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "TCP port; 0 takes a free one")
  private int port;

  @Mixin private ListenOptions listen;

  @Option(
      names = "--poll-ms",
      paramLabel = "MS",
      defaultValue = "1000",
      description = "how often to look for a new version, milliseconds")
  private long pollMs;

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      description =
          "Kafka, from which updates of the model are read between versions; without it versions"
              + " alone are followed")
  private String bootstrap;

  @Option(
      names = "--kafka-config",
      paramLabel = "FILE",
      description = "further properties of Kafka's clients, such as those of TLS")
  private Path kafkaConfig;

  @Mixin private LimitOptions limits;

  @Override
  void run() throws IOException, InterruptedException {
    if (port < 0 || port > 65_535) {
      throw badOption("--port must be in 0..65535 but was " + port);
    }
    if (pollMs < 1) {
      throw badOption("--poll-ms must be >= 1 but was " + pollMs);
    }
    EventLimits allowed = limits.limits();
    int threads = Runtime.getRuntime().availableProcessors();
    ModelFolder.resolve(model);
    try (ModelFollower follower = new ModelFollower(model, kafka());
        ScoringServer server = listen(follower, threads, allowed)) {
      follower.follow(Duration.ofMillis(pollMs));
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
      LoadedModel first = follower.current().orElseThrow().model();
      out()
          .printf(
              "%s version %d answers at http://%s:%d/score%n",
              first.manifest().origin().arm(),
              first.version(),
              listen.host().equals("localhost") ? "127.0.0.1" : listen.host(),
              server.port());
      new CountDownLatch(1).await(); // until the process is stopped
    }
  }

  private Optional<ClientSettings> kafka() throws IOException {
    if (bootstrap == null && kafkaConfig != null) {
      throw badOption("--kafka-config needs --bootstrap HOST:PORT");
    }
    if (bootstrap == null) {
      return Optional.empty();
    }
    return Optional.of(
        kafkaConfig == null
            ? ClientSettings.of(bootstrap)
            : ClientSettings.of(bootstrap, kafkaConfig));
  }

  private ScoringServer listen(ModelFollower follower, int threads, EventLimits allowed)
      throws IOException {
    try {
      return new ScoringServer(follower, listen.address(), port, threads, allowed);
    } catch (BindException e) {
      throw new IOException(
          "--port " + port + " is in use: stop what listens there or choose another port", e);
    }
  }
}
