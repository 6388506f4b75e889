package io.millrace.flink.cli;

import io.millrace.event.Schema;
import io.millrace.file.EventFiles;
import io.millrace.file.EventInput;
import io.millrace.file.EventInputs;
import io.millrace.format.EventRow;
import io.millrace.format.MissingHints;
import io.millrace.jobfile.JobConfig;
import io.millrace.values.TimeAdvice;
import java.io.IOException;
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
      "Examples:",
      "  millrace check --job examples/criteo-80k/job.yaml --events events.csv.gz",
      "  millrace check --job job.yaml --events 'logs/*.jsonl.zst' --events more/",
      "  xz -dc events.csv.xz | millrace check --job job.yaml --events -"
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
    try (EventInputs inputs = events.once()) {
      warnings.addAll(inputs.notes());
      check(config, inputs.all());
    }
  }

  private void check(JobConfig config, List<EventInput> inputs) throws IOException {
    CheckReport report = new CheckReport(config);
    TimeAdvice advice =
        new TimeAdvice(config.spec().schema().time(), config.limitsForFiles(), report.listener());
    boolean whole = read(inputs, config, advice, report);
    String names = EventInput.names(inputs);
    report.print(out(), names, whole);
    RunSummary.warn(warnings, out());
    advice.line(report.rows()).ifPresent(line -> out().println(RunSummary.warning(line)));
    report.checkUsable(names);
  }

  /** Reads the sample; true if it is the whole log. */
  private boolean read(
      List<EventInput> inputs, JobConfig config, TimeAdvice advice, CheckReport report)
      throws IOException {
    Schema schema = config.spec().schema();
    MissingHints hints = new MissingHints(schema);
    try (EventFiles files =
        EventFiles.open(
            inputs, config.format(), schema, config.limitsForFiles(), false, advice.and(hints))) {
      EventRow row = files.next();
      for (long n = 0; n < rows && row != null; n++) {
        report.add(row);
        hints.add(row.decoded());
        row = files.next();
      }
      warnings.addAll(files.notes());
      warnings.addAll(hints.found());
      return row == null;
    }
  }
}
