package io.millrace.tests.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * AUC by arm, seed and window: the figure of an arm and seed is the mean over the last half of its
 * windows, of predictions made before learning.
 */
final class ArmScores {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, NavigableMap<Long, NavigableMap<Long, Double>>> auc = new TreeMap<>();

  /** The scores in a run's {@code metrics.jsonl}. */
  static ArmScores of(Path runDir) throws IOException {
    ArmScores scores = new ArmScores();
    for (String line : SmallStream.lines(runDir.resolve("metrics.jsonl"))) {
      JsonNode window = JSON.readTree(line);
      scores.add(
          window.get("arm").asText(),
          window.get("seed").asLong(),
          window.get("window_start").asLong(),
          window.get("auc").asDouble());
    }
    return scores;
  }

  /** The last line of a run's {@code counts.jsonl}. */
  static JsonNode totals(Path runDir) throws IOException {
    List<String> lines = SmallStream.lines(runDir.resolve("counts.jsonl"));
    return JSON.readTree(lines.get(lines.size() - 1));
  }

  void add(String arm, long seed, long window, double value) {
    auc.computeIfAbsent(arm, a -> new TreeMap<>())
        .computeIfAbsent(seed, s -> new TreeMap<>())
        .put(window, value);
  }

  /** The arms. */
  Collection<String> arms() {
    return auc.keySet();
  }

  /** The seeds of an arm, ascending. */
  Collection<Long> seeds(String arm) {
    return auc.get(arm).keySet();
  }

  /** Mean over the last half of the windows. */
  double of(String arm, long seed) {
    List<Double> windows = new ArrayList<>(auc.get(arm).get(seed).values());
    return mean(windows.subList(windows.size() / 2, windows.size()));
  }

  /** Mean over the seeds. */
  double mean(String arm) {
    return mean(seeds(arm).stream().map(seed -> of(arm, seed)).toList());
  }

  /** How far {@code arm} is above {@code base}, by seed. */
  List<Double> over(String arm, String base) {
    return seeds(arm).stream().map(seed -> of(arm, seed) - of(base, seed)).toList();
  }

  static double mean(Collection<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }
}
