package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A run directory that a test fills with arms and windows of its own. */
final class StoredRun {

  static final long START = 1_704_067_200_000L;
  static final long DAY = 86_400_000;

  final Path dir;
  private final StringBuilder metrics = new StringBuilder();
  private final StringBuilder arms = new StringBuilder();

  StoredRun(Path dir) {
    this.dir = dir;
  }

  /** An arm of the job file. */
  StoredRun arm(String name, String hash) {
    return arm(name, hash, "plain", "");
  }

  /** An arm with a kind of table and a budget in bytes, empty for none. */
  StoredRun arm(String name, String hash, String table, String bytes) {
    arms.append(arms.isEmpty() ? "" : ",")
        .append(
            "{\"name\":\"%s\",\"hash\":\"%s\",\"table\":\"%s\",\"bytes\":\"%s\"}"
                .formatted(name, hash, table, bytes));
    return this;
  }

  /** One window of an arm; {@code bytes} are those of its rows. */
  StoredRun window(String arm, int seed, int window, double auc, long bytes) {
    metrics.append(
        String.format(
            Locale.ROOT,
            "{\"arm\":\"%s\",\"seed\":%d,\"window_start\":%d,\"window_end\":%d,\"events\":1000,"
                + "\"auc\":%.5f,\"ne\":0.9,\"logloss\":0.5,\"calibration\":1.01,\"rows\":10,"
                + "\"embedding_bytes\":%d,\"map_bytes\":0,\"linear_bytes\":0}%n",
            arm,
            seed,
            START + window * DAY,
            START + (window + 1) * DAY,
            auc,
            bytes));
    return this;
  }

  /** A published version of an arm. */
  StoredRun published(String arm) throws IOException {
    Path version = Files.createDirectories(dir.resolve("models/" + arm + "/v000001"));
    Files.writeString(version.resolve("manifest.json"), "{}");
    return this;
  }

  StoredRun write(String file, String text) throws IOException {
    Files.writeString(dir.resolve(file), text);
    return this;
  }

  Briefing briefing() throws IOException {
    write("run.json", "{\"config\":{\"arms\":[" + arms + "]}}");
    write("metrics.jsonl", metrics.toString());
    return Briefing.of(dir, "runs/a");
  }

  static JsonNode alert(long time, String stream, String of, double before, double value)
      throws IOException {
    boolean field = stream.equals("psi") || stream.equals("new_traffic");
    return new ObjectMapper()
        .readTree(
            String.format(
                Locale.ROOT,
                "{\"time\":%d,\"stream\":\"%s\",\"field\":%s,\"arm\":%s,\"seed\":0,\"value\":%s,"
                    + "\"before\":%s}",
                time,
                stream,
                field ? "\"" + of + "\"" : "null",
                field || of == null ? "null" : "\"" + of + "\"",
                value,
                before));
  }
}
