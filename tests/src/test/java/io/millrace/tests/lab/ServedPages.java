package io.millrace.tests.lab;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@link ServedFigures} measured. */
final class ServedPages {

  private ServedPages() {}

  /** AUC and NE by arm and rule, and what is lost against the first rule. */
  static void table(LabPage page, Results log, List<String> rules, List<String> names) {
    List<String> head = new ArrayList<>(List.of("arm"));
    head.addAll(names);
    for (String score : List.of("auc", "ne")) {
      List<List<String>> rows = new ArrayList<>();
      for (String arm : log.texts("arm")) {
        Results of = log.where("arm", arm);
        double[] first = bySeed(of, rules.get(0), score);
        List<String> row = new ArrayList<>(List.of(arm));
        for (String rule : rules) {
          double[] values = bySeed(of, rule, score);
          row.add(
              rule.equals(rules.get(0))
                  ? Figures.mean4(values)
                  : Figures.change(Figures.less(values, first)));
        }
        rows.add(row);
      }
      page.say("%s:", score.equals("auc") ? "AUC" : "Normalised entropy").table(head, rows);
    }
  }

  /** Mean over the days, of every seed. */
  static double[] bySeed(Results of, String rule, String score) {
    return of.where("rule", rule).bySeed(seed -> seed.mean(score));
  }

  /** What every day says of one arm: AUC of the rules less that of the first. */
  static void days(LabPage page, Results of, List<String> rules, List<String> names) {
    List<String> head = new ArrayList<>(List.of("day"));
    head.addAll(names);
    List<List<String>> rows = new ArrayList<>();
    for (String day : of.texts("day")) {
      Results one = of.where("day", day);
      double[] first = bySeed(one, rules.get(0), "auc");
      List<String> row = new ArrayList<>(List.of(Integer.toString(Integer.parseInt(day) + 1)));
      for (String rule : rules) {
        double[] values = bySeed(one, rule, "auc");
        row.add(
            rule.equals(rules.get(0))
                ? Figures.mean4(values)
                : Figures.change(Figures.less(values, first)));
      }
      rows.add(row);
    }
    page.table(head, rows);
  }

  /** AUC against the hours of a rule, by arm. */
  static Map<String, List<double[]>> lines(Results log, Map<String, Double> hours) {
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (String arm : log.texts("arm")) {
      List<double[]> line = new ArrayList<>();
      hours.forEach(
          (rule, at) ->
              line.add(
                  new double[] {at, Figures.mean(bySeed(log.where("arm", arm), rule, "auc"))}));
      lines.put(arm, line);
    }
    return lines;
  }
}
