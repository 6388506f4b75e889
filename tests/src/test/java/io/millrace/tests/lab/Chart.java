package io.millrace.tests.lab;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A chart of lines.
 *
 * @param title what is drawn, of which log
 * @param x name of the axis, with its unit
 * @param y likewise
 * @param logarithmic whether the x axis is
 * @param lines points {x, y} by name
 */
record Chart(
    String title, String x, String y, boolean logarithmic, Map<String, List<double[]>> lines) {

  static final int WIDTH = 760;
  static final int HEIGHT = 460;

  private static final List<String> COLOURS =
      List.of(
          "#33373d", "#b95400", "#0072b2", "#007e5b", "#c2408f", "#8a6d00", "#7a4fb0", "#c0272d",
          "#0b7f8c", "#587a14", "#8c564b", "#4f5fd0");
  private static final List<String> MARKERS = List.of("circle", "rect", "triangle", "diamond");

  /** The chart as ECharts understands it. */
  Map<String, Object> option() {
    List<Object> series = new ArrayList<>();
    lines.forEach(
        (name, points) ->
            series.add(
                Map.of(
                    "type",
                    "line",
                    "name",
                    name,
                    "data",
                    points,
                    "symbol",
                    MARKERS.get(series.size() % MARKERS.size()),
                    "symbolSize",
                    7)));
    Map<String, Object> option = new LinkedHashMap<>();
    option.put("animation", false);
    option.put("backgroundColor", "#ffffff");
    option.put("color", COLOURS);
    option.put("title", Map.of("text", title, "left", 12, "textStyle", Map.of("fontSize", 15)));
    option.put("legend", Map.of("bottom", 4, "left", 12, "right", 12));
    option.put("grid", Map.of("left", 72, "right", 24, "top", 56, "bottom", 108));
    option.put("xAxis", axis(x, logarithmic ? "log" : "value", 28));
    option.put("yAxis", axis(y, "value", 52));
    option.put("series", series);
    return option;
  }

  private static Map<String, Object> axis(String name, String type, int gap) {
    Map<String, Object> axis = new LinkedHashMap<>();
    axis.put("type", type);
    axis.put("name", name);
    axis.put("nameLocation", "middle");
    axis.put("nameGap", gap);
    axis.put("scale", true);
    axis.put("axisLine", Map.of("show", true, "onZero", false));
    return axis;
  }
}
