package io.millrace.tests.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The runs behind the figure of PEP: searches by granularity and share of the weights kept, and the
 * retraining of what a search over the first half of the days has left. Every seed has a run of its
 * own, as a run keeps the models of its first seed.
 */
final class PepRuns {

  static final List<String> GRANULARITIES =
      List.of("global", "dimension", "feature", "feature-dimension");

  private PepRuns() {}

  static List<String> kept(String log) {
    return log.equals(CollideRuns.DEMO) ? List.of("0.05", "0.2") : List.of("0.02", "0.1", "0.3");
  }

  static List<Long> seeds(String log) {
    return log.equals(CollideRuns.CRITEO) ? CollideRuns.SEEDS.subList(0, 2) : CollideRuns.WORLDS;
  }

  static String arm(String granularity, String keep) {
    return "pep-" + granularity + "-" + keep;
  }

  /** Searches over the whole log. */
  static List<Path> search(String log) throws IOException {
    List<Path> runs = new ArrayList<>();
    for (long seed : seeds(log)) {
      runs.add(search(log, seed));
    }
    return runs;
  }

  private static Path search(String log, long seed) throws IOException {
    List<String> arms = new ArrayList<>(List.of("name: full, hash: full"));
    for (String granularity : GRANULARITIES) {
      for (String keep : kept(log)) {
        arms.add(
            "name: %s, hash: full, table: pep, pep: {keep: %s, granularity: %s}"
                .formatted(arm(granularity, keep), keep, granularity));
      }
    }
    String job = LabJobs.with(CollideRuns.job(log), arms).replace("keep: 1,", "keep: 20,");
    return Measured.train("pep-" + log + "-" + seed, job, events(log, seed), List.of(seed));
  }

  /** Tables that start again, with the weights that the search of the first four days has left. */
  static List<Path> retrained(String log) throws IOException {
    List<Path> runs = new ArrayList<>();
    for (long seed : seeds(log)) {
      Path models = search(log, seed).resolve("models");
      List<String> arms = new ArrayList<>();
      for (String granularity : GRANULARITIES) {
        for (String keep : kept(log)) {
          String arm = arm(granularity, keep);
          arms.add(
              "name: %s, hash: full, table: pep, mask_from: %s"
                  .formatted("re-" + arm, version(models.resolve(arm), 4)));
        }
      }
      String job = LabJobs.with(CollideRuns.job(log), arms);
      runs.add(
          Measured.train(
              "pep-retrained-" + log + "-" + seed, job, events(log, seed), List.of(seed)));
    }
    return runs;
  }

  /** The model that was published at the end of a day, from 1. */
  private static Path version(Path arm, int day) throws IOException {
    try (Stream<Path> versions = Files.list(arm)) {
      return versions
          .filter(Files::isDirectory)
          .sorted(Comparator.comparing(Path::toString))
          .skip(day - 1)
          .findFirst()
          .orElseThrow();
    }
  }

  private static Path events(String log, long seed) throws IOException {
    return log.equals(CollideRuns.DEMO) ? Measured.generate("demo", seed) : CollideRuns.events(log);
  }
}
