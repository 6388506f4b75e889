package io.millrace.flink.cli;

import io.millrace.dense.MlpSpec;
import io.millrace.flink.store.PublishedModels;
import io.millrace.metric.Metrics;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelDiff;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code millrace models}: which versions are published, what has changed, and which one serves.
 */
@Command(
    name = "models",
    description = "Shows published versions, compares them, and makes servers stay at one.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    subcommands = {
      ModelsCommand.ListVersions.class,
      ModelsCommand.Show.class,
      ModelsCommand.Diff.class,
      ModelsCommand.Activate.class
    },
    footer = {
      "",
      "Examples:",
      "  millrace models list --model runs/a",
      "  millrace models diff --model runs/a/models/two-level --from 6 --to 7",
      "  millrace models activate --model runs/a/models/two-level --version 6",
      "  millrace models activate --model runs/a/models/two-level --version latest"
    })
final class ModelsCommand implements Runnable {

  private static final String LATEST = "latest";

  @Spec private CommandSpec spec;

  /** Fails, because a command is missing. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  /** What the commands share: the folder, or its copy. */
  abstract static class OfModel extends Subcommand {
    @Option(
        names = "--model",
        required = true,
        paramLabel = "DIR|URI",
        description =
            "folder of an arm's published versions, such as runs/a/models/two-level or"
                + " s3://bucket/a/models/two-level")
    private String place;

    private PublishedModels models;
    private Path model;

    @Override
    final void run() throws IOException {
      try (PublishedModels opened = PublishedModels.at(place)) {
        models = opened;
        model = opened.folder();
        show();
      }
    }

    /** Does the work of the command. */
    abstract void show() throws IOException;

    /** Folders of all arms at or below the folder. */
    final List<Path> arms() throws IOException {
      List<Path> arms = ModelsCommand.arms(model);
      if (arms.isEmpty()) {
        throw new NoSuchFileException(place + " (no published model is in it or below it)");
      }
      return arms;
    }

    /** The folder as the user named it. */
    final String place() {
      return place;
    }

    /** Lets servers follow new versions, or makes them stay at one. */
    final void activate(Optional<Long> version) throws IOException {
      arm();
      if (version.isPresent()) {
        models.pin(model, version.get());
      } else {
        models.unpin(model);
      }
    }

    /** Opens a version, and checks it. */
    final LoadedModel open(String text) throws IOException {
      Path version = version(text);
      models.fetch(version);
      return ModelFolder.open(version);
    }

    /**
     * Folder of a version.
     *
     * @throws IllegalArgumentException if it is not there, naming those that are
     */
    private Path version(String text) throws IOException {
      if (text.equals(LATEST)) {
        return Files.exists(model.resolve(Manifest.FILE_NAME)) ? model : ModelFolder.resolve(arm());
      }
      Path version = arm().resolve(ModelFolder.versionName(number(text)));
      if (!Files.exists(version)) {
        List<Long> kept = ModelFolder.versions(arm()).stream().map(ModelFolder::number).toList();
        throw new IllegalArgumentException(
            "the version must be one of " + kept + ", which " + place + " holds, but was " + text);
      }
      return version;
    }

    /**
     * The folder of an arm.
     *
     * @throws IllegalArgumentException if arms are below it, naming one
     * @throws NoSuchFileException if none is
     */
    private Path arm() throws IOException {
      List<Path> arms = ModelsCommand.arms(model);
      if (!arms.isEmpty() && !arms.get(0).equals(model)) {
        throw new IllegalArgumentException(
            "--model must be the folder of one arm, such as %s, but %s holds %d arm(s)"
                .formatted(models.named(arms.get(0).toString()), place, arms.size()));
      }
      if (arms.isEmpty()) {
        throw new NoSuchFileException(place + " (the folder of an arm has a file LATEST)");
      }
      return model;
    }

    private long number(String text) {
      if (!text.matches("v?\\d{1,18}")) {
        throw badOption("a version must be a number or latest but was '" + text + "'");
      }
      return Long.parseLong(text.replace("v", ""));
    }
  }

