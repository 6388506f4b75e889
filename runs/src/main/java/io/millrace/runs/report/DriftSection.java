package io.millrace.runs.report;

import io.millrace.runs.RunFiles;
import io.millrace.runs.line.Column;
import io.millrace.runs.line.DriftColumns;
import io.millrace.runs.verdict.Drift;
import io.millrace.runs.verdict.Format;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Drift: for each field small charts on shared axes, and the figures as a table. Compressed fields
 * come first, as drift costs them quality; the other fields are folded.
 */
final class DriftSection {

  /** Quantiles of displacement among the columns of movement, which come first. */
  private static final int QUANTILES = 3;

  /** Columns of the table of movement, by their heads. */
  private static final Map<String, Column<?>> MOVEMENT = new LinkedHashMap<>();

  static {
    MOVEMENT.put("median", DriftColumns.DISPLACEMENT_P50);
    MOVEMENT.put("90 %", DriftColumns.DISPLACEMENT_P90);
    MOVEMENT.put("99 %", DriftColumns.DISPLACEMENT_P99);
    MOVEMENT.put("Procrustes", DriftColumns.PROCRUSTES);
    MOVEMENT.put("ARI by traffic", DriftColumns.ARI_TRAFFIC);
    MOVEMENT.put("NMI by traffic", DriftColumns.NMI_TRAFFIC);
    MOVEMENT.put("Jaccard by traffic", DriftColumns.JACCARD_TRAFFIC);
    MOVEMENT.put("ids moved", DriftColumns.MOVED_IDS);
  }

  /** What the measures of two maps, or of two teachers, mean. */
  private static final Map<String, String> TERMS = new LinkedHashMap<>();

  static {
    TERMS.put(
        "ARI",
        "adjusted Rand index: of pairs of ids, how far both maps put the same ones together; 1 for"
            + " equal maps, near 0 for unrelated ones");
    TERMS.put(
        "NMI",
        "normalised mutual information: how much a row of one map says of the row in the other; 1"
            + " for equal maps");
    TERMS.put(
        "Jaccard",
        "of pairs of ids that share a row in one of the maps, the share that does in both");
    TERMS.put("moved", "share of views whose ids changed rows, after rows were matched");
    TERMS.put(
        "Procrustes", "share of the teacher's values that no rotation of the old ones explains");
    TERMS.put("floor", "the same figure for two teachers of one window: what chance alone makes");
  }

  /** A line of the charts. */
  private record Shown(String name, Style style, Column<?> column) {

    static Shown of(String name, int style, Column<?> column) {
      return new Shown(name, Style.of(style), column);
    }

    static Shown floorOf(String name, int style, Column<?> column) {
      return new Shown("floor of " + name, Style.floorOf(style), DriftColumns.floor(column));
    }
  }

  private final Html page;
  private final Drift drift;
  private final Windows windows;

  private DriftSection(Html page, Drift drift) {
    this.page = page;
    this.drift = drift;
    this.windows = new Windows("drift", drift.windows());
  }

  static void write(Html page, Drift drift) {
    if (!drift.windows().isEmpty()) {
      new DriftSection(page, drift).write();
    }
  }

  private void write() {
    page.section("Drift by field", drift.compressed().size() + drift.others().size() + " fields")
        .windows(windows)
        .raw("<p>Each window is compared with the one before, so ")
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
    page.endSection();
  }

  private void compressed() {
    page.raw("<h3>Compressed fields: new and gone ids, and change of popularity</h3><p>New and ")
        .raw("unknown: share of the window's views. Gone: share of the views of the window before ")
        .raw(
            "whose ids did not come back. PSI: change of popularity since the window before, less ")
        .raw("what chance gives. A field drifts where its PSI is above the limit (dashed): what ")
        .raw("the field usually changes, or chance explains, or at least 0.02.</p>");
    traffic(drift.compressed(), true);
    page.raw(
        "<details><summary>Advanced: agreement of maps, and movement in the teacher</summary>");
    page.raw("<h3>Compressed fields: agreement of each map with the one before</h3>");
    terms();
    page.element("p", (floorNote() + keptNote()).strip());
    agreement();
    if (drift.has(DriftColumns.DISPLACEMENT_P50)) {
      movement();
    }
    page.raw("</details>");
  }

  /** A line for each measure, for those who have not met it. */
  private void terms() {
    page.raw("<dl class=\"terms\">");
    TERMS.forEach((term, means) -> page.element("dt", term).element("dd", means));
    page.raw("</dl>");
  }

  private String floorNote() {
    return drift.hasFloor()
        ? "Floors (thin, dotted): two maps of the same window whose teachers differ only in their"
            + " seed. Agreement below its floor, or movement above its floor, is drift."
        : "Differences of maps by chance were not measured (drift.floor is off).";
  }

  private String keptNote() {
    return drift.compressed().stream()
            .anyMatch(
                field -> windows.starts().stream().anyMatch(start -> drift.keepsMap(field, start)))
        ? " A window at whose end no map was built has no agreement."
        : "";
  }

  private void traffic(List<String> fields, boolean mapped) {
    List<Shown> lines = new ArrayList<>();
    lines.add(Shown.of("new id", 1, DriftColumns.NEW_TRAFFIC));
    if (mapped) {
      lines.add(Shown.of("unknown to the map", 2, DriftColumns.COLD_TRAFFIC));
    }
    lines.add(Shown.of("gone id", 3, DriftColumns.GONE_TRAFFIC));
    lines.add(Shown.of("PSI", 4, DriftColumns.PSI));
    lines.add(new Shown("limit of PSI", Style.reference(), DriftColumns.PSI_LIMIT));
    charts(
        fields,
        "traffic and popularity",
        lines,
        List.of(
            DriftColumns.PSI,
            DriftColumns.PSI_LIMIT,
            DriftColumns.NEW_TRAFFIC,
            DriftColumns.COLD_TRAFFIC,
            DriftColumns.GONE_TRAFFIC),
        0,
        .1);
  }

