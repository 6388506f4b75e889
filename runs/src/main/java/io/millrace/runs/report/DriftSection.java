package io.millrace.runs.report;

import io.millrace.runs.line.Column;
import io.millrace.runs.line.DriftColumns;
import java.util.List;

/**
 * Drift: for each field small charts on shared axes and the figures as a table. Compressed fields
 * come first, as drift costs them quality; the others fold away.
 */
final class DriftSection {

  /** PSI above which a change counts as strong. */
  private static final double STRONG = .25;

  private static final List<Column<?>> QUANTILES =
      List.of(
          DriftColumns.DISPLACEMENT_P50,
          DriftColumns.DISPLACEMENT_P90,
          DriftColumns.DISPLACEMENT_P99);
  private static final List<String> QUANTILE_NAMES = List.of("median", "90 %", "99 %");

  private final Html page;
  private final Drift drift;
  private final List<Long> starts;
  private final List<String> windows;

  private DriftSection(Html page, Drift drift) {
    this.page = page;
    this.drift = drift;
    this.starts = drift.windows();
    this.windows = Format.windows(starts);
  }

  static void write(Html page, Drift drift) {
    if (!drift.windows().isEmpty()) {
      new DriftSection(page, drift).write();
    }
  }

  private void write() {
    page.raw("<section><h2>Drift by field</h2><p>Each window is compared with the one before, so ")
        .raw("the first has no figures.</p>");
    if (!drift.compressed().isEmpty()) {
      compressed();
    }
    if (!drift.others().isEmpty()) {
      int n = drift.others().size();
      page.raw("<details class=\"others\"><summary>")
          .text(n + (n == 1 ? " field" : " fields") + " without a map: a row for each id")
          .raw("</summary>");
      traffic(drift.others(), false);
      page.raw("</details>");
    }
    table();
    page.raw("</section>\n");
  }

  private void compressed() {
    page.raw("<h3>Compressed fields: new and gone ids, and change of popularity</h3><p>New and ")
        .raw("unknown: share of the window's views. Gone: share of the views of the window before ")
        .raw("whose ids did not come back. PSI: change of popularity since the window before; ")
        .raw("below 0.1 no real change, above 0.25 (dashed) strong.</p>");
    traffic(drift.compressed(), true);
    page.raw("<h3>Compressed fields: agreement of each map with the one before</h3><p>ARI and NMI ")
        .raw("are 1 for equal maps and near 0 for unrelated ones. Moved: share of views whose ids ")
        .raw("changed rows. Procrustes: share of the teacher's values that no rotation explains. ")
        .text(floorNote() + keptNote())
        .raw("</p>");
    agreement();
    if (drift.has(DriftColumns.DISPLACEMENT_P50)) {
      movement();
    }
  }

  private String floorNote() {
    return drift.hasFloor()
        ? "Floors (thin, dotted): two maps of the same window whose teachers differ in their seed"
            + " alone. Agreement below its floor, or moving above its floor, is drift."
        : "How far maps differ by chance alone was not measured (drift.floor is off).";
  }

  private String keptNote() {
    return drift.compressed().stream()
            .anyMatch(field -> starts.stream().anyMatch(start -> drift.keepsMap(field, start)))
        ? " A window at whose end no map was built has no agreement."
        : "";
  }

  private void traffic(List<String> fields, boolean mapped) {
    page.raw("<ul class=\"legend\">");
    legend("new id", Style.of(1));
    if (mapped) {
      legend("unknown to the map", Style.of(2));
    }
    legend("gone id", Style.of(3));
    legend("PSI", Style.of(4));
    legend("PSI 0.25", Style.reference());
    page.raw("</ul><div class=\"many\">");
    for (String field : fields) {
      LineChart chart = new LineChart(field + ": traffic and popularity", windows).small();
      chart.include(0, .3);
      for (String other : fields) {
        List.of(
                DriftColumns.PSI,
                DriftColumns.NEW_TRAFFIC,
                DriftColumns.COLD_TRAFFIC,
                DriftColumns.GONE_TRAFFIC)
            .forEach(column -> chart.include(drift.values(other, column)));
      }
      chart.add("new id", Style.of(1), drift.values(field, DriftColumns.NEW_TRAFFIC));
      if (mapped) {
        chart.add(
            "unknown to the map", Style.of(2), drift.values(field, DriftColumns.COLD_TRAFFIC));
      }
      chart
          .add("gone id", Style.of(3), drift.values(field, DriftColumns.GONE_TRAFFIC))
          .add("PSI", Style.of(4), drift.values(field, DriftColumns.PSI));
      if (!chart.isEmpty()) {
        chart.add("PSI 0.25", Style.reference(), strong());
      }
      figure(field, chart);
    }
    page.raw("</div>");
  }