  /** {@code models list}. */
  @Command(
      name = "list",
      description = {
        "Lists the versions of an arm, or of all arms below the folder, oldest first.",
        "AUC and NE are those of the last window that closed before the version; each of its events"
            + " was predicted before it was learned from."
      })
  static final class ListVersions extends OfModel {
    @Override
    void show() throws IOException {
      List<Path> arms = arms();
      out().printf(LINE, "arm", "version", "newest event", "learned", "AUC", "NE", "bytes", "");
      for (Path arm : arms) {
        for (Path version : ModelFolder.versions(arm)) {
          list(arm, version, out());
        }
      }
    }

    private static final String LINE = "%-20s %8s  %-20s %12s  %6s  %6s  %10s  %s%n";

    private static void list(Path arm, Path version, PrintWriter out) {
      Manifest manifest;
      try {
        manifest = ModelFolder.manifest(version);
      } catch (IOException e) {
        String name = arm.getFileName().toString();
        String why = "damaged: " + e.getMessage();
        out.printf(LINE, name, ModelFolder.number(version), "-", "-", "-", "-", "-", why);
        return;
      }
      Origin origin = manifest.origin();
      Optional<Metrics> window = Optional.ofNullable(origin.window()).map(w -> w.metrics());
      out.printf(
          LINE,
          origin.arm(),
          origin.modelVersion(),
          time(origin.lastEventTime()),
          String.format(Locale.ROOT, "%,d", origin.eventsLearned()),
          figure(window.map(Metrics::auc)),
          figure(window.map(Metrics::ne)),
          String.format(Locale.ROOT, "%,d", bytes(manifest)),
          state(arm, version));
    }

    private static String state(Path arm, Path version) {
      Optional<Path> pinned;
      boolean newest;
      try {
        pinned = ModelFolder.pinned(arm);
        newest = ModelFolder.resolve(arm).equals(version);
      } catch (IOException e) {
        return "damaged pointer: " + e.getMessage();
      }
      if (pinned.isPresent()) {
        return pinned.get().equals(version) ? "pinned" : newest ? "newest, not served" : "";
      }
      return newest ? "newest" : "";
    }
  }

  /** {@code models show}. */
  @Command(name = "show", description = "Shows what a version is and where it comes from.")
  static final class Show extends OfModel {
    @Option(
        names = "--version",
        paramLabel = "N",
        defaultValue = LATEST,
        description = "number of the version, or latest (default: latest)")
    private String version;

    @Override
    void show() throws IOException {
      LoadedModel loaded = open(version);
      Manifest manifest = loaded.manifest();
      Origin origin = manifest.origin();
      row("arm", origin.arm() + ", seed " + origin.seed());
      row("version", Long.toString(origin.modelVersion()));
      row("learned", String.format(Locale.ROOT, "%,d events", origin.eventsLearned()));
      row("events of", time(origin.firstEventTime()) + " to " + time(origin.lastEventTime()));
      if (origin.window() != null) {
        Metrics metrics = origin.window().metrics();
        row(
            "last window",
            String.format(
                Locale.ROOT,
                "%s to %s: %,d events, AUC %s, NE %s, calibration %s",
                time(origin.window().start()),
                time(origin.window().end()),
                metrics.events(),
                figure(Optional.of(metrics.auc())),
                figure(Optional.of(metrics.ne())),
                figure(Optional.of(metrics.calibration()))));
      }
      row("bytes", String.format(Locale.ROOT, "%,d", bytes(manifest)));
      manifest.network().ifPresent(network -> network(network, origin));
      manifest
          .linear()
          .ifPresent(
              part ->
                  row(
                      "linear part",
                      part.slots()
                          + " weights, "
                          + part.precision().name().toLowerCase(Locale.ROOT)));
      row("checked", "checksums, shapes and parameters are right");
    }

    private void network(Manifest.Network network, Origin origin) {
      row(
          "network",
          "dim "
              + network.dim()
              + ", bottom "
              + sizes(network.bottom())
              + ", top "
              + sizes(network.top()));
      for (Manifest.Field field : network.fields()) {
        String map =
            origin.maps().stream()
                .filter(used -> used.field().equals(field.name()))
                .map(used -> " " + used.version())
                .findFirst()
                .orElse("");
        row(
            "field " + field.name(),
            String.format(
                Locale.ROOT,
                "%,d rows of %d, %s%s",
                field.rows(),
                field.rowLength(),
                field.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                map));
      }
    }

