package io.millrace.flink.cli;

import io.millrace.format.EventFile;
import io.millrace.format.HotValues;
import io.millrace.format.TimeAdvice;
import io.millrace.format.ValueListener;
import io.millrace.jobfile.JobConfig;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace check}: reads a sample of a log and describes it. */
@Command(
    name = "check",
    description = "Reads a sample of events and prints what it understood, and suggested sizes.",
    footer = {
      "",
      "Example:",
      "  millrace check --job examples/criteo-80k/job.yaml --events events.csv.gz"
    })
final class CheckCommand extends Subcommand {

  private static final int HOT = 100;

  @Mixin private JobFile job;

  @Mixin private EventsFile events;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "100000",
      description = "rows to read, from the start (default ${DEFAULT-VALUE})")
  private long rows;

  @Override
  void run() throws IOException {
    if (rows < 1) {
      throw badOption("--rows must be >= 1 but was " + rows);
    }
    JobConfig config = job.readWithMasks();
    Path file = events.checked();
    HotValues hot = new HotValues(config.spec().schema(), HOT);
    CheckReport report = new CheckReport(config, hot);
    TimeAdvice advice = new TimeAdvice(config.spec().schema().time(), config.limitsForFiles(), hot);
    boolean whole = read(file, config, advice, report);
    report.print(out(), file.toString(), whole);
    advice.line(report.rows()).ifPresent(line -> out().println(RunSummary.warning(line)));
  }

  /** Reads the sample; true if it is the whole file. */
  private boolean read(Path events, JobConfig config, ValueListener seen, CheckReport report)
      throws IOException {
    try (EventFile file =
        EventFile.open(
            events, config.format(), config.spec().schema(), config.limitsForFiles(), seen)) {
      for (long n = 0; n < rows; n++) {
        EventFile.Row row = file.next(false);
        if (row == null) {
          return true;
        }
        report.add(row);
      }
      return file.next(false) == null;
    }
  }
}
