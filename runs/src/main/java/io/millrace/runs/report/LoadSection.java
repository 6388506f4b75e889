package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.DriftColumns;
import io.millrace.runs.verdict.Drift;
import io.millrace.runs.verdict.Format;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The distribution of ids and views over the rows of each field's newest map. */
final class LoadSection {

  private final Html page;
  private final Drift drift;

  private LoadSection(Html page, Drift drift) {
    this.page = page;
    this.drift = drift;
  }

  static void write(Html page, Drift drift) {
    List<String> fields =
        drift.compressed().stream().filter(field -> drift.newestLoad(field) != null).toList();
    if (!fields.isEmpty()) {
      new LoadSection(page, drift).write(fields);
    }
  }

  private void write(List<String> fields) {
    page.section("Load of rows")
        .raw("<p>Of each field's newest map. Hot collisions: of its ")
        .raw("100 most frequent ids, those that share a row with another of them.</p>");
    page.numbers(
        "Load of rows",
        "field",
        "map",
        "ids",
        "rows",
        "rows in use",
        "most ids in a row",
        "most traffic on a row",
        "hot collisions");
    fields.forEach(this::row);
    page.endTable().raw("<h3>Rows by the number of their ids</h3><div class=\"many\">");
    fields.forEach(this::histogram);
    page.raw("</div><details><summary>Figures and largest rows</summary>");
    binTable(fields);
    page.numbers("Largest rows", "field", "row", "ids", "traffic");
    for (String field : fields) {
      for (JsonNode row : DriftColumns.LARGEST.in(load(field))) {
        page.row(
            field,
            Format.count(DriftColumns.ROW.numberIn(row)),
            Format.count(DriftColumns.ROW_IDS.numberIn(row)),
            Format.percent(DriftColumns.ROW_TRAFFIC.numberIn(row)));
      }
    }
    page.endTable().raw("</details>").endSection();
  }

  private JsonNode load(String field) {
    return DriftColumns.ROW_LOAD.in(drift.newestLoad(field));
  }

  private void row(String field) {
    JsonNode line = drift.newestLoad(field);
    JsonNode load = load(field);
    page.row(
        field,
        DriftColumns.MAP_SPEC.textIn(line) + " v" + DriftColumns.MAP_VERSION.textIn(line),
        Format.count(DriftColumns.MAPPED_IDS.numberIn(line)),
        Format.count(DriftColumns.ROWS.numberIn(line)),
        Format.count(DriftColumns.ROWS_USED.numberIn(load)),
        Format.count(DriftColumns.MAX_IDS.numberIn(load)),
        Format.percent(DriftColumns.MAX_TRAFFIC.numberIn(load)),
        Format.count(DriftColumns.HOT_COLLISIONS.numberIn(load)));
  }

  /** A bar for each bin; bins are powers of two. */
  private void histogram(String field) {
    BarChart chart = new BarChart(field + ": rows by the number of their ids");
    bins(field).forEach((least, rows) -> chart.add(range(least), rows));
    page.figure(field, chart);
  }

  /** The figures of all histograms, a row for each field and a column for each bin. */
  private void binTable(List<String> fields) {
    Set<Double> bins = new TreeSet<>();
    fields.forEach(field -> bins(field).keySet().forEach(bins::add));
    List<Object> heads = new ArrayList<>(List.of("field"));
    bins.forEach(bin -> heads.add(range(bin)));
    page.numbers("Rows by the number of their ids", heads.toArray());
    for (String field : fields) {
      Map<Double, Double> rows = bins(field);
      List<Object> cells = new ArrayList<>(List.of(field));
      bins.forEach(bin -> cells.add(Format.count(rows.getOrDefault(bin, 0.))));
      page.row(cells.toArray());
    }
    page.endTable();
  }

  /** Least ids of a row → rows. */
  private Map<Double, Double> bins(String field) {
    Map<Double, Double> bins = new TreeMap<>();
    for (JsonNode bin : DriftColumns.IDS_HISTOGRAM.in(load(field))) {
      bins.put(bin.path(0).asDouble(), bin.path(1).asDouble());
    }
    return bins;
  }

  /** The range of a bin, such as 4 to 7 ids. */
  private static String range(double least) {
    return least < 2
        ? Format.count(least)
        : Format.count(least) + "–" + Format.count(2 * least - 1);
  }
}
