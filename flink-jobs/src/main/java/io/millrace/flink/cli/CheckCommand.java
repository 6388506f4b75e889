package io.millrace.flink.cli;

import io.millrace.format.EventFile;
import io.millrace.format.HotValues;
import io.millrace.jobfile.JobConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace check}: reads a sample of a log and prints what it understood. */
@Command(
    name = "check",
    description = "Reads a sample of events and prints what it understood, and suggested sizes.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  millrace check --job examples/criteo-80k/job.yaml --events events.csv.gz"
    })
final class CheckCommand implements Callable<Integer> {

  private static final int HOT = 100;

  @Spec private CommandSpec spec;

  @Option(names = "--job", required = true, paramLabel = "FILE", description = "the job file")
  private Path job;

  @Option(
      names = "--events",
      required = true,
      paramLabel = "FILE",
      description = "csv, tsv or jsonl, plain or gzipped")
  private Path events;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "100000",
      description = "rows to read, from the start (default ${DEFAULT-VALUE})")
  private long rows;

  @Override
  public Integer call() throws IOException {
    if (rows < 1) {
      throw new ParameterException(spec.commandLine(), "--rows must be >= 1 but was " + rows);
    }
    JobConfig config = JobConfig.read(job);
    config.checkMasks();
    InputFile.check(events);
    HotValues hot = new HotValues(config.spec().schema(), HOT);
    CheckReport report = new CheckReport(config, hot);
    boolean whole = read(config, hot, report);
    PrintWriter out = spec.commandLine().getOut();
    report.print(out, events.toString(), whole);
    out.flush();
    return Millrace.OK;
  }

  private boolean read(JobConfig config, HotValues hot, CheckReport report) throws IOException {
    try (EventFile file =
        EventFile.open(
            events, config.format(), config.spec().schema(), config.limitsForFiles(), hot)) {
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
