package io.millrace.flink.cli;

import io.millrace.runs.RunView;
import io.millrace.runs.page.RunPage;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options {@code --port} and {@code --host} of a page that shows a run. */
final class PageOptions {

  private static final int DEFAULT_PORT = 8081;

  @Option(
      names = "--port",
      paramLabel = "N",
      description =
          "TCP port of the page; 0 takes a free one (default: 8081, or a free one if that is in"
              + " use)")
  private Integer port;

  @Mixin private ListenOptions listen;

  /**
   * Opens the page.
   *
   * @param otherwise what else the user can do if the port is in use; ends the error message
   * @throws IllegalArgumentException if the port is out of range
   * @throws IOException if the port is in use
   */
  RunPage open(RunView run, String otherwise) throws IOException {
    InetAddress address = listen.address();
    if (port == null) {
      try {
        return new RunPage(run, address, DEFAULT_PORT, listen.host());
      } catch (BindException e) {
        return new RunPage(run, address, 0, listen.host());
      }
    }
    ListenOptions.checkPort("--port", port);
    try {
      return new RunPage(run, address, port, listen.host());
    } catch (BindException e) {
      throw new IOException("--port " + port + " is in use: choose another port" + otherwise, e);
    }
  }

  /** The page's URL for a browser on this machine. */
  String url(RunPage page) {
    String host = listen.host();
    boolean all = host.equals("0.0.0.0") || host.equals("::");
    return "http://" + (all ? "localhost" : host) + ":" + page.port();
  }
}
