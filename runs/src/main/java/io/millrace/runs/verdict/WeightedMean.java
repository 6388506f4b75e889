package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.MetricColumns;

/** A mean over windows, each weighted by its events; windows without a value are left out. */
final class WeightedMean {
  private double sum;
  private double weight;

  /** Adds a value of the window that a line is about. */
  void add(double value, JsonNode line) {
    if (!Double.isNaN(value)) {
      double events = MetricColumns.EVENTS.numberIn(line);
      sum += events * value;
      weight += events;
    }
  }

  /** The mean; NaN without a value. */
  double value() {
    return weight > 0 ? sum / weight : Double.NaN;
  }
}
