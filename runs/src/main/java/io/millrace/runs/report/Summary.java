package io.millrace.runs.report;

import io.millrace.runs.line.Column;
import io.millrace.runs.line.DriftColumns;
import io.millrace.runs.line.SwitchColumns;
import io.millrace.runs.verdict.Comparison;
import io.millrace.runs.verdict.Drift;
import io.millrace.runs.verdict.Format;
import io.millrace.runs.verdict.RunData;
import io.millrace.runs.verdict.Totals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Further findings of a run, in sentences made from its figures. */
final class Summary {

  private static final Column<?> FLOOR = DriftColumns.floor(DriftColumns.ARI);

  /** A sentence reports agreement that is this far below its floor on average. */
  private static final double BELOW = .02;

  private final RunData files;
  private final Comparison comparison;
  private final Drift drift;
  private final Totals totals;

  Summary(RunData files, Comparison comparison, Drift drift, Totals totals) {
    this.files = files;
    this.comparison = comparison;
    this.drift = drift;
    this.totals = totals;
  }

  /** The sentences; none where nothing is known. */
  List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    if (!comparison.isEmpty()) {
      sentences.add(extent());
    }
    add(sentences, drift());
    add(sentences, belowFloor());
    add(sentences, refreshes());
    add(sentences, regret());
    if (totals != null) {
      sentences.add(totals.sentence());
    }
    return sentences;
  }

  private String extent() {
    List<Long> windows = comparison.windows();
    return sentence(
        "%s learned from the same events in %s, %s to %s UTC, %s; each prediction was made before its event was learned"
            .formatted(
                plural(comparison.arms().size(), "arm"),
                plural(windows.size(), "window"),
                Format.time(windows.get(0)),
                Format.time(comparison.end()),
                plural(comparison.seeds(), "seed")));
  }

  private String drift() {
    List<String> fields = new ArrayList<>(drift.compressed());
    fields.addAll(drift.others());
    if (fields.stream().allMatch(f -> Double.isNaN(drift.mean(f, DriftColumns.PSI)))) {
      return "";
    }
    List<String> drifted = fields.stream().filter(drift::drifts).toList();
    if (drifted.isEmpty()) {
      return "No field drifts: in no window did the frequencies of ids change by more than chance"
          + " and habit explain.";
    }
    String most =
        drifted.stream().max(Comparator.comparingDouble(drift::greatestPsi)).orElseThrow();
    long start = drift.windowOfGreatestPsi(most);
    double moved = drift.mean(most, DriftColumns.MOVED_TRAFFIC);
    String shift =
        Double.isNaN(moved)
            ? ""
            : "; each new map moves %s of its views to other rows".formatted(Format.percent(moved));
    return sentence(
        "field %s drifts most: in the window of %s its PSI is %s, where up to %s is usual%s; %s of %s drift in at least one window"
            .formatted(
                most,
                Format.time(start),
                Format.share(drift.value(most, start, DriftColumns.PSI)),
                Format.share(drift.value(most, start, DriftColumns.PSI_LIMIT)),
                shift,
                drifted.size(),
                plural(fields.size(), "field")));
  }

  /** Reports fields whose maps agree less than two maps of the same window do. */
  private String belowFloor() {
    List<String> fields =
        drift.compressed().stream()
            .filter(f -> drift.mean(f, DriftColumns.ARI) < drift.mean(f, FLOOR) - BELOW)
            .toList();
    if (fields.isEmpty()) {
      return "";
    }
    String most =
        fields.stream()
            .min(
                Comparator.comparingDouble(
                    f -> drift.mean(f, DriftColumns.ARI) - drift.mean(f, FLOOR)))
            .orElseThrow();
    return sentence(
        "the maps of %s %s change more than chance explains: in %s their ARI is %s on average, where two maps of the same window reach %s"
            .formatted(
                fields.size() == 1 ? "field" : "fields",
                String.join(", ", fields),
                most,
                Format.share(drift.mean(most, DriftColumns.ARI)),
                Format.share(drift.mean(most, FLOOR))));
  }

  private String refreshes() {
    int n = files.refreshes().size();
    return n == 0
        ? ""
        : "Maps were rebuilt %s within a window, after changes.".formatted(plural(n, "time"));
  }

  private String regret() {
    double[] regrets =
        files.switches().stream()
            .mapToDouble(SwitchColumns.REGRET)
            .filter(Double::isFinite)
            .toArray();
    if (regrets.length == 0) {
      return "";
    }
    double mean = Arrays.stream(regrets).average().orElseThrow();
    long better = Arrays.stream(regrets).filter(regret -> regret < 0).count();
    return sentence(
        "students were better with the new map from the start in %s of %s: the mean regret is %s log loss, compared with the old map"
            .formatted(
                better,
                plural(regrets.length, "switch").replace("switchs", "switches"),
                Format.signed(mean)));
  }

  private static String plural(int n, String noun) {
    return n + " " + noun + (n == 1 ? "" : "s");
  }

  private static String sentence(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }

  private static void add(List<String> sentences, String sentence) {
    if (!sentence.isEmpty()) {
      sentences.add(sentence);
    }
  }
}
