package io.millrace.flink.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A line of {@code metrics.jsonl}: one arm, seed and window. Numbers that are not there are NaN.
 *
 * @param start first millisecond of the window
 * @param end first millisecond after it
 * @param servingBytes rows and map as served
 * @param trainingBytes what the arm holds while it learns
 * @param buckets quality by how often an id was seen before, by bucket name in file order
 */
record WindowRow(
    String arm,
    String seed,
    long start,
    long end,
    double events,
    double positives,
    Quality quality,
    double rows,
    double embeddingBytes,
    double mapBytes,
    double servingBytes,
    double trainingBytes,
    String mapVersion,
    Map<String, Bucket> buckets) {

  /** Quality of predictions that were made before learning. */
  record Quality(double auc, double logLoss, double ne, double calibration) {

    static Quality of(JsonNode node) {
      return new Quality(
          Json.number(node, "auc"),
          Json.number(node, "logloss"),
          Json.number(node, "ne"),
          Json.number(node, "calibration"));
    }
  }

  /** Events and quality of one bucket. */
  record Bucket(double events, Quality quality) {}

  double auc() {
    return quality.auc();
  }

  double ne() {
    return quality.ne();
  }

  static WindowRow of(JsonNode line) {
    Map<String, Bucket> buckets = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : Json.entries(line.path("buckets"))) {
      JsonNode node = entry.getValue();
      buckets.put(entry.getKey(), new Bucket(Json.number(node, "events"), Quality.of(node)));
    }
    return new WindowRow(
        Json.text(line, "arm"),
        Json.text(line, "seed"),
        Json.time(line, "window_start"),
        Json.time(line, "window_end"),
        Json.number(line, "events"),
        Json.number(line, "positives"),
        Quality.of(line),
        Json.number(line, "rows"),
        Json.number(line, "embedding_bytes"),
        Json.number(line, "map_bytes"),
        Json.number(line, "serving_bytes"),
        Json.number(line, "training_bytes"),
        Json.text(line, "map_version"),
        buckets);
  }
}
