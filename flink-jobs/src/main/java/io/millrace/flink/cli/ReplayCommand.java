package io.millrace.flink.cli;

import io.millrace.file.EventInput;
import io.millrace.file.EventInputs;
import io.millrace.flink.graph.FileReplay;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.EventReplay;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace replay}: files into the job's events topic, in event-time order. */
@Command(
    name = "replay",
    description = "Sends files of events into the job's topic, in event-time order.",
    footer = {
      "",
      "Example, a day of events in a minute:",
      "  millrace replay --job examples/criteo-80k/job.yaml --events events.csv.gz --speed 1440"
    })
final class ReplayCommand extends Subcommand {

  @Mixin private KafkaJobFile jobFile;

  @Mixin private EventsFile eventsFile;

  @Option(
      names = "--speed",
      paramLabel = "X|max",
      defaultValue = "max",
      description = "event time over wall time; max is as fast as it goes (default: max)")
  private String speed;

  @Override
  void run() throws Exception {
    double factor = factor();
    JobConfig job = jobFile.read();
    try (EventInputs events = eventsFile.again()) {
      RunSummary.warn(events.notes(), out());
      replay(events.all(), job, factor);
    }
  }

  private void replay(List<EventInput> events, JobConfig job, double factor) throws IOException {
    job.kafka().clients().checkReachable();
    job.kafka().topics().ensure(job.kafka().clients());
    String topic = job.kafka().topics().events();
    EventReplay.Result result;
    try (Progress progress = Progress.start("replay", "records", out())) {
      result =
          FileReplay.run(
              job.kafka().clients(),
              new EventReplay.Options(topic, factor, EventReplay.Partitioning.SEQUENCE),
              events,
              job,
              listener(progress, factor < EventReplay.MAX_SPEED));
    }
    out()
        .printf(
            Locale.ROOT,
            "%,d records in %s, by partition %s, %.1f s%n",
            result.total(),
            topic,
            result.perPartition(),
            result.elapsed().toMillis() / 1e3);
  }

  /** A paced replay shows no share: its reader is ahead of it, by a whole file if that is small. */
  private static FileReplay.Listener listener(Progress progress, boolean paced) {
    return new FileReplay.Listener() {
      @Override
      public void at(double share, long sent) {
        progress.at(paced ? Double.NaN : share, sent);
      }

      @Override
      public void note(String sentence) {
        progress.println(RunSummary.warning(sentence));
      }
    };
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
