package io.millrace.flink.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.flink.run.RunFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;

/** Prints a line for every window that closes in a run directory, while a job writes to it. */
final class RunFollower {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path metrics;
  private final PrintWriter out;
  private long position;

  RunFollower(Path runDir, PrintWriter out) {
    this.metrics = runDir.resolve(RunFiles.METRICS);
    this.out = out;
  }

  /** Prints what is new; a file that was cut back after a restart is read again from there. */
  void poll() throws IOException {
    if (!Files.exists(metrics)) {
      return;
    }
    try (RandomAccessFile file = new RandomAccessFile(metrics.toFile(), "r")) {
      position = Math.min(position, file.length());
      byte[] bytes = new byte[(int) (file.length() - position)];
      file.seek(position);
      file.readFully(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      int end = text.lastIndexOf('\n') + 1;
      text.substring(0, end).lines().forEach(this::print);
      position += text.substring(0, end).getBytes(StandardCharsets.UTF_8).length;
    }
    out.flush();
  }

  private void print(String json) {
    try {
      JsonNode line = JSON.readTree(json);
      out.printf(
          Locale.ROOT,
          "%s  %-18s  %,9d events  AUC %.4f  NE %.4f%n",
          Instant.ofEpochMilli(line.path("window_start").asLong())
              .toString()
              .replace("T00:00:00Z", ""),
          line.path("arm").asText(),
          line.path("events").asLong(),
          line.path("auc").asDouble(Double.NaN),
          line.path("ne").asDouble(Double.NaN));
    } catch (IOException e) {
      out.println(json);
    }
  }

  /** The last line of {@code counts.jsonl} as a sentence. */
  static String totals(Path runDir) throws IOException {
    Path counts = runDir.resolve(RunFiles.COUNTS);
    String last = "{}";
    if (Files.exists(counts)) {
      for (String line : Files.readAllLines(counts)) {
        last = line;
      }
    }
    JsonNode totals = JSON.readTree(last);
    return String.format(
        Locale.ROOT,
        "events: %,d read = %,d trained (%,d of them late) + %,d rejected + %,d dropped late",
        totals.path("read").asLong(),
        totals.path("trained").asLong(),
        totals.path("late_trained").asLong(),
        totals.path("rejected").asLong(),
        totals.path("dropped_late").asLong());
  }
}
