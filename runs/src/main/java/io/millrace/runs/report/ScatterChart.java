package io.millrace.runs.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** One labelled point for each arm: quality against bytes, which are on a logarithmic axis. */
final class ScatterChart {

  private static final double WIDTH = 560;
  private static final double HEIGHT = 320;
  private static final double LEFT = 62;
  private static final double RIGHT = 14;
  private static final double TOP = 20;
  private static final double BOTTOM = 62;

  /** An arm's place; {@code spread} is one standard deviation over seeds, or NaN. */
  record Point(String name, Style style, double bytes, double value, double spread) {}

  private final String title;
  private final String xTitle;
  private final List<Point> points = new ArrayList<>();

  ScatterChart(String title, String xTitle) {
    this.title = title;
    this.xTitle = xTitle;
  }

  /** Points without a size or a value are left out. */
  ScatterChart add(Point point) {
    if (point.bytes() > 0 && Double.isFinite(point.bytes()) && Double.isFinite(point.value())) {
      points.add(point);
    }
    return this;
  }

  boolean isEmpty() {
    return points.isEmpty();
  }

  String svg() {
    Axis x = Axis.logarithmic(least(Point::bytes), -least(p -> -p.bytes()));
    Axis y = Axis.linear(least(p -> p.value() - bar(p)), -least(p -> -p.value() - bar(p)), 5);
    Html svg = new Html();
    svg.raw("<svg class=\"chart\" viewBox=\"0 0 560 320\" role=\"img\" aria-label=\"")
        .text(title)
        .raw("\">\n");
    drawAxes(svg, x, y);
    double lastLabel = Double.NEGATIVE_INFINITY;
    for (Point point : points.stream().sorted(Comparator.comparing(p -> -p.value())).toList()) {
      lastLabel = draw(svg, x, y, point, lastLabel);
    }
    return svg.raw("</svg>\n").toString();
  }

  private void drawAxes(Html svg, Axis x, Axis y) {
    for (double tick : y.ticks()) {
      svg.raw(Svg.line("grid", LEFT, yOf(y, tick), WIDTH - RIGHT, yOf(y, tick)));
      svg.raw(Svg.label("tick", LEFT - 8, yOf(y, tick) + 5, "end", y.label(tick)));
    }
    double lastLabel = Double.NEGATIVE_INFINITY;
    for (double tick : x.ticks()) {
      double at = xOf(x, tick);
      svg.raw(Svg.line("grid tickmark", at, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 5));
      if (at - lastLabel > 92 && at < WIDTH - 30) {
        svg.raw(Svg.label("tick", at, HEIGHT - BOTTOM + 23, "middle", bytes(tick)));
        lastLabel = at;
      }
    }
    svg.raw(Svg.label("axis", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "middle", xTitle));
  }

  /** Draws a point, with its name on the side that has room; returns the name's y. */
  private double draw(Html svg, Axis xs, Axis ys, Point point, double lastLabel) {
    double x = xOf(xs, point.bytes());
    double y = yOf(ys, point.value());
    double name = Math.max(y + 5, lastLabel + 17);
    boolean left = x > WIDTH * .62;
    double bar = bar(point);
    svg.raw("<g class=\"" + point.style().css() + "\">");
    svg.raw(Svg.line("l bar", x, yOf(ys, point.value() - bar), x, yOf(ys, point.value() + bar)));
    svg.raw(point.style().markerAt(x, y));
    svg.raw(Svg.label("name", left ? x - 11 : x + 11, name, left ? "end" : "start", point.name()));
    svg.raw("</g>\n");
    return name;
  }

  private double least(java.util.function.ToDoubleFunction<Point> value) {
    return points.stream().mapToDouble(value).min().orElse(0);
  }

  private static double bar(Point point) {
    return Double.isFinite(point.spread()) ? point.spread() : 0;
  }

  private static double xOf(Axis axis, double value) {
    return LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT);
  }

  private static double yOf(Axis axis, double value) {
    return HEIGHT - BOTTOM - axis.place(value) * (HEIGHT - BOTTOM - TOP);
  }

  /** A round size without needless decimals. */
  private static String bytes(double tick) {
    return Format.bytes(tick).replaceFirst("\\.0+ ", " ").replaceFirst("(\\.\\d)0 ", "$1 ");
  }
}
