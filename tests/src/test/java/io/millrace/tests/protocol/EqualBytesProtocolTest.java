package io.millrace.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Criteo, 80,000 rows in file order over eight made-up days: a two-level map ranks better than a
 * plain hash and than a linear model of as many bytes, map and linear part included, and no worse
 * than a learned map. Rows are in the default format, int8. Figures are AUC of predictions made
 * before learning, the mean over the last four days.
 */
class EqualBytesProtocolTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> HASHES =
      List.of(
          "linear-%s",
          "modulo-%s", "hot-kept-%s", "learned-%s", "two-level-%s-alone", "two-level-%s");

  /** A hashed logistic regression, 60 lines of C, of 262 kB and 1.05 MB. */
  private static final double LINEAR_2 = .7702;

  private static final double LINEAR_10 = .7719;

  private static final List<String> PERCENTS = List.of("2", "10");

  @TempDir Path folder;

  // in a single seed, too, and of no more bytes than the plain hash
  @Test
  void oneSeed() throws IOException {
    ArmScores scores = train("0");
    Map<String, Long> bytes = totalBytes(folder.resolve("run"));
    for (String percent : PERCENTS) {
      likeBytes(bytes, percent);
      assertThat(scores.over("two-level-" + percent, "modulo-" + percent)).allMatch(d -> d > 0);
      assertThat(scores.over("two-level-" + percent, "linear-" + percent)).allMatch(d -> d > 0);
      assertThat(scores.over("full", "two-level-" + percent)).allMatch(d -> d > -.0005);
    }
  }

  @Test
  @Tag("long")
  void threeSeeds() throws IOException {
    ArmScores scores = train("0,1,2");
    Map<String, Long> bytes = totalBytes(folder.resolve("run"));
    Table table = new Table();
    table.line("%-18s %12s %8s %16s %11s", "arm", "total bytes", "AUC", "above modulo", "at least");
    table.line("%-18s %,12d %8.4f", "full", bytes.get("full"), scores.mean("full"));
    for (String percent : PERCENTS) {
      for (String hash : HASHES) {
        String arm = hash.formatted(percent);
        List<Double> above = scores.over(arm, "modulo-" + percent);
        table.line(
            "%-18s %,12d %8.4f %+16.5f %+11.5f",
            arm, bytes.get(arm), scores.mean(arm), ArmScores.mean(above), Collections.min(above));
      }
    }
    table.publish("protocol-equal-bytes.txt");

    compare(scores, "2", .7724, .0018, .0015);
    compare(scores, "10", .7738, .0018, .0015);
    above(scores.over("two-level-2", "modulo-2"), .0006);
    above(scores.over("two-level-10", "modulo-10"), .0004);
    PERCENTS.forEach(percent -> likeBytes(bytes, percent));
  }

  private ArmScores train(String seeds) throws IOException {
    Path log = SharedData.file("criteo-80k/events.csv.gz");
    Path job = ProjectRoot.find().resolve("examples/criteo-80k/equal-bytes.yaml");
    Path run = folder.resolve("run");
    Commands.succeed("train", "--job", job, "--events", log, "--run-dir", run, "--seeds", seeds);
    return ArmScores.of(run);
  }

  private static void likeBytes(Map<String, Long> bytes, String percent) {
    double modulo = bytes.get("modulo-" + percent);
    assertThat((double) bytes.get("two-level-" + percent)).isBetween(.95 * modulo, 1.01 * modulo);
    assertThat((double) bytes.get("learned-" + percent)).isBetween(.95 * modulo, 1.01 * modulo);
  }

  /** Least AUC, and least mean difference from a linear part alone and from a network alone. */
  private static void compare(
      ArmScores scores, String percent, double auc, double overLinear, double overNetwork) {
    String two = "two-level-" + percent;
    assertThat(scores.mean(two)).isGreaterThanOrEqualTo(auc);
    above(scores.over(two, "linear-" + percent), overLinear);
    above(scores.over(two, two + "-alone"), overNetwork);
    assertThat(ArmScores.mean(scores.over(two, "learned-" + percent)))
        .isGreaterThanOrEqualTo(-.0005);
    assertThat(scores.mean("linear-" + percent))
        .isCloseTo(percent.equals("2") ? LINEAR_2 : LINEAR_10, within(.001));
  }

  private static void above(List<Double> differences, double mean) {
    assertThat(differences).allMatch(above -> above > 0);
    assertThat(ArmScores.mean(differences)).isGreaterThanOrEqualTo(mean);
  }

  /** Rows, map and linear part of each arm as served at the end. */
  private static Map<String, Long> totalBytes(Path run) throws IOException {
    Map<String, Long> bytes = new HashMap<>();
    for (String line : SmallStream.lines(run.resolve("metrics.jsonl"))) {
      JsonNode window = JSON.readTree(line);
      bytes.put(
          window.get("arm").asText(),
          window.get("embedding_bytes").asLong()
              + window.get("map_bytes").asLong()
              + window.get("linear_bytes").asLong());
    }
    return bytes;
  }
}
