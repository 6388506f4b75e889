package io.millrace.flink.cli;

import io.millrace.flink.graph.JobGauges;
import io.millrace.flink.graph.JobRun;
import io.millrace.runs.RunView;
import io.millrace.runs.page.RunPage;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The page of a job that runs in this process, and Flink's own; neither with {@code --headless}.
 */
final class LivePage {

  @Mixin private PageOptions options;

  @Option(
      names = "--flink-port",
      paramLabel = "N",
      description = "TCP port of Flink's own page, on this machine alone (default: a free one)")
  private int flinkPort;

  @Option(names = "--headless", description = "without any page")
  private boolean headless;

  private Optional<RunPage> page = Optional.empty();
  private JobGauges gauges;
  private String flinkUrl;

  /** The work of a run. */
  @FunctionalInterface
  interface Work {
    /** Does it. */
    void run() throws Exception;
  }

  /** Opens the page, does the work, and shows whether it succeeded; then closes the page. */
  void show(RunView run, Work work) throws Exception {
    show(run, work, () -> {});
  }

  /**
   * The same, with something that follows work that succeeded while the page is open.
   *
   * @param after is not part of the work: the page says that it is over
   */
  void show(RunView run, Work work, Work after) throws Exception {
    ListenOptions.checkPort("--flink-port", flinkPort);
    try {
      if (!headless) {
        page = Optional.of(options.open(run, ", or none with --headless"));
        starting("");
        flinkUrl = "http://localhost:" + (flinkPort == 0 ? freePort() : flinkPort);
      }
      work.run();
      say(RunPage.State.FINISHED, "");
      after.run();
    } catch (Exception e) {
      say(RunPage.State.FAILED, ErrorLine.of(e));
      throw e;
    } finally {
      page.ifPresent(RunPage::close);
    }
  }

  /** Prints the addresses of the pages. */
  void announce(PrintWriter out) {
    page.ifPresent(
        shown -> out.println("page at " + options.url(shown) + ", Flink's own at " + flinkUrl));
  }

  /** The address of the page; none with {@code --headless}. */
  Optional<String> url() {
    return page.map(options::url);
  }

  /** Shows what happens before the first event. */
  void starting(String phase) {
    say(RunPage.State.STARTING, phase);
  }

  /** Shows that the job runs. */
  void running() {
    say(RunPage.State.RUNNING, "");
  }

  private void say(RunPage.State state, String text) {
    page.ifPresent(shown -> shown.say(state, text));
  }

  /** Sets how many events the run will have. */
  void expect(long events) {
    page.ifPresent(shown -> shown.expect(events));
  }

  /** Settings of a cluster in this process, whose metrics the page shows. */
  Configuration cluster() {
    Configuration flink = JobRun.localCluster(page.map(shown -> URI.create(flinkUrl).getPort()));
    gauges = JobGauges.of(flink);
    page.ifPresent(shown -> shown.show(gauges, flinkUrl));
    return flink;
  }

  /** Events learned by the student that is furthest behind. */
  long learned() {
    return gauges.learned();
  }

  /** A free port, chosen here because Flink does not report the one it takes. */
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
