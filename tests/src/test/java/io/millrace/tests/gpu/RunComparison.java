package io.millrace.tests.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.hash.MapVersion;
import io.millrace.metric.PartitionAgreement;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Compares two runs of one job on the same events. */
final class RunComparison {

  /** Windows at the end of a run whose AUC counts. */
  private static final int LAST = 4;

  private RunComparison() {}

  /** Prints the agreement of maps by kind, and the AUC of each arm in both runs. */
  static void print(Path first, Path second) throws IOException {
    MapFolder a = new MapFolder(first.resolve(RunFiles.MAPS));
    MapFolder b = new MapFolder(second.resolve(RunFiles.MAPS));
    String names = first.getFileName() + " and " + second.getFileName();
    for (String spec : a.specs()) {
      List<PartitionAgreement> agreements = agreements(a, b, spec);
      System.out.printf(
          Locale.ROOT,
          "%s, maps %s: %d compared, adjusted Rand index %.4f, by traffic %.4f, ids that moved"
              + " %.4f%n",
          names,
          spec,
          agreements.size(),
          mean(agreements.stream().map(PartitionAgreement::ari).toList()),
          mean(agreements.stream().map(PartitionAgreement::weightedAri).toList()),
          mean(agreements.stream().map(PartitionAgreement::movedIds).toList()));
    }
    Map<String, Double> left = aucs(first);
    aucs(second)
        .forEach(
            (arm, auc) ->
                System.out.printf(
                    Locale.ROOT,
                    "%s, AUC of %s: %.5f and %.5f, difference %+.5f%n",
                    names,
                    arm,
                    left.get(arm),
                    auc,
                    auc - left.get(arm)));
  }

  private static List<PartitionAgreement> agreements(MapFolder a, MapFolder b, String spec)
      throws IOException {
    List<PartitionAgreement> agreements = new ArrayList<>();
    for (String field : a.fields(spec)) {
      for (long end : a.ends(spec, field)) {
        MapVersion left = a.find(spec, field, end).orElseThrow();
        MapVersion right = b.find(spec, field, end).orElseThrow();
        agreements.add(agreement(left, right));
      }
    }
    return agreements;
  }

  /** Of the ids that both maps list. */
  private static PartitionAgreement agreement(MapVersion left, MapVersion right) {
    int n = 0;
    int[] before = new int[left.size()];
    int[] after = new int[left.size()];
    double[] counts = new double[left.size()];
    for (int i = 0; i < left.size(); i++) {
      int j = right.indexOf(left.id(i));
      if (j >= 0) {
        before[n] = left.row(i);
        after[n] = right.row(j);
        counts[n++] = left.count(i);
      }
    }
    return PartitionAgreement.of(
        Arrays.copyOf(before, n), Arrays.copyOf(after, n), Arrays.copyOf(counts, n));
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  /** Mean AUC of each arm over its last windows. */
  private static Map<String, Double> aucs(Path run) throws IOException {
    Map<String, List<Double>> all = new TreeMap<>();
    ObjectMapper json = new ObjectMapper();
    for (String text : Files.readAllLines(run.resolve(RunFiles.METRICS))) {
      JsonNode line = json.readTree(text);
      all.computeIfAbsent(line.path("arm").asText(), arm -> new ArrayList<>())
          .add(line.path("auc").asDouble(Double.NaN));
    }
    Map<String, Double> means = new TreeMap<>();
    all.forEach(
        (arm, values) ->
            means.put(arm, mean(values.subList(Math.max(0, values.size() - LAST), values.size()))));
    return means;
  }
}
