package io.millrace.tests.lab;

import static io.millrace.tests.lab.CollideArms.BYTES;
import static io.millrace.tests.lab.CollideArms.SIZES;
import static io.millrace.tests.lab.CollideArms.SMALL;
import static io.millrace.tests.lab.CollideArms.bytes;
import static io.millrace.tests.lab.CollideArms.rows;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** What the runs of {@link CollideRuns} show of one log. */
final class CollidePages {

  private static final String MODULO = "modulo";
  private static final String LEARNED = "learned";

  private final TrainScores scores;
  private final LabPage page;

  CollidePages(TrainScores scores, LabPage page) {
    this.scores = scores;
    this.page = page;
  }

  private double[] auc(String arm) {
    return scores.auc(arm);
  }

  private double[] gain(String arm, String base) {
    return Figures.less(auc(arm), auc(base));
  }

  private String kilobytes(String arm) {
    return EqualBytesPage.kilobytes(scores.servedBytes(arm));
  }

  /** Figure 1. */
  void sizes(String log) {
    List<List<String>> rows = new ArrayList<>();
    List<double[]> points = new ArrayList<>();
    List<double[]> full = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>(SIZES);
    sizes.add(100);
    for (int size : sizes) {
      String arm = rows(MODULO, size);
      rows.add(row(size + " %", arm, "full"));
      points.add(new double[] {size, Figures.mean(auc(arm))});
      full.add(new double[] {size, Figures.mean(auc("full"))});
    }
    rows.add(row("a row for each id", "full", "full"));
    page.table(List.of("rows", "served", "AUC", "above a row for each id"), rows);
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    lines.put("a row for each id", full);
    lines.put("plain hash", points);
    page.chart(new Chart("Plain hash by size, " + log, "rows, %", "AUC", true, lines));
  }

  private List<String> row(String name, String arm, String base) {
    return List.of(
        name,
        kilobytes(arm),
        Figures.mean4(auc(arm)),
        arm.equals(base) ? "" : Figures.change(gain(arm, base)));
  }

  /** Figure 2: a plain hash where fewer or more small tables are left alone. */
  void cutoffs(String log, Map<Integer, TrainScores> byCutoff) {
    List<List<String>> rows = new ArrayList<>();
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    byCutoff.forEach(
        (cutoff, of) -> {
          List<double[]> line = new ArrayList<>();
          for (int size : List.of(1, 5, 20)) {
            String arm = rows(MODULO, size);
            long served = of.servedBytes(arm);
            double[] values = of.auc(arm);
            rows.add(
                List.of(
                    Figures.text("%,d", cutoff),
                    size + " %",
                    EqualBytesPage.kilobytes(served),
                    Figures.mean4(values),
                    Figures.change(Figures.less(values, auc("full")))));
            line.add(new double[] {served / 1e3, Figures.mean(values)});
          }
          lines.put(Figures.text("ids of a compressed field: at least %,d", cutoff), line);
        });
    page.table(List.of("cutoff", "rows", "served", "AUC", "above a row for each id"), rows);
    page.chart(new Chart("Cutoff of small tables, " + log, "served, kB", "AUC", true, lines));
  }

  /** Figure 3. */
  void learned(String log) {
    page.say("As many rows; the map comes on top:");
    compare(SIZES, size -> rows(LEARNED, size), size -> rows(MODULO, size));
    page.say("As many bytes, map included:");
    compare(BYTES, size -> bytes(LEARNED, size), size -> bytes(MODULO, size));
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    lines.put("plain hash", line(SIZES, size -> rows(MODULO, size)));
    lines.put("learned hash", line(SIZES, size -> rows(LEARNED, size)));
    page.chart(new Chart("Learned hash by served bytes, " + log, "served, kB", "AUC", true, lines));
  }

  private void compare(List<Integer> sizes, IntFunction<String> arm, IntFunction<String> base) {
    List<List<String>> rows = new ArrayList<>();
    for (int size : sizes) {
      String learned = arm.apply(size);
      String plain = base.apply(size);
      rows.add(
          List.of(
              size + " %",
              kilobytes(plain),
              Figures.mean4(auc(plain)),
              kilobytes(learned),
              Figures.mean4(auc(learned)),
              Figures.change(gain(learned, plain))));
    }
    page.table(
        List.of("size", "plain, served", "plain, AUC", "learned, served", "learned, AUC", "gain"),
        rows);
  }

  private List<double[]> line(List<Integer> sizes, IntFunction<String> arm) {
    List<double[]> line = new ArrayList<>();
    for (int size : sizes) {
      String one = arm.apply(size);
      line.add(new double[] {scores.servedBytes(one) / 1e3, Figures.mean(auc(one))});
    }
    return line;
  }

