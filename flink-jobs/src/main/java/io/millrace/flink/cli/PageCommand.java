package io.millrace.flink.cli;

import io.millrace.runs.page.RunPage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace page}: the page of a run that another process has made, or makes. */
@Command(
    name = "page",
    description = {
      "Shows a run directory in the browser: one that is finished, or that a job on a cluster or"
          + " `train` writes right now.",
      "Listens on this machine's loopback address unless --host says otherwise. Ends with Ctrl-C."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  millrace page --run-dir runs/demo --port 8081"})
final class PageCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--run-dir",
      required = true,
      paramLabel = "DIR",
      description = "the run directory, which is only read")
  private Path runDir;

  @Mixin private PageOptions options;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!Files.isDirectory(runDir)) {
      throw new IllegalArgumentException("--run-dir must be a folder but was '" + runDir + "'");
    }
    try (RunPage page = options.open(runDir, "")) {
      PrintWriter out = spec.commandLine().getOut();
      out.println("page at " + options.url(page));
      out.flush();
      new CountDownLatch(1).await(); // until the process is told to end
    }
    return Millrace.OK;
  }
}