  private double[] strong() {
    return starts.stream().mapToDouble(start -> STRONG).toArray();
  }

  private void agreement() {
    page.raw("<ul class=\"legend\">");
    legend("ARI", Style.of(1));
    legend("NMI", Style.of(2));
    legend("moved", Style.of(3));
    legend("Procrustes", Style.of(4));
    if (drift.hasFloor()) {
      legend("floor of ARI", Style.floorOf(1));
      legend("floor of NMI", Style.floorOf(2));
      legend("floor of moved", Style.floorOf(3));
    }
    page.raw("</ul><div class=\"many\">");
    for (String field : drift.compressed()) {
      LineChart chart = new LineChart(field + ": agreement of maps", windows).small();
      chart
          .include(0, 1)
          .add("ARI", Style.of(1), drift.values(field, DriftColumns.ARI))
          .add("NMI", Style.of(2), drift.values(field, DriftColumns.NMI))
          .add("moved", Style.of(3), drift.values(field, DriftColumns.MOVED_TRAFFIC))
          .add("Procrustes", Style.of(4), drift.values(field, DriftColumns.PROCRUSTES));
      if (drift.hasFloor()) {
        chart
            .add(
                "floor of ARI",
                Style.floorOf(1),
                drift.values(field, DriftColumns.floor(DriftColumns.ARI)))
            .add(
                "floor of NMI",
                Style.floorOf(2),
                drift.values(field, DriftColumns.floor(DriftColumns.NMI)))
            .add(
                "floor of moved",
                Style.floorOf(3),
                drift.values(field, DriftColumns.floor(DriftColumns.MOVED_TRAFFIC)));
      }
      figure(field, chart);
    }
    page.raw("</div>");
  }

  private void movement() {
    page.raw(
            "<h3>Compressed fields: how far ids moved in the teacher</h3><p>Quantiles over the ids ")
        .raw(
            "of both windows, after the rotation that fits best, in units of the root mean square ")
        .raw("length of their vectors. ")
        .text(
            drift.has(DriftColumns.floor(DriftColumns.DISPLACEMENT_P50))
                ? "Floors: the teacher against a second one of the same window."
                : "")
        .raw("</p><ul class=\"legend\">");
    for (int q = 0; q < QUANTILES.size(); q++) {
      legend(QUANTILE_NAMES.get(q), Style.of(q + 1));
      if (drift.has(DriftColumns.floor(QUANTILES.get(q)))) {
        legend("floor of " + QUANTILE_NAMES.get(q), Style.floorOf(q + 1));
      }
    }
    page.raw("</ul><div class=\"many\">");
    for (String field : drift.compressed()) {
      LineChart chart = new LineChart(field + ": displacement", windows).small().include(0);
      for (int q = 0; q < QUANTILES.size(); q++) {
        for (String other : drift.compressed()) {
          chart.include(drift.values(other, QUANTILES.get(q)));
        }
        chart.add(QUANTILE_NAMES.get(q), Style.of(q + 1), drift.values(field, QUANTILES.get(q)));
        if (drift.has(DriftColumns.floor(QUANTILES.get(q)))) {
          chart.add(
              "floor of " + QUANTILE_NAMES.get(q),
              Style.floorOf(q + 1),
              drift.values(field, DriftColumns.floor(QUANTILES.get(q))));
        }
      }
      figure(field, chart);
    }
    page.raw("</div><details><summary>Figures of movement and of traffic</summary>");
    page.numbers(
        "Movement and agreement by traffic",
        "field",
        "window",
        "median" + floorHead(),
        "90 %" + floorHead(),
        "99 %" + floorHead(),
        "Procrustes" + floorHead(),
        "ARI by traffic" + floorHead(),
        "NMI by traffic" + floorHead(),
        "Jaccard by traffic" + floorHead(),
        "ids moved" + floorHead());
    drift.compressed().forEach(field -> starts.forEach(start -> movementRow(field, start)));
    page.endTable().raw("</details>");
  }