  /** Arms at {@link CollideArms#SMALL}, by rows and by bytes, against a base. */
  void atSmall(String log, Map<String, String> arms, String base) {
    List<List<String>> rows = new ArrayList<>();
    Map<String, List<double[]>> points = new LinkedHashMap<>();
    arms.forEach(
        (name, arm) -> {
          List<String> row = new ArrayList<>(List.of(name));
          List<double[]> point = new ArrayList<>();
          for (boolean equalBytes : List.of(false, true)) {
            String one = equalBytes ? bytes(arm, SMALL) : rows(arm, SMALL);
            String of = equalBytes ? bytes(base, SMALL) : rows(base, SMALL);
            row.add(kilobytes(one));
            row.add(Figures.mean4(auc(one)));
            row.add(arm.equals(base) ? "" : Figures.change(gain(one, of)));
            point.add(new double[] {scores.servedBytes(one) / 1e3, Figures.mean(auc(one))});
          }
          rows.add(row);
          points.put(name, point);
        });
    page.table(
        List.of(
            "at 5 %",
            "equal rows: served",
            "AUC",
            "above the first",
            "equal bytes: served",
            "AUC",
            "above the first"),
        rows);
    page.chart(
        new Chart(
            "At 5 % of the rows and of the bytes, " + log, "served, kB", "AUC", true, points));
  }

  /** Figures 6 and 7: one table and two, by how frequency is used. */
  static void frequency(LabPage page, String log, Map<String, TrainScores> byUse) {
    List<List<String>> rows = new ArrayList<>();
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    String one = rows(LEARNED, SMALL);
    String two = rows("learned-d", SMALL);
    double[] firstOne = byUse.values().iterator().next().auc(one);
    double[] firstTwo = byUse.values().iterator().next().auc(two);
    byUse.forEach(
        (use, of) -> {
          boolean first = rows.isEmpty();
          rows.add(
              List.of(
                  use,
                  Figures.mean4(of.auc(one)),
                  first ? "" : Figures.change(Figures.less(of.auc(one), firstOne)),
                  Figures.mean4(of.auc(two)),
                  first ? "" : Figures.change(Figures.less(of.auc(two), firstTwo))));
          lines.put(
              use,
              List.of(
                  new double[] {1, Figures.mean(of.auc(one))},
                  new double[] {2, Figures.mean(of.auc(two))}));
        });
    page.table(
        List.of("frequency is", "one table", "above neither", "two tables", "above neither"), rows);
    page.chart(
        new Chart("Frequency in the clustering, " + log, "internal tables", "AUC", false, lines));
  }

  /** Figure 8: a teacher that learns from a share of the events. */
  static void samples(LabPage page, String log, Map<String, TrainScores> byShare) {
    List<List<String>> rows = new ArrayList<>();
    List<double[]> line = new ArrayList<>();
    String arm = rows(LEARNED, SMALL);
    double[] all = byShare.get("1").auc(arm);
    byShare.forEach(
        (share, of) -> {
          rows.add(
              List.of(
                  Figures.text("%.0f %%", 100 * Double.parseDouble(share)),
                  Figures.mean4(of.auc(arm)),
                  share.equals("1") ? "" : Figures.change(Figures.less(of.auc(arm), all))));
          line.add(new double[] {100 * Double.parseDouble(share), Figures.mean(of.auc(arm))});
        });
    page.table(List.of("teacher's events", "AUC", "above a teacher of all events"), rows);
    page.chart(
        new Chart(
            "Learned hash at 5 % of the rows by the teacher's events, " + log,
            "share of the events, %",
            "AUC",
            true,
            Map.of(LEARNED, line)));
  }

  /** Figure 9. */
  static void days(LabPage page, String log, Results results) {
    List<List<String>> rows = new ArrayList<>();
    List<double[]> line = new ArrayList<>();
    List<String> spans = List.copyOf(results.texts("span"));
    double[] first = results.where("span", spans.get(0)).numbers("auc");
    for (String span : spans) {
      Results of = results.where("span", span);
      rows.add(
          List.of(
              span,
              Figures.text("%,.0f", of.mean("events")),
              Figures.mean4(of.numbers("auc")),
              rows.isEmpty() ? "" : Figures.change(Figures.less(of.numbers("auc"), first))));
      line.add(new double[] {Double.parseDouble(span), of.mean("auc")});
    }
    page.table(List.of("teacher's days", "events", "AUC", "above the fewest days"), rows);
    page.chart(
        new Chart(
            "As many events of the teacher from more days, " + log,
            "days",
            "AUC",
            true,
            Map.of(LEARNED, line)));
  }
}
