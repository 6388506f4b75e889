package io.millrace.flink.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** Drift: for each field small charts on shared axes, floors dashed, and the figures as a table. */
final class DriftSection {

  /** PSI above which a change counts as strong. */
  private static final double STRONG = .25;

  private final Html page;
  private final TreeSet<Long> starts = new TreeSet<>();
  private final List<String> windows;

  /** Field → window start → line. */
  private final Map<String, Map<Long, JsonNode>> fields = new TreeMap<>(DriftSection::natural);

  private DriftSection(Html page, List<JsonNode> lines) {
    this.page = page;
    for (JsonNode line : lines) {
      long start = Json.time(line, "window_start");
      if (start != Json.NO_TIME) {
        starts.add(start);
        fields.computeIfAbsent(Json.text(line, "field"), f -> new TreeMap<>()).put(start, line);
      }
    }
    windows = Format.windows(List.copyOf(starts));
  }

  static void write(Html page, List<JsonNode> lines) {
    if (!lines.isEmpty()) {
      new DriftSection(page, lines).write();
    }
  }

  private void write() {
    page.raw("<section><h2>Drift by field</h2>");
    page.raw("<h3>Traffic of ids by novelty, and change of popularity</h3><p>Shares of the ")
        .raw("window's views; the first window, where every id is new, is left out. PSI compares ")
        .raw("popularity with the window before: below .1 no real change, above .25 (dashed) ")
        .raw("strong.</p>");
    legend("new id", "unknown to the map", "id gone since", "PSI");
    page.raw("<div class=\"many\">");
    fields.keySet().forEach(this::trafficChart);
    page.raw("</div><h3>Agreement of each map with the one before</h3><p>The floor is what two ")
        .raw("maps of the same window agree on if only the seed differs: only what lies below it ")
        .raw("is drift. Procrustes: share of the teacher's values that no rotation explains.</p>");
    legend("ARI", "NMI", "moved traffic", "Procrustes residual");
    page.raw("<div class=\"many\">");
    fields.keySet().forEach(this::agreementChart);
    page.raw("</div>");
    table();
    page.raw("</section>\n");
  }

  private void legend(String... names) {
    page.raw("<ul class=\"legend\">");
    for (int i = 0; i < names.length; i++) {
      page.raw("<li>" + Svg.swatch(Style.of(i + 1))).text(names[i]).raw("</li>");
    }
    page.raw("<li>" + Svg.swatch(Style.reference()) + "floor or threshold</li></ul>");
  }

  private void trafficChart(String field) {
    LineChart chart = new LineChart(field + ": traffic and popularity", windows).small();
    chart
        .include(0, .3)
        .include(all(l -> Json.number(l, "psi")))
        .include(all(DriftSection::newTraffic))
        .include(all(l -> Json.number(l, "cold_traffic")))
        .include(all(l -> Json.number(l, "gone_traffic")))
        .add("new id", Style.of(1), values(field, DriftSection::newTraffic))
        .add("unknown to the map", Style.of(2), values(field, l -> Json.number(l, "cold_traffic")))
        .add("id gone since", Style.of(3), values(field, l -> Json.number(l, "gone_traffic")))
        .add("PSI", Style.of(4), values(field, l -> Json.number(l, "psi")))
        .add("PSI: strong change", Style.reference(), values(field, l -> STRONG));
    figure(field, chart);
  }

  private void agreementChart(String field) {
    LineChart chart = new LineChart(field + ": agreement of maps", windows).small();
    chart
        .include(0, 1)
        .add("ARI", Style.of(1), values(field, l -> agreement(l, "ari")))
        .add("NMI", Style.of(2), values(field, l -> agreement(l, "nmi")))
        .add("moved traffic", Style.of(3), values(field, l -> agreement(l, "moved_traffic")))
        .add("Procrustes residual", Style.of(4), values(field, l -> Json.number(l, "procrustes")))
        .add("ARI floor", Style.reference(), values(field, l -> agreement(l, "floor_ari")))
        .add("NMI floor", Style.reference(), values(field, l -> agreement(l, "floor_nmi")));
    figure(field, chart);
  }

  private void figure(String field, LineChart chart) {
    page.raw("<figure><figcaption>").element("strong", field).raw("</figcaption>");
    page.raw(chart.isEmpty() ? "<p class=\"none\">No figures.</p>" : chart.svg()).raw("</figure>");
  }

  private void table() {
    page.raw("<details><summary>Figures</summary>");
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
        "ARI (floor)",
        "NMI (floor)",
        "Jaccard (floor)",
        "moved traffic");
    fields.forEach((field, lines) -> lines.values().forEach(line -> tableRow(field, line)));
    page.endTable().raw("</details>");
  }

  private void tableRow(String field, JsonNode line) {
    page.row(
        field,
        Format.time(Json.time(line, "window_start")),
        Format.count(Json.number(line, "ids")),
        Format.share(Json.number(line, "psi")),
        Format.share(Json.number(line, "new_traffic")),
        Format.share(Json.number(line, "cold_traffic")),
        Format.share(Json.number(line, "gone_traffic")),
        Format.share(Json.number(line, "procrustes")),
        withFloor(line, "ari"),
        withFloor(line, "nmi"),
        withFloor(line, "jaccard"),
        Format.share(agreement(line, "moved_traffic")));
  }

  private static String withFloor(JsonNode line, String key) {
    String value = Format.share(agreement(line, key));
    double floor = agreement(line, "floor_" + key);
    return Double.isNaN(floor) ? value : value + " (" + Format.share(floor) + ")";
  }

  /** Unknown where all is new: that is the stream's begin, and no drift. */
  private static double newTraffic(JsonNode line) {
    double share = Json.number(line, "new_traffic");
    return share > .999 ? Double.NaN : share;
  }

  /** A figure within {@code agreement}, or beside it. */
  private static double agreement(JsonNode line, String key) {
    double nested = Json.number(line.path("agreement"), key);
    return Double.isNaN(nested) ? Json.number(line, key) : nested;
  }

  private double[] values(String field, ToDoubleFunction<JsonNode> value) {
    Map<Long, JsonNode> lines = fields.get(field);
    return starts.stream()
        .mapToDouble(s -> lines.containsKey(s) ? value.applyAsDouble(lines.get(s)) : Double.NaN)
        .toArray();
  }

  private double[] all(ToDoubleFunction<JsonNode> value) {
    List<Double> all = new ArrayList<>();
    fields.values().forEach(l -> l.values().forEach(n -> all.add(value.applyAsDouble(n))));
    return all.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** f2 before f10: by length where one begins as the other, else by text. */
  private static int natural(String a, String b) {
    String left = a.replaceAll("\\d+$", "");
    String right = b.replaceAll("\\d+$", "");
    return left.equals(right) && a.length() != b.length()
        ? Integer.compare(a.length(), b.length())
        : a.compareTo(b);
  }
}