    private static String sizes(MlpSpec mlp) {
      return String.join("-", mlp.sizes().stream().map(String::valueOf).toList());
    }

    private void row(String name, String value) {
      out().printf("%-18s %s%n", name, value);
    }
  }

  /** {@code models diff}. */
  @Command(
      name = "diff",
      description = {
        "Compares two versions of an arm, part by part.",
        "Change is the length of the difference of all parameters that are compared, divided by"
            + " their length before. Rows of different maps are not compared."
      })
  static final class Diff extends OfModel {
    @Option(
        names = "--from",
        required = true,
        paramLabel = "N",
        description = "the earlier version")
    private String from;

    @Option(
        names = "--to",
        paramLabel = "N",
        defaultValue = LATEST,
        description = "the later version, or latest (default: latest)")
    private String to;

    private static final String LINE = "%-24s %12s %12s %10s  %s%n";

    @Override
    void show() throws IOException {
      LoadedModel before = open(from);
      LoadedModel after = open(to);
      out()
          .printf(
              Locale.ROOT,
              "%s: version %d to %d, %+,d events learned%n",
              after.manifest().origin().arm(),
              before.version(),
              after.version(),
              after.eventsLearned() - before.eventsLearned());
      out().printf(LINE, "part", "changed", "of", "change", "");
      for (ModelDiff.Part part : ModelDiff.of(before, after)) {
        out()
            .printf(
                LINE,
                part.name(),
                part.comparable() ? String.format(Locale.ROOT, "%,d", part.changed()) : "-",
                String.format(Locale.ROOT, "%,d", part.total()),
                part.comparable() ? String.format(Locale.ROOT, "%.4f", part.change()) : "-",
                part.note());
      }
    }
  }

  /** {@code models activate}. */
  @Command(
      name = "activate",
      description = {
        "Makes servers stay at a version, whatever is published, until `--version latest`.",
        "Servers that follow the folder change within their --poll-ms. The version is not deleted"
            + " while it is pinned."
      })
  static final class Activate extends OfModel {
    @Option(
        names = "--version",
        required = true,
        paramLabel = "N",
        description = "number of the version, or latest to follow new versions again")
    private String version;

    @Override
    void show() throws IOException {
      if (version.equals(LATEST)) {
        activate(Optional.empty());
        out().println("servers follow new versions of " + place());
      } else {
        LoadedModel loaded = open(version); // refuses a damaged one
        activate(Optional.of(loaded.version()));
        out()
            .printf(
                "servers stay at version %d of %s; follow new versions again with --version latest%n",
                loaded.version(), place());
      }
    }
  }

  /** Folders of arms at, or one or two levels below, a folder. */
  private static List<Path> arms(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      throw new NoSuchFileException(folder.toString());
    }
    if (!Files.isDirectory(folder)) {
      throw new NotDirectoryException(folder.toString());
    }
    Path models = folder.resolve("models");
    Path above = Files.isDirectory(models) ? models : folder;
    if (Files.exists(above.resolve(ModelFolder.LATEST))) {
      return List.of(above);
    }
    try (Stream<Path> children = Files.list(above)) {
      return children
          .filter(child -> Files.exists(child.resolve(ModelFolder.LATEST)))
          .sorted()
          .toList();
    }
  }

  private static long bytes(Manifest manifest) {
    return manifest.files().stream().mapToLong(Manifest.FileEntry::bytes).sum();
  }

  private static String time(long millis) {
    boolean known = millis != Long.MAX_VALUE && millis != Long.MIN_VALUE;
    return known ? Instant.ofEpochMilli(millis / 1000 * 1000).toString() : "-";
  }

  private static String figure(Optional<Double> value) {
    return value
        .filter(Double::isFinite)
        .map(number -> String.format(Locale.ROOT, "%.4f", number))
        .orElse("-");
  }
}
