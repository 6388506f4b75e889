package io.millrace.flink.cli;

import io.millrace.generator.DayFacts;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedCsv;
import io.millrace.generator.PlantedStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace generate}: a click stream with planted clusters as csv. */
@Command(
    name = "generate",
    description = {
      "Writes a click stream with planted clusters of ids, and prints the AUC and log loss of the"
          + " best possible model for each day. Equal options and seeds give equal events."
    },
    footer = {
      "",
      "Example:",
      "  millrace generate --preset planted --seed 0 --output events.csv.gz"
    })
final class GenerateCommand extends Subcommand {

  @Option(
      names = "--preset",
      defaultValue = "planted",
      paramLabel = "NAME",
      description = {
        "planted: 537,000 ids in eight fields, eight days of 200,000 events; demo: the same with"
            + " 80,550 ids and days of 30,000 events; stationary: the size of demo, without any"
            + " drift; drift: stationary, with new clusters for half of the ids on day 4, new"
            + " ids on day 6 and swapped popularity on day 7, days counted from 0 (default: ${DEFAULT-VALUE})"
      })
  private String preset;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "N",
      description = "root seed, any 64-bit number (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(names = "--days", paramLabel = "N", description = "days, at least 1 (default: 8)")
  private Integer days;

  @Option(
      names = "--events-per-day",
      paramLabel = "N",
      description = "events in each day, at least 1 (default: the preset's)")
  private Integer eventsPerDay;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "csv with a header line; a name ending in .gz is compressed")
  private Path output;

  @Override
  void run() throws IOException {
    OutputFile.check("--output", output);
    PlantedStream stream = new PlantedStream(options(), seed);
    long events = PlantedCsv.write(stream, output, new DayLines(out(), stream)::print);
    out().printf("%,d events in %s%n", events, output);
  }

  private GeneratorOptions options() {
    Map<String, GeneratorOptions> presets = new TreeMap<>(GeneratorOptions.presets());
    GeneratorOptions options = presets.get(preset);
    if (options == null) {
      throw new IllegalArgumentException(
          "preset must be one of " + presets.keySet() + " but was '" + preset + "' (--preset)");
    }
    if (days != null) {
      options = options.withDays(days);
    }
    if (eventsPerDay != null) {
      options = options.withEventsPerDay(eventsPerDay);
    }
    return options;
  }

  /** Prints a line for each day that is complete. */
  private static final class DayLines {
    private final PrintWriter out;
    private final PlantedStream stream;
    private int printed;

    DayLines(PrintWriter out, PlantedStream stream) {
      this.out = out;
      this.stream = stream;
    }

    void print(long events) {
      for (; printed < stream.facts().size(); printed++) {
        DayFacts day = stream.facts().get(printed);
        out.printf(
            "day %d: %,d events, %.1f %% clicks, best possible AUC %.4f, log loss %.4f%n",
            day.day() + 1,
            day.events(),
            100.0 * day.positives() / day.events(),
            day.auc(),
            day.logLoss());
      }
    }
  }
}
