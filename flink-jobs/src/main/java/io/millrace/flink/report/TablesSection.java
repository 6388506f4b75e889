package io.millrace.flink.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How many directions of each table carry weight, side by side for factorised and plain arms. */
final class TablesSection {

  private TablesSection() {}

  static void write(Html page, Comparison comparison) {
    if (comparison.tables().isEmpty()) {
      return;
    }
    page.raw("<section><h2>Singular values of the tables</h2><p>Of each table as it is served, at ")
        .raw(
            "the end of the newest window: singular values above 1 % of the largest, of how many, ")
        .raw("and in brackets the effective rank, exp of the entropy of their shares. Factorised ")
        .raw("tables are expected to have fewer large ones.</p>");
    List<Object> heads = new ArrayList<>(List.of("field"));
    heads.addAll(comparison.arms());
    page.numbers("Singular values above 1 % of the largest", heads.toArray());
    List<Object> all = new ArrayList<>(List.of("share of all"));
    comparison.arms().forEach(arm -> all.add(Format.percent(shareAbove(comparison, arm))));
    page.row(all.toArray());
    for (String field : comparison.tables()) {
      List<Object> cells = new ArrayList<>(List.of(field));
      comparison.arms().forEach(arm -> cells.add(cell(comparison, arm, field)));
      page.row(cells.toArray());
    }
    page.endTable().raw("</section>\n");
  }

  private static double shareAbove(Comparison comparison, String arm) {
    double above = 0;
    double values = 0;
    for (String field : comparison.tables()) {
      above += comparison.newest(arm, row -> row.table(field, "above_1_percent"));
      values += comparison.newest(arm, row -> row.table(field, "singular_values"));
    }
    return above / values;
  }

  private static String cell(Comparison comparison, String arm, String field) {
    double above = comparison.newest(arm, row -> row.table(field, "above_1_percent"));
    double values = comparison.newest(arm, row -> row.table(field, "singular_values"));
    double rank = comparison.newest(arm, row -> row.table(field, "effective_rank"));
    if (Double.isNaN(above)) {
      return Format.NONE;
    }
    String rankText = Double.isNaN(rank) ? Format.NONE : String.format(Locale.ROOT, "%.1f", rank);
    return Format.count(above) + " of " + Format.count(values) + " (" + rankText + ")";
  }
}
