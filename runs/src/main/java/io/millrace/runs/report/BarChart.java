package io.millrace.runs.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** Counts by name as bars on an axis from 0, each with its figure. */
final class BarChart extends Chart {

  private final Map<String, Double> bars = new LinkedHashMap<>();

  BarChart(String label) {
    super(label, Unit.COUNT);
  }

  BarChart add(String name, double value) {
    bars.put(name, value);
    return this;
  }

  @Override
  boolean isEmpty() {
    return bars.isEmpty();
  }

  @Override
  void fill(ObjectNode json) {
    json.put("kind", "bars").put("small", true);
    ArrayNode out = json.putArray("bars");
    bars.forEach((name, value) -> out.addObject().put("name", name).set("value", figure(value)));
  }
}
