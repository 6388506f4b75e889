package io.millrace.tests.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.file.EventInput;
import io.millrace.jobfile.JobConfig;
import io.millrace.runs.RunFacts;
import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What figures measure, kept in {@code tests/target/lab}: with {@code -Dlab.reuse=true} pages are
 * written anew from there.
 */
final class Measured {

  /** Where pages are published. */
  static final Path DOCS = ProjectRoot.find().resolve("docs/lab");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String COMMIT = "millrace.commit";

  /** Something to measure. */
  @FunctionalInterface
  interface Measurement {
    Results run() throws IOException;
  }

  private Measured() {}

  static Path folder() throws IOException {
    return Files.createDirectories(ProjectRoot.find().resolve("tests/target/lab"));
  }

  private static boolean reuse() {
    return Boolean.getBoolean("lab.reuse");
  }

  /** Runs {@code train} and returns its run directory, with {@code lab.json} in it. */
  static Path train(String name, String job, Path events, List<Long> seeds) throws IOException {
    Path run = folder().resolve(name);
    Path file = folder().resolve(name + ".yaml");
    if (reuse() && Files.exists(record(run)) && Files.readString(file).equals(job)) {
      return run;
    }
    Files.writeString(file, job);
    nameCommit();
    String roots = seeds.stream().map(seed -> Long.toString(seed)).collect(Collectors.joining(","));
    long start = System.nanoTime();
    Commands.succeed(
        "train", "--job", file, "--events", events, "--run-dir", run, "--seeds", roots);
    ObjectNode facts = (ObjectNode) JSON.readTree(run.resolve("run.json").toFile());
    write(record(run), facts, start);
    return run;
  }

  /**
   * The record of a run: what {@code run.json} says but for the job's keys, and how long it took.
   */
  static Path record(Path run) {
    return run.resolve("lab.json");
  }

  static JsonNode read(Path record) throws IOException {
    return JSON.readTree(record.toFile());
  }

  private static void write(Path record, ObjectNode facts, long start) throws IOException {
    facts.remove("config");
    facts.put("seconds", Math.round((System.nanoTime() - start) / 1e9));
    JSON.writeValue(record.toFile(), facts);
  }

  /** The log that the generator writes for a preset. */
  static Path generate(String preset, long seed) throws IOException {
    Path log = folder().resolve(preset + "-" + seed + ".csv.gz");
    if (!Files.exists(log)) {
      Commands.succeed("generate", "--preset", preset, "--seed", seed, "--output", log);
    }
    return log;
  }

  /**
   * Measures; the values are kept in {@code NAME.csv}, the record in {@code NAME.json}.
   *
   * @param logs the files of events, if there are any
   */
  static Results results(
      String name, JobConfig job, List<Long> seeds, List<EventInput> logs, Measurement measurement)
      throws IOException {
    Path file = folder().resolve(name + ".csv");
    if (!reuse() || !Files.exists(file)) {
      nameCommit();
      ObjectNode facts = RunFacts.of("lab", job, seeds, logs);
      long start = System.nanoTime();
      measurement.run().write(file);
      write(folder().resolve(name + ".json"), facts, start);
    }
    return Results.read(file);
  }

  /** Lets run records name the commit, as the launcher does. */
  private static void nameCommit() throws IOException {
    if (System.getProperty(COMMIT) == null) {
      Process git =
          new ProcessBuilder(
                  "git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*")
              .directory(ProjectRoot.find().toFile())
              .start();
      System.setProperty(COMMIT, new String(git.getInputStream().readAllBytes(), UTF_8).strip());
    }
  }
}
