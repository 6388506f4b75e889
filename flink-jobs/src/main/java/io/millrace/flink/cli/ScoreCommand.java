package io.millrace.flink.cli;

import io.millrace.event.EventLimits;
import io.millrace.file.EventInputs;
import io.millrace.flink.store.PublishedModels;
import io.millrace.format.FileFormat;
import io.millrace.format.TextFormat;
import io.millrace.serving.FileScorer;
import io.millrace.serving.Scorer;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.ModelFolder;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace score}: predictions of a published model for a file of events. */
@Command(
    name = "score",
    description = "Predicts every event of files with a published model.",
    footer = {
      "",
      "The output is CSV with the header prediction,model_version,map_version,reason and a line"
          + " for each row of the input, in its order. A row that cannot be read has a reason instead"
          + " of a prediction. Label and time are not read. A column of the model that the file"
          + " lacks counts as missing, and is named.",
      "",
      "Example:",
      "  millrace score --model runs/a/models/learned --events day9.csv --output scores.csv"
    })
final class ScoreCommand extends Subcommand {

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR|URI",
      description =
          "folder of an arm (its newest version is taken) or of a version, such as runs/a/models/b"
              + " or s3://bucket/a/models/b")
  private String model;

  @Mixin private EventsFile eventsFile;

  @Option(names = "--output", required = true, paramLabel = "FILE", description = "the CSV")
  private Path output;

  @Option(
      names = "--format",
      paramLabel = "csv|tsv|jsonl|parquet",
      description = "format of the events (default: from the file's name, or else the job's)")
  private TextFormat format;

  @Mixin private LimitOptions limits;

  @Override
  void run() throws IOException {
    EventLimits allowed = limits.limits();
    LoadedModel loaded = load();
    OutputFile.check("--output", output);
    FileFormat written = format == null ? null : withHeader(loaded);
    FileScorer.Totals totals;
    try (EventInputs events = eventsFile.once()) {
      RunSummary.warn(events.notes(), out());
      totals =
          new FileScorer(
                  new Scorer(loaded), allowed, line -> out().println(RunSummary.warning(line)))
              .score(events.all(), written, output);
    }
    out()
        .printf(
            "%s version %d scored %d events, rejected %d%n",
            loaded.manifest().origin().arm(), loaded.version(), totals.scored(), totals.rejected());
    totals.notes().forEach(note -> out().println(RunSummary.warning(note)));
  }

  private LoadedModel load() throws IOException {
    try (PublishedModels models = PublishedModels.at(model)) {
      if (!ModelFolder.isPublished(models.folder())) {
        throw new NoSuchFileException(
            model + " (a published model has a manifest.json, an arm's folder a LATEST)");
      }
      Path version = ModelFolder.resolve(models.folder());
      models.fetch(version);
      return ModelFolder.open(version);
    }
  }

  /** The format of {@code --format}; separator and encoding are the job's if the type is. */
  private FileFormat withHeader(LoadedModel loaded) {
    FileFormat jobs = loaded.manifest().origin().eventFormat();
    return jobs != null && jobs.text() == format ? jobs.withHeader() : FileFormat.of(format);
  }
}
