package io.millrace.runs.verdict;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.event.CategoricalField;
import io.millrace.jobfile.ConfigException;
import io.millrace.jobfile.JobConfig;
import io.millrace.runs.RunFiles;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files of a run directory, parsed.
 *
 * @param name of the directory
 * @param place the run directory as a user writes it
 * @param run {@code run.json}; an empty object if there is none
 * @param metrics lines of {@code metrics.jsonl}
 * @param drift lines of {@code drift.jsonl}
 * @param alerts lines of {@code alerts.jsonl}; none without an alert
 * @param switches lines of {@code switches.jsonl}; none if no arm got a new map
 * @param refreshes lines of {@code refreshes.jsonl}; none without a refresh
 * @param warnings lines of {@code warnings.jsonl}; none without a warning
 * @param counts lines of {@code counts.jsonl}
 * @param rejects the first lines of {@code rejects.jsonl}; none without a reject
 * @param values lines of {@code values.jsonl}; none if events had no raw values
 * @param models published models, by arm and version
 * @param problems what is missing or could not be read, one sentence each
 */
public record RunData(
    String name,
    String place,
    JsonNode run,
    List<JsonNode> metrics,
    List<JsonNode> drift,
    List<JsonNode> alerts,
    List<JsonNode> switches,
    List<JsonNode> refreshes,
    List<JsonNode> warnings,
    List<JsonNode> counts,
    List<JsonNode> rejects,
    List<JsonNode> values,
    List<Model> models,
    List<String> problems) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Most broken lines of a file that are named; all are counted. */
  private static final int NAMED_LINES = 3;

  /** Rejected rows shown as examples. */
  private static final int NAMED_REJECTS = 5;

  /** A published model: its arm, its version folder and its manifest. */
  public record Model(String arm, String version, JsonNode manifest) {}

  /** Reads a directory that a user has named as it is. */
  public static RunData read(Path dir) throws IOException {
    return read(dir, dir.toString());
  }

  /**
   * Reads a directory.
   *
   * @param place the run directory as a user writes it
   */
  public static RunData read(Path dir, String place) throws IOException {
    List<String> problems = new ArrayList<>();
    JsonNode run = object(dir.resolve(RunFiles.RUN), "the facts of the run", problems);
    return new RunData(
        String.valueOf(dir.toAbsolutePath().normalize().getFileName()),
        place,
        run,
        lines(dir.resolve(RunFiles.METRICS), "the quality of the arms", problems),
        lines(dir.resolve(RunFiles.DRIFT), "drift of the ids", problems),
        optional(dir.resolve(RunFiles.ALERTS), Integer.MAX_VALUE, problems),
        optional(dir.resolve(RunFiles.SWITCHES), Integer.MAX_VALUE, problems),
        optional(dir.resolve(RunFiles.REFRESHES), Integer.MAX_VALUE, problems),
        optional(dir.resolve(RunFiles.WARNINGS), Integer.MAX_VALUE, problems),
        lines(dir.resolve(RunFiles.COUNTS), "where the events went", problems),
        optional(dir.resolve(RunFiles.REJECTS), NAMED_REJECTS, problems),
        optional(dir.resolve(RunFiles.VALUES), Integer.MAX_VALUE, problems),
        models(dir.resolve(RunFiles.MODELS), problems),
        List.copyOf(problems));
  }

  /** Expected ids of all fields; NaN without the job file, or with one of another version. */
  double expectedIds() {
    try {
      JobConfig job = JobConfig.parse(run.path("config").toString(), RunFiles.RUN);
      return job.spec().schema().fields().stream().mapToLong(CategoricalField::expectedIds).sum();
    } catch (ConfigException e) {
      return Double.NaN;
    }
  }

  private static JsonNode object(Path file, String what, List<String> problems) throws IOException {
    if (!Files.exists(file)) {
      problems.add(file.getFileName() + " is missing: " + what + " cannot be shown.");
      return MAPPER.createObjectNode();
    }
    try {
      JsonNode node = MAPPER.readTree(new String(Files.readAllBytes(file), UTF_8));
      if (node.isObject()) {
        return node;
      }
    } catch (JsonProcessingException e) {
      // reported below, like a file that holds something else
    }
    problems.add(file.getFileName() + " is not a JSON object: " + what + " cannot be shown.");
    return MAPPER.createObjectNode();
  }

  private static List<JsonNode> lines(Path file, String what, List<String> problems)
      throws IOException {
    if (!Files.exists(file)) {
      problems.add(file.getFileName() + " is missing: " + what + " cannot be shown.");
      return List.of();
    }
    List<JsonNode> nodes = optional(file, Integer.MAX_VALUE, problems);
    if (nodes.isEmpty()) {
      problems.add(file.getFileName() + " holds no lines: " + what + " cannot be shown.");
    }
    return nodes;
  }

  /** The first lines of a file, which need not exist. */
  private static List<JsonNode> optional(Path file, int most, List<String> problems)
      throws IOException {
    List<JsonNode> nodes = new ArrayList<>();
    if (!Files.exists(file)) {
      return nodes;
    }
    int broken = 0;
    int number = 0;
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(Files.newInputStream(file), UTF_8))) {
      for (String line = in.readLine(); line != null && nodes.size() < most; line = in.readLine()) {
        number++;
        if (!line.isBlank() && !parse(line, nodes) && ++broken <= NAMED_LINES) {
          problems.add(file.getFileName() + ":" + number + " is not a JSON object; left out.");
        }
      }
    }
    if (broken > NAMED_LINES) {
      problems.add(file.getFileName() + ": " + broken + " lines in all were left out.");
    }
    return nodes;
  }

  private static boolean parse(String line, List<JsonNode> nodes) {
    try {
      JsonNode node = MAPPER.readTree(line);
      return node != null && node.isObject() && nodes.add(node);
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private static List<Model> models(Path folder, List<String> problems) throws IOException {
    List<Model> models = new ArrayList<>();
    for (Path arm : folders(folder)) {
      for (Path version : ModelFolder.versions(arm)) {
        String name = arm.getFileName() + "/" + version.getFileName();
        Path manifest = version.resolve(Manifest.FILE_NAME);
        models.add(
            new Model(
                arm.getFileName().toString(),
                version.getFileName().toString(),
                object(manifest, "model " + name, problems)));
      }
    }
    if (models.isEmpty()) {
      problems.add(RunFiles.MODELS + "/ holds no published model.");
    }
    return models;
  }

  private static List<Path> folders(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(Files::isDirectory).sorted().toList();
    }
  }
}
