package io.millrace.flink.cli;

import io.millrace.flink.graph.JobGauges;
import io.millrace.flink.graph.JobRun;
import io.millrace.runs.page.RunPage;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The page of a job that runs in this process, and Flink's own; nothing if there is to be none. */
final class LivePage implements AutoCloseable {

  @Mixin private PageOptions options;

  @Option(
      names = "--flink-port",
      paramLabel = "N",
      description = "TCP port of Flink's own page, on this machine alone (default: a free one)")
  private int flinkPort;

  @Option(names = "--headless", description = "without any page")
  private boolean headless;

  private RunPage page;
  private JobGauges gauges;
  private String flinkUrl;

  /** Opens the page, so that it can be looked at from the start. */
  void open(Path runDir) throws IOException {
    if (flinkPort < 0 || flinkPort > 65_535) {
      throw new IllegalArgumentException("--flink-port must be in 0..65535 but was " + flinkPort);
    }
    if (!headless) {
      page = options.open(runDir, ", or none with --headless");
      page.say(RunPage.State.STARTING, "");
      flinkUrl = "http://localhost:" + (flinkPort == 0 ? freePort() : flinkPort);
    }
  }

  /** Says where the pages are. */
  void announce(PrintWriter out) {
    if (page != null) {
      out.println("page at " + options.url(page) + ", Flink's own at " + flinkUrl);
      out.flush();
    }
  }

  /** Says what goes on before the first event. */
  void starting(String phase) {
    if (page != null) {
      page.say(RunPage.State.STARTING, phase);
    }
  }

  /** Says that the job runs. */
  void running() {
    if (page != null) {
      page.say(RunPage.State.RUNNING, "");
    }
  }

  /** Says how many events there will be. */
  void expect(long events) {
    if (page != null) {
      page.expect(events);
    }
  }

  /** Settings of a cluster in this process, whose figures the page shows. */
  Configuration cluster() {
    Configuration flink =
        JobRun.localCluster(Optional.ofNullable(page).map(shown -> URI.create(flinkUrl).getPort()));
    gauges = JobGauges.of(flink);
    if (page != null) {
      page.show(gauges, flinkUrl);
    }
    return flink;
  }

  /** Events that the student furthest behind has learned. */
  long learned() {
    return gauges.learned();
  }

  /** Flink cannot say which one it took. */
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Says that all went well. */
  void finished() {
    if (page != null) {
      page.say(RunPage.State.FINISHED, "");
    }
  }

  /** Says why the run ended. */
  void failed(Exception error) {
    if (page != null) {
      page.say(RunPage.State.FAILED, ErrorLine.of(error));
    }
  }

  @Override
  public void close() {
    if (page != null) {
      page.close();
    }
  }
}
