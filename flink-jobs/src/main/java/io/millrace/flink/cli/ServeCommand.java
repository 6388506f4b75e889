package io.millrace.flink.cli;

import io.millrace.event.EventLimits;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.ScoringServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace serve}: scores over HTTP with the newest version of a published model. */
@Command(
    name = "serve",
    description = "Answers scoring requests over HTTP and follows new versions of the model.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    footer = {
      "",
      "Listens on this machine's loopback address unless --host says otherwise: POST /score (a JSON"
          + " event, or an array), GET /health, GET /version. Ends with Ctrl-C.",
      "",
      "Example:",
      "  millrace serve --model runs/a/models/learned --port 8080",
      "  curl -d '{\"site\": \"a\", \"price\": 3}' localhost:8080/score"
    })
final class ServeCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

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

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "localhost",
      description = "address to listen on; 0.0.0.0 for all, which lets anyone ask who reaches it")
  private String host;

  @Option(
      names = "--poll-ms",
      paramLabel = "MS",
      defaultValue = "1000",
      description = "how often to look for a new version, milliseconds")
  private long pollMs;

  @Mixin private LimitOptions limits;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (port < 0 || port > 65_535) {
      throw new ParameterException(
          spec.commandLine(), "--port must be in 0..65535 but was " + port);
    }
    if (pollMs < 1) {
      throw new ParameterException(spec.commandLine(), "--poll-ms must be >= 1 but was " + pollMs);
    }
    EventLimits allowed = limits.limits();
    int threads = Runtime.getRuntime().availableProcessors();
    try (ModelFollower follower = new ModelFollower(model);
        ScoringServer server = listen(follower, threads, allowed)) {
      follower.follow(Duration.ofMillis(pollMs));
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "%s version %d answers at http://%s:%d/score%n",
          follower.current().model().manifest().origin().arm(),
          follower.current().model().version(),
          host.equals("localhost") ? "127.0.0.1" : host,
          server.port());
      out.flush();
      new CountDownLatch(1).await(); // until the process is told to end
    }
    return Millrace.OK;
  }

  private ScoringServer listen(ModelFollower follower, int threads, EventLimits allowed)
      throws IOException {
    try {
      return new ScoringServer(follower, ListenAddress.of(host), port, threads, allowed);
    } catch (BindException e) {
      throw new IOException(
          "--port " + port + " is in use: stop what listens there or choose another port", e);
    }
  }
}
