package io.millrace.tests.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;

/** What the runs of {@link MletArms} show. */
final class MletPages {

  private static final List<String> BUCKETS = List.of("unseen", "few", "some", "many");
  private static final List<String> BUCKET_NAMES =
      List.of("never", "1 to 9", "10 to 99", "100 or more");

  private final TrainScores scores;
  private final List<Double> rates;
  private final List<Double> factorisedRates;

  /**
   * @param rates those of single layers, as in {@link MletArms#of}
   * @param factorisedRates those of factorised tables
   */
  MletPages(TrainScores scores, List<Double> rates, List<Double> factorisedRates) {
    this.scores = scores;
    this.rates = rates;
    this.factorisedRates = factorisedRates;
  }

  /** The single layer of the best rate. */
  String bestSingle(int d) {
    return best(rates, rate -> MletArms.single(d, rate));
  }

  /** The single layer at the rate that the default form has. */
  String single(int d) {
    return MletArms.single(d, factorisedRates.get(0));
  }

  String dense(int d, int k) {
    return MletArms.factorised("dense", d, k, factorisedRates.get(0));
  }

  /** The paper's form, at its better rate. */
  String table(int d, int k) {
    return best(factorisedRates, rate -> MletArms.factorised("table", d, k, rate));
  }

  private String best(List<Double> from, DoubleFunction<String> arm) {
    return from.stream()
        .map(arm::apply)
        .max(Comparator.comparingDouble(name -> Figures.mean(scores.auc(name))))
        .orElseThrow();
  }

  /** Quality against d. */
  void quality(LabPage page) {
    List<List<String>> rows = new ArrayList<>();
    for (int d : MletArms.DIMS) {
      String wide = dense(d, MletArms.WIDEST / 2);
      String paper = table(d, MletArms.WIDEST / 2);
      rows.add(
          List.of(
              Integer.toString(d),
              Figures.mean4(scores.auc(single(d))),
              Figures.mean4(scores.auc(bestSingle(d))),
              Figures.mean4(scores.auc(dense(d, d))) + " (" + gain(dense(d, d), d) + ")",
              Figures.mean4(scores.auc(wide)) + " (" + gain(wide, d) + ")",
              Figures.mean4(scores.auc(paper)) + " (" + gain(paper, d) + ")"));
    }
    page.table(
        List.of(
            "d",
            "single layer, rate " + factorisedRates.get(0),
            "single layer, best rate",
            "MLET k = d",
            "MLET k = 64",
            "paper's form, k = 64"),
        rows);
  }

  /** Mean AUC of the default form above the single layer of the best rate. */
  double gain(int d, int k) {
    return Figures.mean(scores.auc(dense(d, k))) - Figures.mean(scores.auc(bestSingle(d)));
  }

  /** AUC above the single layer of the best rate. */
  private String gain(String arm, int d) {
    return Figures.change(Figures.less(scores.auc(arm), scores.auc(bestSingle(d))));
  }

  /** The single layer by rate, and gains by d and k in both forms. */
  void grid(LabPage page) {
    List<String> head = new ArrayList<>(List.of("d"));
    rates.forEach(rate -> head.add(Double.toString(rate)));
    List<List<String>> rows = new ArrayList<>();
    for (int d : MletArms.DIMS) {
      List<String> row = new ArrayList<>(List.of(Integer.toString(d)));
      rates.forEach(rate -> row.add(Figures.mean4(scores.auc(MletArms.single(d, rate)))));
      rows.add(row);
    }
    page.say("Single layer, AUC by d and learning rate of the rows:").table(head, rows);
    page.say(
        "MLET in the default form at rate %s, AUC above the single layer of the best rate, by d and"
            + " k:",
        factorisedRates.get(0));
    gains(page, "dense");
    page.say("MLET in the paper's form, the better of rates %s, the same:", factorisedRates);
    gains(page, "table");
  }

  private void gains(LabPage page, String form) {
    List<Integer> inner = MletArms.inner(MletArms.DIMS.get(0));
    List<String> head = new ArrayList<>(List.of("d"));
    inner.forEach(k -> head.add("k = " + k));
    List<List<String>> rows = new ArrayList<>();
    for (int d : MletArms.DIMS) {
      List<String> row = new ArrayList<>(List.of(Integer.toString(d)));
      for (int k : inner) {
        String arm = k < d ? null : form.equals("dense") ? dense(d, k) : table(d, k);
        row.add(arm == null ? "" : gain(arm, d));
      }
      rows.add(row);
    }
    page.table(head, rows);
  }

