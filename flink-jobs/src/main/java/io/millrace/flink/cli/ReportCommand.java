package io.millrace.flink.cli;

import io.millrace.runs.report.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace report}: rebuilds the page of a run. */
@Command(
    name = "report",
    description = "Rebuilds report.html from the files of a run directory.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  millrace report --run-dir runs/demo"})
final class ReportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--run-dir",
      required = true,
      paramLabel = "DIR",
      description = "the run directory; the page is written into it")
  private Path runDir;

  @Override
  public Integer call() throws IOException {
    if (!Files.isDirectory(runDir)) {
      throw new IllegalArgumentException("--run-dir must be a folder but was '" + runDir + "'");
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(Report.write(runDir));
    out.flush();
    return Millrace.OK;
  }
}
