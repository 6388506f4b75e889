package io.millrace.flink.cli;

import io.millrace.runs.RunView;
import io.millrace.runs.report.Report;
import io.millrace.runs.verdict.Briefing;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code millrace report}: rebuilds the page of a run. */
@Command(
    name = "report",
    description =
        "Rebuilds report.html from the files of a run directory, and prints the verdict on the run.",
    footer = {"", "Example:", "  millrace report --run-dir runs/demo"})
final class ReportCommand extends Subcommand {

  @Mixin private RunDirectory run;

  @Override
  void run() throws IOException {
    try (RunView view = run.open()) {
      view.refresh();
      Report.write(view.dir(), view.place(""));
      view.put(Report.FILE);
      out().print(Briefing.of(view.dir(), view.place("")).text());
      out().println(view.place(Report.FILE));
    }
  }
}
