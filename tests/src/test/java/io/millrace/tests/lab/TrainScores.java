package io.millrace.tests.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * The scores of a run of {@code train}: predictions made before learning, the mean over the last
 * half of the windows, by arm and seed.
 */
final class TrainScores {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Map<Long, List<JsonNode>>> windows = new LinkedHashMap<>();

  /** The scores of runs that share neither an arm nor a seed, or only one of the two. */
  static TrainScores of(List<Path> runDirs) throws IOException {
    TrainScores scores = new TrainScores();
    for (Path runDir : runDirs) {
      for (String line : SmallStream.lines(runDir.resolve("metrics.jsonl"))) {
        JsonNode window = JSON.readTree(line);
        scores
            .windows
            .computeIfAbsent(window.get("arm").asText(), a -> new TreeMap<>())
            .computeIfAbsent(window.get("seed").asLong(), s -> new ArrayList<>())
            .add(window);
      }
    }
    return scores;
  }

  boolean has(String arm) {
    return windows.containsKey(arm);
  }

  /** Mean over the last half of the windows, of every seed. */
  double[] bySeed(String arm, ToDoubleFunction<JsonNode> value) {
    return windows.get(arm).values().stream()
        .mapToDouble(
            all ->
                all.subList(all.size() / 2, all.size()).stream()
                    .mapToDouble(value)
                    .average()
                    .orElseThrow())
        .toArray();
  }

  double[] auc(String arm) {
    return bySeed(arm, window -> window.get("auc").asDouble());
  }

  double[] ne(String arm) {
    return bySeed(arm, window -> window.get("ne").asDouble());
  }

  /** NE of the events whose rarest id was seen before as often as a bucket says. */
  double[] ne(String arm, String bucket) {
    return bySeed(arm, window -> window.get("buckets").get(bucket).get("ne").asDouble());
  }

  /** Share of the events that are in a bucket. */
  double events(String arm, String bucket) {
    double part =
        Figures.mean(bySeed(arm, w -> w.get("buckets").get(bucket).get("events").asDouble()));
    return part / Figures.mean(bySeed(arm, w -> w.get("events").asDouble()));
  }

  /** Bytes of the model that was published last. */
  long servedBytes(String arm) {
    return last(arm).get("serving_bytes").asLong();
  }

  /** Figures of every table at the end of the first seed's run. */
  JsonNode tables(String arm) {
    return last(arm).get("tables");
  }

  private JsonNode last(String arm) {
    List<JsonNode> all = windows.get(arm).values().iterator().next();
    return all.get(all.size() - 1);
  }
}
