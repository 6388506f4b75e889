package io.millrace.flink.cli;

import io.millrace.format.EventFile;
import io.millrace.format.EventFiles;
import io.millrace.format.EventInput;
import io.millrace.format.EventInputs;
import io.millrace.format.HotValues;
import io.millrace.jobfile.JobConfig;
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
    HotValues hot = new HotValues(config.spec().schema(), HOT);
    CheckReport report = new CheckReport(config, hot);
    try (EventInputs inputs = events.once()) {
      List<String> notes = new ArrayList<>(inputs.notes());
      boolean whole = read(inputs.all(), config, hot, report, notes);
      report.print(out(), EventInput.names(inputs.all()), whole);
      RunSummary.warn(notes, out());
    }
  }

  /** Reads the sample; true if it is the whole log. */
  private boolean read(
      List<EventInput> events,
      JobConfig config,
      HotValues hot,
      CheckReport report,
      List<String> notes)
      throws IOException {
    try (EventFiles files =
        EventFiles.open(
            events, config.format(), config.spec().schema(), config.limitsForFiles(), false, hot)) {
      for (long n = 0; n < rows; n++) {
        EventFile.Row row = files.next();
        if (row == null) {
          notes.addAll(files.notes());
          return true;
        }
        report.add(row);
      }
      boolean whole = files.next() == null;
      notes.addAll(files.notes());
      return whole;
    }
  }
}
