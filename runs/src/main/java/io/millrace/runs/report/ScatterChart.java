package io.millrace.runs.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** One labelled point for each arm: quality against bytes, which are on a logarithmic axis. */
final class ScatterChart extends Chart {

  /** An arm's place; {@code spread} is one standard deviation over seeds, or NaN. */
  record Point(String name, Style style, double bytes, double value, double spread) {}

  private final String xTitle;
  private final String yTitle;
  private final List<Point> points = new ArrayList<>();

  ScatterChart(String label, String xTitle, String yTitle) {
    super(label, Unit.SCORE);
    this.xTitle = xTitle;
    this.yTitle = yTitle;
  }

  /** Points without a size or a value are left out. */
  ScatterChart add(Point point) {
    if (point.bytes() > 0 && Double.isFinite(point.bytes()) && Double.isFinite(point.value())) {
      points.add(point);
    }
    return this;
  }

  @Override
  boolean isEmpty() {
    return points.isEmpty();
  }

  @Override
  void fill(ObjectNode json) {
    json.put("kind", "points").put("xTitle", xTitle).put("yTitle", yTitle);
    ArrayNode out = json.putArray("points");
    for (Point point : points) {
      ObjectNode one = out.addObject().put("name", point.name()).put("look", point.style().look());
      one.set("x", figure(point.bytes()));
      one.set("y", figure(point.value()));
      one.set("spread", figure(point.spread()));
    }
  }
}
