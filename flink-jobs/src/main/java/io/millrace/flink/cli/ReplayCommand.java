package io.millrace.flink.cli;

import io.millrace.flink.graph.FileReplay;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.EventReplay;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace replay}: a file into the job's events topic, in event-time order. */
@Command(
    name = "replay",
    description = "Sends a file of events into the job's topic, in event-time order.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example, a day of events in a minute:",
      "  millrace replay --job examples/criteo-80k/job.yaml --events events.csv.gz --speed 1440"
    })
final class ReplayCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(names = "--job", required = true, paramLabel = "FILE", description = "the job file")
  private Path jobFile;

  @Option(names = "--events", required = true, paramLabel = "FILE", description = "the events")
  private Path events;

  @Option(
      names = "--speed",
      paramLabel = "X|max",
      defaultValue = "max",
      description = "event time over wall time; max is as fast as it goes (default: max)")
  private String speed;

  @Override
  public Integer call() throws Exception {
    double factor = factor();
    JobConfig job = JobConfig.read(jobFile);
    InputFile.check(events);
    job.kafka().clients().checkReachable();
    job.kafka().topics().ensure(job.kafka().clients());
    String topic = job.kafka().topics().events();
    PrintWriter out = spec.commandLine().getOut();
    EventReplay.Result result;
    try (Progress progress = Progress.start("replay", "records", out)) {
      result =
          FileReplay.run(
              job.kafka().clients(),
              new EventReplay.Options(topic, factor, EventReplay.Partitioning.SEQUENCE),
              events,
              job,
              progress::at);
    }
    out.printf(
        Locale.ROOT,
        "%,d records in %s, by partition %s, %.1f s%n",
        result.total(),
        topic,
        result.perPartition(),
        result.elapsed().toMillis() / 1e3);
    out.flush();
    return Millrace.OK;
  }

  private double factor() {
    if (speed.equals("max")) {
      return EventReplay.MAX_SPEED;
    }
    try {
      double factor = Double.parseDouble(speed);
      if (factor > 0) {
        return factor;
      }
    } catch (NumberFormatException e) {
      // said below, as for numbers that are not above 0
    }
    throw new IllegalArgumentException("--speed must be a number > 0 or max but was " + speed);
  }
}
