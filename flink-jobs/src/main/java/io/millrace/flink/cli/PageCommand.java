package io.millrace.flink.cli;

import io.millrace.runs.RunView;
import io.millrace.runs.page.RunPage;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code millrace page}: the page of a run that another process has made, or makes. */
@Command(
    name = "page",
    description = {
      "Shows a run directory in the browser: one that is finished, or that a job on a cluster or"
          + " `train` writes right now.",
      "Listens on this machine's loopback address unless --host says otherwise. Ends with Ctrl-C."
    },
    footer = {"", "Example:", "  millrace page --run-dir runs/demo --port 8081"})
final class PageCommand extends Subcommand {

  @Mixin private RunDirectory run;

  @Mixin private PageOptions options;

  @Override
  void run() throws IOException, InterruptedException {
    try (RunView view = run.open();
        RunPage page = options.open(view, "")) {
      out().println("page at " + options.url(page));
      new CountDownLatch(1).await(); // until the process is stopped
    }
  }
}
