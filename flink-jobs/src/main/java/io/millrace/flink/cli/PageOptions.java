package io.millrace.flink.cli;

import io.millrace.runs.page.RunPage;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where the live page of a run is. */
final class PageOptions {

  private static final int DEFAULT_PORT = 8081;

  @Option(
      names = "--port",
      paramLabel = "N",
      description =
          "TCP port of the page; 0 takes a free one (default: 8081, or a free one if that is in"
              + " use)")
  private Integer port;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "localhost",
      description =
          "address that the page listens on; 0.0.0.0 for all, which lets anyone look who reaches"
              + " it")
  private String host;

  /**
   * Starts to answer.
   *
   * @param otherwise what can be done about a port in use, beside taking another
   * @throws IllegalArgumentException if the port is none
   * @throws IOException if it is in use
   */
  RunPage open(Path runDir, String otherwise) throws IOException {
    InetAddress address = ListenAddress.of(host);
    if (port == null) {
      try {
        return new RunPage(runDir, address, DEFAULT_PORT, host);
      } catch (BindException e) {
        return new RunPage(runDir, address, 0, host);
      }
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("--port must be in 0..65535 but was " + port);
    }
    try {
      return new RunPage(runDir, address, port, host);
    } catch (BindException e) {
      throw new IOException("--port " + port + " is in use: choose another port" + otherwise, e);
    }
  }

  /** Where people on this machine find a page. */
  String url(RunPage page) {
    boolean all = host.equals("0.0.0.0") || host.equals("::");
    return "http://" + (all ? "localhost" : host) + ":" + page.port();
  }
}
