package io.millrace.flink.cli;

import io.millrace.flink.store.PublishedModels;
import io.millrace.jobfile.Times;
import io.millrace.kafka.ClientSettings;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.http.ScoringServer;
import io.millrace.serving.http.ServedArms;
import io.millrace.serving.http.ServerOptions;
import io.millrace.serving.http.Tokens;
import io.millrace.snapshot.ModelMirror;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace serve}: scores over HTTP with the newest versions of published models. */
@Command(
    name = "serve",
    description = "Answers scoring requests over HTTP and follows new versions of the model.",
    showDefaultValues = true,
    footer = {
      "",
      "Listens on this machine's loopback address unless --host says otherwise. GET /openapi.json"
          + " describes the paths, docs/serving.md shows them with examples. Label and time are not"
          + " read. Ends with Ctrl-C.",
      "",
      "Tokens come from a file, or from the environment: MILLRACE_TOKEN, MILLRACE_ADMIN_TOKEN.",
      "",
      "Example:",
      "  millrace serve --model runs/a/models/learned --port 8080",
      "  curl -d '{\"candidates\": [{\"site\": \"a\", \"price\": 3}]}' localhost:8080/v1/score"
    })
final class ServeCommand extends Subcommand {

  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);
  private static final long SAMPLE_BYTES = 64L << 20;
  private static final int SAMPLE_FILES = 5;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR|URI",
      description =
          "folder of an arm, whose versions are followed, or of one version; or folder of a run or"
              + " its models, of which all arms are served. The first version may come later")
  private String model;

  @Option(
      names = "--arm",
      paramLabel = "NAME",
      description = "arm of requests that name none, where there are several")
  private String arm;

  @Option(
      names = "--shadow",
      paramLabel = "NAME",
      description =
          "arm that scores the events of the others too, after the answer; /metrics compares them")
  private String shadow;

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
          "brokers of the topic of updates, separated by commas (default: the environment variable "
              + KafkaJobFile.VARIABLE
              + "); without them versions alone are followed")
  private String bootstrap;

  @Option(
      names = "--kafka-config",
      paramLabel = "FILE",
      description = "further properties of Kafka's clients, such as those of TLS")
  private Path kafkaConfig;

  @Option(
      names = "--max-age",
      paramLabel = "TIME",
      description =
          "/health/ready answers 503 if the newest event that was learned is older, such as 10m")
  private String maxAge;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "a token that requests must show, except to /health")
  private Path tokenFile;

  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description = "a token that requests which choose a version must show; without it none may")
  private Path adminTokenFile;

  @Option(
      names = "--tls-keystore",
      paramLabel = "FILE",
      description =
          "certificate and key, a PKCS #12 file, for HTTPS; its password is in"
              + " MILLRACE_TLS_PASSWORD")
  private Path keystore;

  @Option(
      names = "--access-log",
      paramLabel = "FILE",
      description = "a line for each request: the common log format, and milliseconds")
  private Path accessLog;

  @Option(
      names = "--sample-log",
      paramLabel = "FILE",
      description =
          "a sample of the scored requests, as events in JSON lines with their predictions; 5 files"
              + " of 64 MiB are kept")
  private Path sampleLog;

  @Option(
      names = "--sample-rate",
      paramLabel = "X",
      defaultValue = "0.01",
      description = "share of requests in the sampled log, in (0, 1]")
  private double sampleRate;

  @Mixin private LimitOptions limits;

  @Override
  void run() throws IOException, InterruptedException {
    if (port < 0 || port > 65_535) {
      throw badOption("--port must be in 0..65535 but was " + port);
    }
    if (pollMs < 1) {
      throw badOption("--poll-ms must be >= 1 but was " + pollMs);
    }
    ServerOptions options = options();
    try (PublishedModels models = PublishedModels.at(model);
        ServedArms arms = arms(models, kafka());
        ScoringServer server = listen(arms, options)) {
      arms.follow(Duration.ofMillis(pollMs));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, models), "stop"));
      arms.described().forEach(line -> out().println(models.named(line)));
      warnOfOpenPort(options);
      out()
          .printf(
              "%s at %s://%s:%d/score%n",
              arms.answers(),
              options.tls().isPresent() ? "https" : "http",
              listen.host().equals("localhost") ? "127.0.0.1" : listen.host(),
              server.port());
      new CountDownLatch(1).await(); // until the process is stopped
    }
  }

  private static void stop(ScoringServer server, PublishedModels models) {
    server.close();
    try {
      models.close();
    } catch (IOException e) {
      LOG.warn("the copy {} of the models stays", models.folder(), e);
    }
  }

  private ServedArms arms(PublishedModels models, Optional<ClientSettings> kafka)
      throws IOException {
    return new ServedArms(
        models.folder(),
        new ServedArms.Opener() {
          @Override
          public ModelFollower open(Path folder) throws IOException {
            Optional<ModelMirror> mirror = models.mirror(folder);
            return mirror.isPresent()
                ? new ModelFollower(mirror.get(), kafka)
                : new ModelFollower(folder, kafka);
          }

          @Override
          public void look() throws IOException {
            models.look();
          }
        },
        Optional.ofNullable(arm),
        Optional.ofNullable(shadow));
  }

  private Optional<ClientSettings> kafka() throws IOException {
    String brokers = bootstrap == null ? System.getenv(KafkaJobFile.VARIABLE) : bootstrap;
    if (brokers == null && kafkaConfig != null) {
      throw badOption("--kafka-config needs --bootstrap HOST:PORT");
    }
    if (brokers == null) {
      return Optional.empty();
    }
    return Optional.of(
        kafkaConfig == null ? ClientSettings.of(brokers) : ClientSettings.of(brokers, kafkaConfig));
  }

  private ServerOptions options() throws IOException {
    return new ServerOptions(
        new InetSocketAddress(listen.address(), port),
        Runtime.getRuntime().availableProcessors(),
        limits.limits(),
        Optional.ofNullable(maxAge).map(this::duration),
        new Tokens(
            token("--token-file", tokenFile, "MILLRACE_TOKEN"),
            token("--admin-token-file", adminTokenFile, "MILLRACE_ADMIN_TOKEN")),
        tls(),
        Optional.ofNullable(accessLog),
        samples());
  }

  private Duration duration(String text) {
    try {
      return Times.duration(text);
    } catch (IllegalArgumentException e) {
      throw badOption("--max-age must be a duration such as 30s, 10m or 1d but was '" + text + "'");
    }
  }

  private static Optional<String> token(String option, Path file, String variable)
      throws IOException {
    String value = file == null ? System.getenv(variable) : Files.readString(file).strip();
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Tokens.checked(value));
    } catch (IllegalArgumentException e) {
      String where = file == null ? variable : option + " " + file;
      throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }

  private Optional<ServerOptions.Tls> tls() {
    if (keystore == null) {
      return Optional.empty();
    }
    String password = System.getenv("MILLRACE_TLS_PASSWORD");
    if (password == null) {
      throw badOption("--tls-keystore needs the keystore's password in MILLRACE_TLS_PASSWORD");
    }
    return Optional.of(new ServerOptions.Tls(keystore, password));
  }

  private Optional<ServerOptions.Samples> samples() {
    if (!(sampleRate > 0 && sampleRate <= 1)) {
      throw badOption("--sample-rate must be in (0, 1] but was " + sampleRate);
    }
    return Optional.ofNullable(sampleLog)
        .map(file -> new ServerOptions.Samples(file, sampleRate, SAMPLE_BYTES, SAMPLE_FILES));
  }

  /** An open port is a choice, and the terminal says which one was made. */
  private void warnOfOpenPort(ServerOptions options) {
    if (!options.address().getAddress().isLoopbackAddress()) {
      if (options.tokens().scoring().isEmpty()) {
        out().println("warn  anyone who can reach --host may score; --token-file asks for a token");
      } else if (options.tls().isEmpty()) {
        out().println("warn  tokens and events cross the network in the clear; see --tls-keystore");
      }
    }
  }

  private ScoringServer listen(ServedArms arms, ServerOptions options) throws IOException {
    try {
      return new ScoringServer(arms, options);
    } catch (BindException e) {
      throw new IOException(
          "--port " + port + " is in use: stop what listens there or choose another port", e);
    }
  }
}
