package io.millrace.runs.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.millrace.runs.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The changes in a run directory since a reader's last request, as one answer.
 *
 * <pre>
 * {"status": {...},
 *  "flow": {...} or null,
 *  "files": {"metrics": {"cursor": "5120-9f86d081", "reset": false, "more": false,
 *                        "lines": [...]}, ...},    unchanged files are left out
 *  "run": {"cursor": "...", "facts": {...}},       run.json; left out if unchanged
 *  "models": {"cursor": "...", "versions": [...]}, left out if unchanged
 *  "names": {"cursor": "...", "fields": {...}},    values.jsonl; left out if unchanged
 *  "briefing": {"cursor": "...", "facts": {...}}}  see Briefing; left out if unchanged
 * </pre>
 *
 * <p>Lines are those of the files, character for character.
 */
final class ChangeFeed {

  /** Files of lines, by their name in requests and answers; a file need not exist. */
  static final Map<String, String> FILES = new LinkedHashMap<>();

  static {
    FILES.put("metrics", RunFiles.METRICS);
    FILES.put("drift", RunFiles.DRIFT);
    FILES.put("counts", RunFiles.COUNTS);
    FILES.put("switches", RunFiles.SWITCHES);
    FILES.put("refreshes", RunFiles.REFRESHES);
    FILES.put("alerts", RunFiles.ALERTS);
    FILES.put("pulse", RunFiles.PULSE);
    FILES.put("warnings", RunFiles.WARNINGS);
  }

  /** Most values of a field in an answer. */
  private static final int HOT = 10;

  private final Path runDir;
  private final Models models;
  private final NewestBriefing briefing;

  /**
   * The feed of a run.
   *
   * @param place the run directory as a user writes it
   */
  ChangeFeed(Path runDir, String place) {
    this.runDir = runDir;
    this.models = new Models(runDir);
    this.briefing = new NewestBriefing(runDir, place);
  }

  /**
   * Adds the fields of the answer that come from files.
   *
   * @param cursors the reader's cursors, by name
   */
  void add(ObjectNode answer, Map<String, String> cursors) throws IOException {
    ObjectNode files = answer.putObject("files");
    for (Map.Entry<String, String> file : FILES.entrySet()) {
      String cursor = cursors.getOrDefault(file.getKey(), "");
      LineTail tail = LineTail.read(runDir.resolve(file.getValue()), cursor);
      if (!tail.cursor().equals(cursor)) {
        ObjectNode changed = files.putObject(file.getKey());
        changed.put("cursor", tail.cursor()).put("reset", tail.reset()).put("more", tail.more());
        ArrayNode lines = changed.putArray("lines");
        tail.lines().forEach(line -> lines.addRawValue(new RawValue(line)));
      }
    }
    addRun(answer, cursors.getOrDefault("run", ""));
    addModels(answer, cursors.getOrDefault("models", ""));
    addNames(answer, cursors.getOrDefault("names", ""));
    briefing.add(answer, cursors.getOrDefault("briefing", ""));
  }

  private void addRun(ObjectNode answer, String cursor) throws IOException {
    Path file = runDir.resolve(RunFiles.RUN);
    String now = stamp(file);
    if (!now.equals(cursor)) {
      String facts = LineTail.object(Files.readString(file));
      if (!facts.isEmpty()) {
        ObjectNode run = answer.putObject("run").put("cursor", now);
        run.putRawValue("facts", new RawValue(facts));
      }
    }
  }

  private void addModels(ObjectNode answer, String cursor) throws IOException {
    String now = models.tag();
    if (!now.equals(cursor)) {
      answer.putObject("models").put("cursor", now).set("versions", models.json());
    }
  }

  private void addNames(ObjectNode answer, String cursor) throws IOException {
    String now = stamp(runDir.resolve(RunFiles.VALUES));
    if (now.equals(cursor)) {
      return;
    }
    HotNames names = HotNames.read(runDir);
    ObjectNode fields = answer.putObject("names").put("cursor", now).putObject("fields");
    for (String field : names.fields()) {
      ArrayNode hot = fields.putArray(field);
      for (HotNames.Named name : names.all(field).values().stream().limit(HOT).toList()) {
        hot.addObject().put("value", name.value()).put("count", name.count());
      }
    }
  }

  /** A text that changes when the file changes; empty while there is no file. */
  private static String stamp(Path file) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toMillis() + "-" + Files.size(file);
    } catch (NoSuchFileException e) {
      return "";
    }
  }
}