  private void movementRow(String field, long start) {
    page.row(
        field,
        windows.get(starts.indexOf(start)),
        withFloor(field, start, DriftColumns.DISPLACEMENT_P50),
        withFloor(field, start, DriftColumns.DISPLACEMENT_P90),
        withFloor(field, start, DriftColumns.DISPLACEMENT_P99),
        withFloor(field, start, DriftColumns.PROCRUSTES),
        withFloor(field, start, DriftColumns.ARI_TRAFFIC),
        withFloor(field, start, DriftColumns.NMI_TRAFFIC),
        withFloor(field, start, DriftColumns.JACCARD_TRAFFIC),
        withFloor(field, start, DriftColumns.MOVED_IDS));
  }

  private void legend(String name, Style style) {
    page.raw("<li>" + Svg.swatch(style)).text(name).raw("</li>");
  }

  private void figure(String field, LineChart chart) {
    page.raw("<figure><figcaption>").element("strong", field).raw("</figcaption>");
    page.raw(chart.isEmpty() ? "<p class=\"none\">No figures.</p>" : chart.svg()).raw("</figure>");
  }

  private void table() {
    page.raw("<details><summary>Figures of all fields</summary>");
    page.numbers(
        "Drift by field and window",
        "field",
        "window",
        "ids",
        "PSI",
        "new",
        "unknown",
        "gone",
        "Procrustes",
        "map",
        "rows",
        "mapped ids",
        "ARI" + floorHead(),
        "NMI" + floorHead(),
        "Jaccard" + floorHead(),
        "moved" + floorHead());
    for (List<String> fields : List.of(drift.compressed(), drift.others())) {
      fields.forEach(field -> starts.forEach(start -> tableRow(field, start)));
    }
    page.endTable().raw("</details>");
  }

  private String floorHead() {
    return drift.hasFloor() ? " (floor)" : "";
  }

  private void tableRow(String field, long start) {
    page.row(
        field,
        windows.get(starts.indexOf(start)),
        Format.count(drift.value(field, start, DriftColumns.COUNTED_IDS)),
        share(field, start, DriftColumns.PSI),
        share(field, start, DriftColumns.NEW_TRAFFIC),
        share(field, start, DriftColumns.COLD_TRAFFIC),
        share(field, start, DriftColumns.GONE_TRAFFIC),
        share(field, start, DriftColumns.PROCRUSTES),
        map(field, start),
        mapped(field, start, DriftColumns.ROWS),
        mapped(field, start, DriftColumns.MAPPED_IDS),
        withFloor(field, start, DriftColumns.ARI),
        withFloor(field, start, DriftColumns.NMI),
        withFloor(field, start, DriftColumns.JACCARD),
        withFloor(field, start, DriftColumns.MOVED_TRAFFIC));
  }

  private String map(String field, long start) {
    return drift.isCompressed(field) && !drift.lacksMap(field, start)
        ? drift.mapSpec(field)
            + " v"
            + Format.count(drift.value(field, start, DriftColumns.MAP_VERSION))
            + (drift.plainHash(field, start) ? ", plain hash" : "")
            + (drift.keepsMap(field, start) ? ", kept" : "")
        : Format.NONE;
  }

  private String mapped(String field, long start, Column<?> column) {
    return drift.isCompressed(field) && !drift.lacksMap(field, start)
        ? Format.count(drift.value(field, start, column))
        : Format.NONE;
  }

  private String share(String field, long start, Column<?> column) {
    return Format.share(drift.value(field, start, column));
  }

  private String withFloor(String field, long start, Column<?> column) {
    double floor = drift.value(field, start, DriftColumns.floor(column));
    return share(field, start, column)
        + (Double.isNaN(floor) ? "" : " (" + Format.share(floor) + ")");
  }
}
