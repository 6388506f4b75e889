package io.millrace.runs.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Values by window as inline SVG: lines with markers, and a band for the spread over seeds. An
 * attribute holds the data too; from it the page's script shows the figures at the pointer or, with
 * the arrow keys, at the focused window.
 */
final class LineChart {

  private static final double WIDTH = 560;
  private static final double LEFT = 62;
  private static final double RIGHT = 14;
  private static final double TOP = 14;
  private static final double BOTTOM = 46;

  /** One line; {@code low} and {@code high} bound its band and may be null. */
  @SuppressWarnings("ArrayRecordComponent") // made once, never written afterwards
  record Series(String name, Style style, double[] values, double[] low, double[] high) {}

  private final String title;
  private final List<String> windows;
  private final List<Series> series = new ArrayList<>();
  private final List<Double> marks = new ArrayList<>();
  private double height = 300;
  private double least = Double.POSITIVE_INFINITY;
  private double greatest = Double.NEGATIVE_INFINITY;
  private int ticks = 5;
  private double markerScale = 1;
  private double labelDrop = 23;

  LineChart(String title, List<String> windows) {
    this.title = title;
    this.windows = windows;
  }

  LineChart add(Series line) {
    series.add(line);
    include(line.values());
    if (line.low() != null) {
      include(line.low());
      include(line.high());
    }
    return this;
  }

  LineChart add(String name, Style style, double[] values) {
    return add(new Series(name, style, values, null, null));
  }

  /** Least and greatest of all finite values, to be included in several charts; empty for none. */
  static double[] range(Stream<double[]> lines) {
    DoubleSummaryStatistics all =
        lines.flatMapToDouble(DoubleStream::of).filter(Double::isFinite).summaryStatistics();
    return all.getCount() == 0 ? new double[0] : new double[] {all.getMin(), all.getMax()};
  }

  /** Widens the axis, so that several charts can share one range. */
  LineChart include(double... values) {
    DoubleStream.of(values)
        .filter(Double::isFinite)
        .forEach(
            v -> {
              least = Math.min(least, v);
              greatest = Math.max(greatest, v);
            });
    return this;
  }

  /**
   * Draws a vertical line.
   *
   * @param place position on the axis of windows, counted from 0; a whole number is the start of a
   *     window, a fraction lies within it
   */
  LineChart mark(double place) {
    marks.add(place);
    return this;
  }

  /** A small chart for a row of many. */
  LineChart small() {
    height = 270;
    ticks = 3;
    markerScale = 1.6;
    labelDrop = 32;
    return this;
  }

  /** True if no series has a value. */
  boolean isEmpty() {
    return series.stream().flatMapToDouble(s -> Arrays.stream(s.values())).allMatch(Double::isNaN);
  }

  String svg() {
    Axis axis = Axis.linear(least, greatest, ticks);
    Html svg = new Html();
    svg.raw("<svg class=\"chart\" viewBox=\"0 0 560 " + Svg.number(height) + "\" tabindex=\"0\"")
        .raw(" role=\"img\" aria-label=\"")
        .text(title + "; use the arrow keys to read the figures")
        .raw("\" data-chart=\"")
        .text(data())
        .raw("\">\n");
    drawAxes(svg, axis);
    for (double place : marks) {
      double x = x(place - .5);
      svg.raw(Svg.line("mark", x, TOP, x, height - BOTTOM));
    }
    series.forEach(line -> drawBand(svg, axis, line));
    series.forEach(line -> drawLine(svg, axis, line));
    return svg.raw("<line class=\"cursor\" y1=\"" + TOP + "\" y2=\"" + Svg.number(height - BOTTOM))
        .raw("\"/></svg>\n")
        .toString();
  }

  private void drawAxes(Html svg, Axis axis) {
    for (double tick : axis.ticks()) {
      double y = y(axis, tick);
      svg.raw(Svg.line("grid", LEFT, y, WIDTH - RIGHT, y));
      svg.raw(Svg.label("tick", LEFT - 8, y + 5, "end", axis.label(tick)));
    }
    int step = Math.max(1, (windows.size() + 4) / 5);
    for (int w = 0; w < windows.size(); w += step) {
      svg.raw(Svg.line("grid tickmark", x(w), height - BOTTOM, x(w), height - BOTTOM + 5));
      svg.raw(Svg.label("tick", x(w), height - BOTTOM + labelDrop, "middle", windows.get(w)));
    }
    svg.raw("\n");
  }

  private void drawBand(Html svg, Axis axis, Series line) {
    if (line.low() == null || Arrays.equals(line.low(), line.high())) {
      return;
    }
    StringBuilder points = new StringBuilder();
    for (int w = 0; w < line.high().length; w++) {
      point(points, axis, w, line.high()[w]);
    }
    for (int w = line.low().length - 1; w >= 0; w--) {
      point(points, axis, w, line.low()[w]);
    }
    svg.raw("<polygon class=\"band " + line.style().css() + "\" points=\"" + points + "\"/>\n");
  }

  /** Draws a line, with a gap where a window has no value. */
  private void drawLine(Html svg, Axis axis, Series line) {
    svg.raw("<g class=\"" + line.style().css() + "\">");
    StringBuilder points = new StringBuilder();
    for (int w = 0; w <= line.values().length; w++) {
      if (w < line.values().length && Double.isFinite(line.values()[w])) {
        point(points, axis, w, line.values()[w]);
      } else if (points.length() > 0) {
        svg.raw("<polyline class=\"l\" stroke-dasharray=\"" + line.style().dash())
            .raw("\" points=\"" + points + "\"/>");
        points.setLength(0);
      }
    }
    for (int w = 0; w < line.values().length && windows.size() <= 60; w++) {
      if (Double.isFinite(line.values()[w])) {
        svg.raw(line.style().markerAt(x(w), y(axis, line.values()[w]), markerScale));
      }
    }
    svg.raw("</g>\n");
  }

  private void point(StringBuilder points, Axis axis, int window, double value) {
    if (Double.isFinite(value)) {
      points.append(Svg.number(x(window))).append(',').append(Svg.number(y(axis, value)));
      points.append(' ');
    }
  }

  private double x(double window) {
    double inner = WIDTH - LEFT - RIGHT - 44;
    return LEFT + 22 + (windows.size() < 2 ? inner / 2 : inner * window / (windows.size() - 1));
  }

  private double y(Axis axis, double value) {
    return height - BOTTOM - axis.place(value) * (height - BOTTOM - TOP);
  }

  /** JSON: x of each window, its label, and each series' figures; no control characters. */
  private String data() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode places = json.putArray("x");
    for (int w = 0; w < windows.size(); w++) {
      places.add(new BigDecimal(Svg.number(x(w))));
    }
    windows.forEach(json.putArray("w")::add);
    ArrayNode lines = json.putArray("s");
    for (Series line : series) {
      ArrayNode out = lines.addArray().add(line.style().css()).add(line.name());
      ArrayNode figures = out.addArray();
      Arrays.stream(line.values()).mapToObj(Format::score).forEach(figures::add);
    }
    return json.toString();
  }
}
