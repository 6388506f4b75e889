package io.millrace.runs.report;

import io.millrace.runs.RunFiles;
import io.millrace.runs.line.DenseColumns;
import io.millrace.runs.verdict.Drift;
import io.millrace.runs.verdict.Format;

/** Dense columns: the distance between the values of each window and the one before. */
final class DenseSection {

  private DenseSection() {}

  static void write(Html page, Drift columns) {
    if (columns.windows().isEmpty()) {
      return;
    }
    Windows windows = new Windows("dense", columns.windows());
    page.section("Dense columns", columns.others().size() + " columns")
        .windows(windows)
        .raw("<p>Kolmogorov–Smirnov statistic of each window against ")
        .raw(
            "the one before: the greatest distance of the two distribution functions, 0 for equal ")
        .raw("ones. Means and deviations are of the values as the model gets them.</p>");
    if (columns.has(DenseColumns.KS)) {
      double[] range =
          LineChart.range(
              columns.others().stream().map(other -> columns.values(other, DenseColumns.KS)));
      page.raw("<div class=\"many\">");
      for (String column : columns.others()) {
        LineChart chart =
            new LineChart(column + ": KS", Chart.Unit.SHARE, windows)
                .small()
                .include(0, .05)
                .include(range);
        chart.add("KS", Style.of(2), columns.values(column, DenseColumns.KS));
        page.figure(column, chart);
      }
      page.raw("</div>");
    }
    page.raw("<details><summary>Figures of all columns</summary>");
    page.numbers(
        "Dense columns by window",
        "column",
        "window",
        "events",
        "mean",
        "deviation",
        "missing",
        "KS");
    for (String column : columns.others()) {
      windows.inTables().forEach(w -> row(page, columns, column, windows, w));
    }
    page.endTable();
    windows.noteMissing(page, RunFiles.DRIFT);
    page.raw("</details>").endSection();
  }

  private static void row(Html page, Drift columns, String column, Windows windows, int w) {
    long start = windows.start(w);
    page.row(
        column,
        windows.name(w),
        Format.count(columns.value(column, start, DenseColumns.EVENTS)),
        Format.score(columns.value(column, start, DenseColumns.MEAN)),
        Format.score(columns.value(column, start, DenseColumns.DEVIATION)),
        Format.percent(columns.value(column, start, DenseColumns.MISSING)),
        Format.share(columns.value(column, start, DenseColumns.KS)));
  }
}
