package io.millrace.flink.cli;

import io.millrace.format.EventFile;
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
    CheckReport report = new CheckReport(config);
    boolean whole = read(file, config, report);
    report.print(out(), file.toString(), whole);
    report.checkUsable(file.toString());
  }

  /** Reads the sample; true if it is the whole file. */
  private boolean read(Path events, JobConfig config, CheckReport report) throws IOException {
    try (EventFile file =
        EventFile.open(
            events,
            config.format(),
            config.spec().schema(),
            config.limitsForFiles(),
            report.listener())) {
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
