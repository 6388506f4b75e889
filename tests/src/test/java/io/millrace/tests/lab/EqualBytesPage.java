package io.millrace.tests.lab;

import static io.millrace.tests.lab.EqualBytesArms.ALONE;
import static io.millrace.tests.lab.EqualBytesArms.HASHES;
import static io.millrace.tests.lab.EqualBytesArms.KEPT;
import static io.millrace.tests.lab.EqualBytesArms.MLET;
import static io.millrace.tests.lab.EqualBytesArms.MLET_ALONE;
import static io.millrace.tests.lab.EqualBytesArms.SIZES;
import static io.millrace.tests.lab.EqualBytesArms.WITH_LINEAR;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;

/** What the runs of {@link EqualBytesArms} show. */
final class EqualBytesPage {

  private final TrainScores scores;
  private final LabPage page;

  private EqualBytesPage(TrainScores scores, LabPage page) {
    this.scores = scores;
    this.page = page;
  }

  /** Writes the tables of one log. */
  static void tables(String log, TrainScores scores, LabPage page) {
    EqualBytesPage tables = new EqualBytesPage(scores, page);
    page.heading(log);
    page.chart(
        new Chart(
            "AUC by bytes, with a linear part, " + log,
            "served kB",
            "AUC",
            true,
            lines(scores, WITH_LINEAR)));
    page.chart(
        new Chart(
            "AUC by bytes, without a linear part, " + log,
            "served kB",
            "AUC",
            true,
            lines(scores, ALONE)));
    tables.baselines();
    page.say("AUC by size, hashes with a linear part:");
    tables.auc(WITH_LINEAR, true);
    page.say("AUC without a linear part:");
    tables.auc(ALONE, false);
    page.say("AUC above `modulo` of as many bytes, both with a linear part:");
    List<String> others = new ArrayList<>(HASHES.subList(1, HASHES.size()));
    others.add("modulo-pep");
    tables.differences(hash -> hash + "-%d", hash -> "modulo-%d", others);
    page.say("What a linear part is worth: AUC above the same hash without one, equal bytes:");
    tables.differences(hash -> hash + "-%d", hash -> hash + "-%d" + ALONE, HASHES);
    page.say("What MLET is worth: AUC above the plain table, equal bytes, with a linear part:");
    tables.differences(hash -> hash + "-%d" + MLET, hash -> hash + "-%d", HASHES);
    if (scores.has("modulo-1" + MLET_ALONE)) {
      page.say("The same without a linear part:");
      tables.differences(hash -> hash + "-%d" + MLET_ALONE, hash -> hash + "-%d" + ALONE, HASHES);
    }
  }

  private void baselines() {
    List<List<String>> rows = new ArrayList<>();
    for (String variant : List.of(WITH_LINEAR, ALONE, MLET, MLET_ALONE)) {
      add(rows, "full" + variant);
    }
    KEPT.forEach(kept -> add(rows, "pep-" + kept));
    page.say("A row for each id, and the same pruned (`pep`: share of the weights that stay):");
    page.table(List.of("arm", "served", "AUC", "NE"), rows);
  }

  private void add(List<List<String>> rows, String arm) {
    if (scores.has(arm)) {
      rows.add(
          List.of(
              arm,
              kilobytes(scores.servedBytes(arm)),
              spread(scores.auc(arm)),
              spread(scores.ne(arm))));
    }
  }

  private static String spread(double[] values) {
    return Figures.mean4(values) + " ± " + Figures.of(Figures.deviation(values));
  }

  static String kilobytes(long bytes) {
    return Figures.text("%,d kB", Math.round(bytes / 1000.));
  }

  private void auc(String variant, boolean linear) {
    List<List<String>> rows = new ArrayList<>();
    if (linear) {
      rows.add(row("linear", size -> Figures.mean4(scores.auc("linear-" + size))));
    }
    for (String hash : HASHES) {
      if (scores.has(hash + "-1" + variant)) {
        rows.add(row(hash, size -> Figures.mean4(scores.auc(hash + "-" + size + variant))));
      }
    }
    if (scores.has("modulo-pep-1" + variant)) {
      rows.add(
          row("modulo, pep", size -> Figures.mean4(scores.auc("modulo-pep-" + size + variant))));
    }
    if (linear) {
      rows.add(row("served, linear", size -> kilobytes(scores.servedBytes("linear-" + size))));
    }
    rows.add(
        row("served, modulo", size -> kilobytes(scores.servedBytes("modulo-" + size + variant))));
    page.table(sizes("arm"), rows);
  }

  /** Differences of two arms by size; their names have a place for the size. */
  private void differences(
      Function<String, String> arm, Function<String, String> other, List<String> hashes) {
    List<List<String>> rows = new ArrayList<>();
    for (String hash : hashes) {
      String above = arm.apply(hash);
      String below = other.apply(hash);
      if (scores.has(above.formatted(1)) && scores.has(below.formatted(1))) {
        rows.add(
            row(hash, size -> Figures.change(gain(above.formatted(size), below.formatted(size)))));
      }
    }
    page.table(sizes("arm"), rows);
  }

  private double[] gain(String arm, String other) {
    return Figures.less(scores.auc(arm), scores.auc(other));
  }

  private static List<String> sizes(String first) {
    List<String> head = new ArrayList<>(List.of(first));
    SIZES.forEach(size -> head.add(size + " %"));
    return head;
  }

  private static List<String> row(String name, IntFunction<String> cell) {
    List<String> row = new ArrayList<>(List.of(name));
    SIZES.forEach(size -> row.add(cell.apply(size)));
    return row;
  }

  /** AUC against served kilobytes, by arm. */
  static Map<String, List<double[]>> lines(TrainScores scores, String variant) {
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    List<String> hashes = new ArrayList<>(HASHES);
    hashes.remove("qr"); // so far below that the others would be one line
    hashes.add(0, "linear");
    hashes.add("modulo-pep");
    for (String hash : hashes) {
      for (int size : SIZES) {
        point(lines, hash, scores, hash + "-" + size + (hash.equals("linear") ? "" : variant));
      }
    }
    KEPT.forEach(kept -> point(lines, "full, pep", scores, "pep-" + kept));
    point(lines, "full", scores, "full" + variant);
    return lines;
  }

  private static void point(
      Map<String, List<double[]>> lines, String line, TrainScores scores, String arm) {
    if (scores.has(arm)) {
      lines
          .computeIfAbsent(line, l -> new ArrayList<>())
          .add(new double[] {scores.servedBytes(arm) / 1e3, Figures.mean(scores.auc(arm))});
    }
  }
}
