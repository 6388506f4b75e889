package io.millrace.flink.cli;

import io.millrace.event.Schema;
import io.millrace.format.EventFile;
import io.millrace.format.MissingHints;
import io.millrace.format.TimeAdvice;
import io.millrace.jobfile.JobConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

  /** What the check prints at its end, a sentence each. */
  private final List<String> warnings = new ArrayList<>();

  @Override
  void run() throws IOException {
    if (rows < 1) {
      throw badOption("--rows must be >= 1 but was " + rows);
    }
    JobConfig config = job.readWithMasks();
    Path file = events.checked();
    CheckReport report = new CheckReport(config);
    TimeAdvice advice =
        new TimeAdvice(
            config.spec().schema().time(), config.limitsForFiles(), report.listener());
    boolean whole = read(file, config, advice, report);
    report.print(out(), file.toString(), whole);
    warnings.forEach(sentence -> out().println(RunSummary.warning(sentence)));
    advice.line(report.rows()).ifPresent(line -> out().println(RunSummary.warning(line)));
    report.checkUsable(file.toString());
  }

  /** Reads the sample; true if it is the whole file. */
  private boolean read(Path events, JobConfig config, TimeAdvice advice, CheckReport report)
      throws IOException {
    Schema schema = config.spec().schema();
    MissingHints hints = new MissingHints(schema);
    try (EventFile file =
        EventFile.open(
            events, config.format(), schema, config.limitsForFiles(), advice.and(hints))) {
      EventFile.Row row = file.next(false);
      for (long n = 0; n < rows && row != null; n++) {
        report.add(row);
        hints.add(row.decoded());
        row = file.next(false);
      }
      warnings.addAll(file.notes());
      warnings.addAll(hints.found());
      return row == null;
    }
  }
}