  private void agreement() {
    List<Shown> lines = new ArrayList<>();
    lines.add(Shown.of("ARI", 1, DriftColumns.ARI));
    lines.add(Shown.of("NMI", 2, DriftColumns.NMI));
    lines.add(Shown.of("moved", 3, DriftColumns.MOVED_TRAFFIC));
    lines.add(Shown.of("Procrustes", 4, DriftColumns.PROCRUSTES));
    if (drift.hasFloor()) {
      lines.add(Shown.floorOf("ARI", 1, DriftColumns.ARI));
      lines.add(Shown.floorOf("NMI", 2, DriftColumns.NMI));
      lines.add(Shown.floorOf("moved", 3, DriftColumns.MOVED_TRAFFIC));
    }
    charts(drift.compressed(), "agreement of maps", lines, List.of(), 0, 1);
  }

  private void movement() {
    page.raw("<h3>Compressed fields: movement of ids in the teacher</h3><p>Quantiles over the ids ")
        .raw("of both windows, after the best rotation, in units of the root mean square ")
        .raw("length of their vectors. ")
        .text(
            drift.has(DriftColumns.floor(DriftColumns.DISPLACEMENT_P50))
                ? "Floors: the teacher against a second one of the same window."
                : "")
        .raw("</p>");
    List<Shown> lines = new ArrayList<>();
    List<Column<?>> quantiles = MOVEMENT.values().stream().limit(QUANTILES).toList();
    for (String name : MOVEMENT.keySet().stream().limit(QUANTILES).toList()) {
      Column<?> quantile = MOVEMENT.get(name);
      int style = quantiles.indexOf(quantile) + 1;
      lines.add(Shown.of(name, style, quantile));
      if (drift.has(DriftColumns.floor(quantile))) {
        lines.add(Shown.floorOf(name, style, quantile));
      }
    }
    charts(drift.compressed(), "displacement", lines, quantiles, 0);
    page.raw("<details><summary>Figures of movement and of traffic</summary>");
    List<Object> heads = new ArrayList<>(List.of("field", "window"));
    MOVEMENT.keySet().forEach(name -> heads.add(name + floorHead()));
    page.numbers("Movement and agreement by traffic", heads.toArray());
    drift.compressed().forEach(field -> windows.inTables().forEach(w -> movementRow(field, w)));
    page.endTable();
    windows.noteMissing(page, RunFiles.DRIFT);
    page.raw("</details>");
  }

  private void movementRow(String field, int w) {
    List<Object> cells = new ArrayList<>(List.of(field, windows.name(w)));
    MOVEMENT.values().forEach(column -> cells.add(withFloor(field, windows.start(w), column)));
    page.row(cells.toArray());
  }

  /** A legend, and a small chart for each field; {@code shared} columns have one axis for all. */
  private void charts(
      List<String> fields,
      String what,
      List<Shown> lines,
      List<Column<?>> shared,
      double... included) {
    page.raw("<ul class=\"legend\">");
    lines.forEach(line -> page.legend(line.name(), line.style()));
    page.raw("</ul><div class=\"many\">");
    double[] range =
        LineChart.range(
            fields.stream()
                .flatMap(field -> shared.stream().map(column -> drift.values(field, column))));
    for (String field : fields) {
      LineChart chart =
          new LineChart(field + ": " + what, Chart.Unit.SHARE, windows)
              .small()
              .include(included)
              .include(range);
      for (Shown line : lines) {
        chart.add(line.name(), line.style(), drift.values(field, line.column()));
      }
      page.figure(field, chart);
    }
    page.raw("</div>");
  }

  private void table() {
    page.raw("<details><summary>Figures of all fields</summary>");
    page.numbers(
        "Drift by field and window",
        "field",
        "window",
        "ids",
        "PSI (limit)",
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
      fields.forEach(field -> windows.inTables().forEach(w -> tableRow(field, w)));
    }
    page.endTable();
    windows.noteMissing(page, RunFiles.DRIFT);
    page.raw("</details>");
  }

  private String floorHead() {
    return drift.hasFloor() ? " (floor)" : "";
  }

  private void tableRow(String field, int w) {
    long start = windows.start(w);
    page.row(
        field,
        windows.name(w),
        Format.count(drift.value(field, start, DriftColumns.COUNTED_IDS)),
        psi(field, start),
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
        ? "%s v%s%s%s"
            .formatted(
                drift.mapSpec(field),
                Format.count(drift.value(field, start, DriftColumns.MAP_VERSION)),
                drift.plainHash(field, start) ? ", plain hash" : "",
                drift.keepsMap(field, start) ? ", kept" : "")
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

  private String psi(String field, long start) {
    double limit = drift.value(field, start, DriftColumns.PSI_LIMIT);
    return share(field, start, DriftColumns.PSI)
        + (Double.isNaN(limit) ? "" : " (" + Format.share(limit) + ")");
  }

  private String withFloor(String field, long start, Column<?> column) {
    double floor = drift.value(field, start, DriftColumns.floor(column));
    return share(field, start, column)
        + (Double.isNaN(floor) ? "" : " (" + Format.share(floor) + ")");
  }
}
