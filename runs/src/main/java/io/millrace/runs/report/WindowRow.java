package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A line of {@code metrics.jsonl}: one arm, seed and window. Numbers without a value are NaN.
 *
 * @param start first millisecond of the window
 * @param end first millisecond after it
 * @param embeddingBytes rows as served
 * @param mapBytes from ids to rows
 * @param servingBytes rows, maps and MLPs
 * @param trainingBytes what the arm holds while it learns
 * @param mapVersion newest map used in the window, 0 for none
 * @param learned events learned since the start
 * @param skipped events not learned from, as their batch's loss was no number or too large
 * @param early events learned before their window opened
 * @param buckets by how often the rarest id was seen before; keys as in the file, in its order
 * @param tables figures of the tables by field; keys as in the file, in its order
 */
record WindowRow(
    String arm,
    long seed,
    long start,
    long end,
    Quality quality,
    double rows,
    double embeddingBytes,
    double mapBytes,
    double servingBytes,
    double trainingBytes,
    double mapVersion,
    double learned,
    double skipped,
    double early,
    Map<String, Quality> buckets,
    Map<String, Map<String, Double>> tables) {

  /** Quality of predictions that were made before learning. */
  record Quality(
      double events, double positives, double auc, double logLoss, double ne, double calibration) {

    static final Quality NONE =
        new Quality(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    static Quality of(JsonNode node) {
      return new Quality(
          Json.number(node, "events"),
          Json.number(node, "positives"),
          Json.number(node, "auc"),
          Json.number(node, "logloss"),
          Json.number(node, "ne"),
          Json.number(node, "calibration"));
    }
  }

  /** Rows and what leads from ids to them. */
  double totalBytes() {
    return embeddingBytes + mapBytes;
  }

  double auc() {
    return quality.auc();
  }

  double ne() {
    return quality.ne();
  }

  /** A figure of a field's table; NaN if there is none. */
  double table(String field, String figure) {
    return tables.getOrDefault(field, Map.of()).getOrDefault(figure, Double.NaN);
  }

  /** Share of the weights of all tables that are pruned; NaN in arms that prune none. */
  double pruned() {
    double weights = sum("weights");
    return weights == 0 ? Double.NaN : 1 - sum("weights_left") / weights;
  }

  private double sum(String figure) {
    return tables.values().stream().mapToDouble(t -> t.getOrDefault(figure, 0.)).sum();
  }

  static WindowRow of(JsonNode line) {
    Map<String, Quality> buckets = new LinkedHashMap<>();
    line.path("buckets")
        .properties()
        .forEach(b -> buckets.put(b.getKey(), Quality.of(b.getValue())));
    Map<String, Map<String, Double>> tables = new LinkedHashMap<>();
    line.path("tables")
        .properties()
        .forEach(t -> tables.put(t.getKey(), Json.numbers(t.getValue())));
    return new WindowRow(
        Json.text(line, "arm"),
        line.path("seed").asLong(),
        Json.time(line, "window_start"),
        Json.time(line, "window_end"),
        Quality.of(line),
        Json.number(line, "rows"),
        Json.number(line, "embedding_bytes"),
        Json.number(line, "map_bytes"),
        Json.number(line, "serving_bytes"),
        Json.number(line, "training_bytes"),
        Json.number(line, "map_version"),
        Json.number(line, "learned"),
        Json.number(line, "skipped"),
        Json.number(line, "early"),
        buckets,
        tables);
  }
}
