package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Law: both implementations reproduce the golden vectors: rows, sizes, counts, steps and (the
 * reference) the pairs kept by every filter, the merges and their results exactly, values to 1e-12.
 */
class ClusteringGoldenTest {

  @ParameterizedTest
  @CsvSource({
    "paper_examples.json, 9",
    "edge_cases.json, 18",
    "option_grid.json, 960",
    "random_mid.json, 11"
  })
  void goldenCases(String file, int expected) throws IOException {
    Optional<Path> golden = SharedFolder.find("golden");
    assumeTrue(golden.isPresent(), "no shared/golden beside a folder above; set MILLRACE_SHARED");
    JsonNode cases = new ObjectMapper().readTree(golden.get().resolve(file).toFile());
    assertThat(cases).hasSize(expected);
    for (JsonNode c : cases) {
      check(c);
    }
  }

  private static void check(JsonNode c) {
    JsonNode in = c.get("input");
    double[] values = doubles(in.get("values"));
    double[] counts = doubles(in.get("counts"));
    int rows = in.get("target").intValue();
    ClusterOptions options = options(in);
    List<ReferenceClustering.Step> trace = new ArrayList<>();
    checkResult(c, new ReferenceClustering().cluster(values, counts, rows, options, trace));
    checkResult(c, new FastClustering().cluster(values, counts, rows, options));
    checkTrace(c, trace);
  }

  private static ClusterOptions options(JsonNode in) {
    JsonNode cap = in.get("size_max");
    ClusterOptions options =
        ClusterOptions.DEFAULT
            .with("merges-per-step", in.get("K").asText())
            .with("max-cluster-size", cap.isNull() ? "none" : cap.asText());
    for (Map.Entry<String, JsonNode> option : in.get("options").properties()) {
      options = options.with(option.getKey(), option.getValue().asText());
    }
    return options;
  }

  private static void checkResult(JsonNode c, Clustering result) {
    String name = c.get("name").asText();
    JsonNode rows = c.get("final");
    assertThat(result.rowOf()).as(name).containsExactly(ints(c.get("assign")));
    assertThat(result.rows()).as(name).isEqualTo(rows.size());
    assertThat(result.steps()).as(name).isEqualTo(c.get("n_steps").intValue());
    assertThat(result.fallbackSteps()).as(name).isEqualTo(c.get("fallback_steps").intValue());
    for (int r = 0; r < rows.size(); r++) {
      double value = rows.get(r).get(0).doubleValue();
      assertThat(result.values()[r]).as(name).isCloseTo(value, tolerance(value));
      assertThat(result.sizes()[r]).as(name).isEqualTo(rows.get(r).get(1).intValue());
      assertThat(result.counts()[r]).as(name).isEqualTo(rows.get(r).get(2).doubleValue());
    }
  }

  /** A case holds all details of each step or, if it is long, the clusters before each step. */
  private static void checkTrace(JsonNode c, List<ReferenceClustering.Step> trace) {
    String name = c.get("name").asText();
    if (c.has("steps")) {
      assertThat(trace).as(name).hasSize(c.get("steps").size());
      for (int s = 0; s < trace.size(); s++) {
        checkStep(name + " step " + s, c.get("steps").get(s), trace.get(s));
      }
    } else {
      assertThat(trace.stream().map(ReferenceClustering.Step::before).toList())
          .as(name)
          .isEqualTo(list(c.get("m_per_step")));
    }
  }

  private static void checkStep(String name, JsonNode step, ReferenceClustering.Step mine) {
    assertThat(mine.before()).as(name).isEqualTo(step.get("m").intValue());
    assertThat(mine.merges()).as(name).isEqualTo(step.get("R").intValue());
    JsonNode stages = step.get("stages");
    assertThat(mine.stages()).as(name).hasSize(stages.size());
    for (int f = 0; f < stages.size(); f++) {
      assertThat(mine.stages().get(f).filter().key()).isEqualTo(stages.get(f).get(0).asText());
      assertThat(mine.stages().get(f).pairs()).as(name).isEqualTo(list(stages.get(f).get(1)));
    }
    if (step.has("stuck")) {
      assertThat(mine.runs()).as(name).isEmpty();
      return;
    }
    assertThat(mine.good()).as(name).isEqualTo(step.get("good").booleanValue());
    assertThat(mine.runs())
        .as(name)
        .isEqualTo(
            StreamSupport.stream(step.get("runs").spliterator(), false)
                .map(ClusteringGoldenTest::list)
                .toList());
    checkClusters(name, step.get("clusters"), mine);
  }

  private static void checkClusters(String name, JsonNode clusters, ReferenceClustering.Step mine) {
    assertThat(mine.values()).as(name).hasSize(clusters.size());
    for (int i = 0; i < clusters.size(); i++) {
      double value = clusters.get(i).get(0).doubleValue();
      assertThat(mine.values().get(i)).as(name).isCloseTo(value, tolerance(value));
      assertThat(mine.sizes().get(i)).as(name).isEqualTo(clusters.get(i).get(1).intValue());
      assertThat(mine.counts().get(i)).as(name).isEqualTo(clusters.get(i).get(2).doubleValue());
    }
  }

  private static Offset<Double> tolerance(double value) {
    return within(1e-12 * Math.max(1e-300, Math.abs(value)));
  }

  private static List<Integer> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::intValue).toList();
  }

  private static int[] ints(JsonNode array) {
    return list(array).stream().mapToInt(i -> i).toArray();
  }

  private static double[] doubles(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::doubleValue)
        .toArray();
  }
}
