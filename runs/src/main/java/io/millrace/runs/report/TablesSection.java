package io.millrace.runs.report;

import io.millrace.runs.line.Column;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.verdict.ArmFigures;
import io.millrace.runs.verdict.Comparison;
import io.millrace.runs.verdict.Format;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Figures of each table: its singular values, and the length of its rows or the share of its
 * weights that are not pruned.
 */
final class TablesSection {

  private final Html page;
  private final Comparison comparison;

  private TablesSection(Html page, Comparison comparison) {
    this.page = page;
    this.comparison = comparison;
  }

  static void write(Html page, Comparison comparison) {
    new TablesSection(page, comparison).write();
  }

  private void write() {
    List<String> measured = armsWith(MetricColumns.SINGULAR_VALUES);
    if (!measured.isEmpty()) {
      page.section("Singular values of the tables")
          .raw("<p>Of each table as it is served, ")
          .raw(
              "at the end of the newest window: the number of singular values above 1 % of the largest, ")
          .raw(
              "the number of all, and in brackets the effective rank, exp of the entropy of their shares. ")
          .raw("Factorised tables are expected to have fewer large ones.</p>");
      heads("Singular values above 1 % of the largest", measured);
      List<Object> all = new ArrayList<>(List.of("share of all"));
      measured.forEach(arm -> all.add(shareAbove(arm)));
      page.row(all.toArray());
      rows(measured, this::spectrum);
      page.endSection();
    }
    List<String> sized = armsWith(MetricColumns.WIDTH, MetricColumns.WEIGHTS);
    if (!sized.isEmpty()) {
      page.section("Short and pruned rows")
          .raw("<p>At the end of the newest window: floats ")
          .raw("of a row before its projection, or the share of weights that are not pruned; and ")
          .raw("the bytes served, of pruned tables with a bit for each weight.</p>");
      heads("Floats of a row, or weights left, and bytes", sized);
      rows(sized, this::size);
      page.endSection();
    }
  }

  private List<String> armsWith(Column<?>... figures) {
    return comparison.arms().stream()
        .filter(arm -> Stream.of(figures).anyMatch(figure -> has(arm, figure)))
        .toList();
  }

  private boolean has(String arm, Column<?> figure) {
    return comparison.tables().stream()
        .anyMatch(field -> !Double.isNaN(figure(arm, field, figure)));
  }

  private double figure(String arm, String field, Column<?> figure) {
    return comparison.newest(arm, ArmFigures.ofTable(field, figure));
  }

  /** Makes the text of a cell. */
  @FunctionalInterface
  private interface Cell {
    String of(String arm, String field);
  }

  private void heads(String caption, List<String> arms) {
    List<Object> heads = new ArrayList<>(List.of("field"));
    heads.addAll(arms);
    page.numbers(caption, heads.toArray());
  }

  private void rows(List<String> arms, Cell cell) {
    for (String field : comparison.tables()) {
      List<Object> cells = new ArrayList<>(List.of(field));
      arms.forEach(arm -> cells.add(cell.of(arm, field)));
      page.row(cells.toArray());
    }
    page.endTable();
  }

  private String shareAbove(String arm) {
    double above = 0;
    double values = 0;
    for (String field : comparison.tables()) {
      above += figure(arm, field, MetricColumns.ABOVE_1_PERCENT);
      values += figure(arm, field, MetricColumns.SINGULAR_VALUES);
    }
    return Format.percent(above / values);
  }

  private String spectrum(String arm, String field) {
    double above = figure(arm, field, MetricColumns.ABOVE_1_PERCENT);
    double rank = figure(arm, field, MetricColumns.EFFECTIVE_RANK);
    if (Double.isNaN(above)) {
      return Format.NONE;
    }
    return "%s of %s (%s)"
        .formatted(
            Format.count(above),
            Format.count(figure(arm, field, MetricColumns.SINGULAR_VALUES)),
            Double.isNaN(rank) ? Format.NONE : String.format(Locale.ROOT, "%.1f", rank));
  }

  private String size(String arm, String field) {
    double weights = figure(arm, field, MetricColumns.WEIGHTS);
    String share =
        Double.isNaN(weights)
            ? Format.count(figure(arm, field, MetricColumns.WIDTH)) + " floats"
            : Format.percent(figure(arm, field, MetricColumns.WEIGHTS_LEFT) / weights) + " left";
    return share + ", " + Format.bytes(figure(arm, field, MetricColumns.BYTES));
  }
}
