package io.millrace.runs.page;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.runs.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What has changed in a run directory since a reader last asked, as one answer.
 *
 * <pre>
 * {"status": {...},
 *  "flow": {...} or null,
 *  "files": {"metrics": {"cursor": "5120-9f86d081", "reset": false, "more": false,
 *                        "lines": [...]}, ...},    files without news are left out
 *  "run": {"cursor": "...", "facts": {...}},       run.json; left out if unchanged
 *  "models": {"cursor": "...", "versions": [...]}, left out if unchanged
 *  "names": {"cursor": "...", "fields": {...}}}    values.jsonl; left out if unchanged
 * </pre>
 *
 * <p>Lines are those of the files, character for character.
 */
final class ChangeFeed {

  /** Files of lines by the name that a reader asks for them; those that are absent give nothing. */
  static final Map<String, String> FILES = new LinkedHashMap<>();

  static {
    FILES.put("metrics", RunFiles.METRICS);
    FILES.put("drift", RunFiles.DRIFT);
    FILES.put("counts", RunFiles.COUNTS);
    FILES.put("switches", RunFiles.SWITCHES);
    FILES.put("refreshes", RunFiles.REFRESHES);
    FILES.put("alerts", RunFiles.ALERTS);
    FILES.put("pulse", RunFiles.PULSE);
  }

  /** Values named per field in an answer. */
  private static final int HOT = 10;

  private final Path runDir;
  private final Models models;

  ChangeFeed(Path runDir) {
    this.runDir = runDir;
    this.models = new Models(runDir);
  }

  /**
   * Writes the fields of the answer that come from files.
   *
   * @param cursors what the reader has, by name
   */
  void write(JsonGenerator json, Map<String, String> cursors) throws IOException {
    json.writeObjectFieldStart("files");
    for (Map.Entry<String, String> file : FILES.entrySet()) {
      String cursor = cursors.getOrDefault(file.getKey(), "");
      LineTail tail = LineTail.read(runDir.resolve(file.getValue()), cursor);
      if (!tail.cursor().equals(cursor)) {
        write(json, file.getKey(), tail);
      }
    }
    json.writeEndObject();
    writeRun(json, cursors.getOrDefault("run", ""));
    writeModels(json, cursors.getOrDefault("models", ""));
    writeNames(json, cursors.getOrDefault("names", ""));
  }

  private static void write(JsonGenerator json, String name, LineTail tail) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeStringField("cursor", tail.cursor());
    json.writeBooleanField("reset", tail.reset());
    json.writeBooleanField("more", tail.more());
    json.writeArrayFieldStart("lines");
    for (String line : tail.lines()) {
      json.writeRawValue(line);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void writeRun(JsonGenerator json, String cursor) throws IOException {
    Path file = runDir.resolve(RunFiles.RUN);
    String now = stamp(file);
    if (!now.equals(cursor)) {
      String facts = LineTail.object(Files.readString(file));
      if (!facts.isEmpty()) {
        json.writeObjectFieldStart("run");
        json.writeStringField("cursor", now);
        json.writeFieldName("facts");
        json.writeRawValue(facts);
        json.writeEndObject();
      }
    }
  }

  private void writeModels(JsonGenerator json, String cursor) throws IOException {
    String now = models.tag();
    if (!now.equals(cursor)) {
      json.writeObjectFieldStart("models");
      json.writeStringField("cursor", now);
      json.writeFieldName("versions");
      models.write(json);
      json.writeEndObject();
    }
  }

  private void writeNames(JsonGenerator json, String cursor) throws IOException {
    String now = stamp(runDir.resolve(RunFiles.VALUES));
    if (now.equals(cursor)) {
      return;
    }
    HotNames names = HotNames.read(runDir);
    json.writeObjectFieldStart("names");
    json.writeStringField("cursor", now);
    json.writeObjectFieldStart("fields");
    for (String field : names.fields()) {
      json.writeArrayFieldStart(field);
      for (HotNames.Named name : names.all(field).values().stream().limit(HOT).toList()) {
        json.writeStartObject();
        json.writeStringField("value", name.value());
        json.writeNumberField("count", name.count());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  /** Changes with a file's content; empty while there is none. */
  private static String stamp(Path file) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toMillis() + "-" + Files.size(file);
    } catch (NoSuchFileException e) {
      return "";
    }
  }
}