  /** The arms whose tables and rare ids are looked at, by what they are called. */
  private Map<String, String> compared(int d) {
    Map<String, String> arms = new LinkedHashMap<>();
    arms.put("single layer, best rate", bestSingle(d));
    arms.put("single layer, rate " + factorisedRates.get(0), single(d));
    arms.put("MLET k = " + d, dense(d, d));
    arms.put("MLET k = 64", dense(d, 64));
    arms.put("paper's form, k = " + d, table(d, d));
    arms.put("paper's form, k = 64", table(d, 64));
    return arms;
  }

  /** Singular values of the tables of d floats with at least so many rows. */
  void spectrum(LabPage page, int d, Map<String, Integer> idsByField, int least) {
    List<String> fields = large(idsByField, least);
    List<List<String>> rows = new ArrayList<>();
    compared(d)
        .forEach(
            (name, arm) -> {
              double[] ranks = figures(arm, fields, "effective_rank");
              rows.add(
                  List.of(
                      name,
                      Figures.text(
                          "%.1f of %d", Figures.mean(figures(arm, fields, "above_1_percent")), d),
                      Figures.text("%.1f", Figures.mean(ranks)),
                      Figures.text("%.1f", Arrays.stream(ranks).min().orElseThrow()),
                      Figures.mean4(scores.auc(arm))));
            });
    page.say("d = %d, mean over the %d tables of at least %,d ids:", d, fields.size(), least);
    page.table(
        List.of("tables", "above 1 % of the largest", "effective rank", "least of them", "AUC"),
        rows);
  }

  private static List<String> large(Map<String, Integer> idsByField, int least) {
    return idsByField.keySet().stream().filter(field -> idsByField.get(field) >= least).toList();
  }

  /** A figure of the arm's tables at the end of the first seed's run. */
  private double[] figures(String arm, List<String> fields, String figure) {
    JsonNode tables = scores.tables(arm);
    return fields.stream().mapToDouble(field -> tables.get(field).get(figure).asDouble()).toArray();
  }

  /** Mean effective rank of the large tables against d, by kind of table. */
  Map<String, List<double[]>> rankLines(Map<String, Integer> idsByField, int least) {
    List<String> fields = large(idsByField, least);
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (int d : MletArms.DIMS) {
      compared(d)
          .forEach(
              (name, arm) ->
                  lines
                      .computeIfAbsent(name.replace("k = " + d, "k = d"), l -> new ArrayList<>())
                      .add(new double[] {d, Figures.mean(figures(arm, fields, "effective_rank"))}));
    }
    return lines;
  }

  /** Gain of the default form against k, by d. */
  Map<String, List<double[]>> gridLines() {
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (int d : MletArms.DIMS) {
      List<double[]> line = new ArrayList<>();
      MletArms.inner(d).forEach(k -> line.add(new double[] {k, gain(d, k)}));
      lines.put("d = " + d, line);
    }
    return lines;
  }

  /** NE by how often an event's rarest id was seen before. */
  void rare(LabPage page, int d) {
    List<String> head = new ArrayList<>(List.of("d = " + d));
    head.addAll(BUCKET_NAMES);
    List<List<String>> rows = new ArrayList<>();
    String single = bestSingle(d);
    List<String> share = new ArrayList<>(List.of("share of the events"));
    BUCKETS.forEach(b -> share.add(Figures.text("%.0f %%", 100 * scores.events(single, b))));
    rows.add(share);
    compared(d)
        .forEach(
            (name, arm) -> {
              List<String> row = new ArrayList<>(List.of(name));
              for (String bucket : BUCKETS) {
                double[] ne = scores.ne(arm, bucket);
                row.add(
                    arm.equals(single)
                        ? Figures.mean4(ne)
                        : Figures.change(Figures.less(ne, scores.ne(single, bucket))));
              }
              if (!arm.equals(single) || rows.size() == 1) {
                rows.add(row);
              }
            });
    page.table(head, rows);
  }

  /** AUC against d, by kind of table. */
  Map<String, List<double[]>> lines() {
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (int d : MletArms.DIMS) {
      add(lines, "single layer, rate " + factorisedRates.get(0), d, single(d));
      add(lines, "single layer, best rate", d, bestSingle(d));
      add(lines, "MLET k = d", d, dense(d, d));
      add(lines, "MLET k = 64", d, dense(d, 64));
      add(lines, "paper's form, k = 64", d, table(d, 64));
    }
    return lines;
  }

  private void add(Map<String, List<double[]>> lines, String line, int d, String arm) {
    lines
        .computeIfAbsent(line, l -> new ArrayList<>())
        .add(new double[] {d, Figures.mean(scores.auc(arm))});
  }
}
