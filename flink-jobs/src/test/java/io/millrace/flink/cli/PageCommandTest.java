package io.millrace.flink.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.runs.RunView;
import io.millrace.runs.page.RunPage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PageCommandTest {

  @TempDir Path folder;

  @Test
  void optionsHaveRanges() throws IOException {
    String dir = folder.toString();
    for (String command : List.of("page", "report")) {
      assertThat(run(command, "--run-dir", dir))
          .startsWith(
              "2 millrace: --run-dir must be the folder of a run but '"
                  + dir
                  + "' holds no run.json;");
    }
    assertThat(folder).isEmptyDirectory();
    Files.createFile(folder.resolve("run.json"));
    assertThat(run("page", "--run-dir", dir + "/none"))
        .startsWith("2 millrace: --run-dir must be a folder but was '" + dir + "/none'");
    assertThat(run("page", "--run-dir", dir, "--port", "70000"))
        .startsWith("2 millrace: --port must be in 0..65535 but was 70000");
    assertThat(run("page", "--run-dir", dir, "--host", "192.0.2.1"))
        .startsWith("1 millrace: --host must be an address of this machine but was '192.0.2.1'");
    assertThat(run("demo", "--flink-port", "-1"))
        .startsWith("2 millrace: --flink-port must be in 0..65535 but was -1");
  }

  /** Law: a requested port must be free; if the default port is in use, a free one is taken. */
  @Test
  void portsInUse() throws IOException {
    try (RunPage first = options().open(RunView.of(folder), "");
        RunPage second = options().open(RunView.of(folder), "")) {
      assertThat(second.port()).isNotEqualTo(first.port());
      assertThat(options("--port", "0").url(second)).isEqualTo("http://localhost:" + second.port());
      PageOptions same = options("--port", Integer.toString(first.port()));
      assertThatThrownBy(() -> same.open(RunView.of(folder), ", or none"))
          .hasMessage("--port " + first.port() + " is in use: choose another port, or none")
          .hasCauseInstanceOf(BindException.class);
    }
  }

  /** Law: without --host the page listens on the loopback address only. */
  @Test
  void loopback() throws IOException {
    try (RunPage page = options("--port", "0").open(RunView.of(folder), "");
        ServerSocket elsewhere =
            new ServerSocket(page.port(), 1, InetAddress.getByName("127.0.0.2"))) {
      assertThat(elsewhere.getLocalPort()).isEqualTo(page.port());
    }
  }

  private static PageOptions options(String... args) {
    return CommandLine.populateCommand(new PageOptions(), args);
  }

  private static String run(String... args) {
    StringWriter err = new StringWriter();
    CommandLine line = Millrace.commandLine().setErr(new PrintWriter(err));
    return line.execute(args) + " " + err;
  }
}
