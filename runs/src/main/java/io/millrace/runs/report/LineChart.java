package io.millrace.runs.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** Values by window: lines with markers, and a band for the spread over seeds. */
final class LineChart extends Chart {

  /** One line; {@code low} and {@code high} bound its band and may be null. */
  @SuppressWarnings("ArrayRecordComponent") // made once, never written afterwards
  record Series(String name, Style style, double[] values, double[] low, double[] high) {}

  private final Windows windows;
  private final List<Series> series = new ArrayList<>();
  private final List<Double> marks = new ArrayList<>();
  private boolean small;
  private double least = Double.POSITIVE_INFINITY;
  private double greatest = Double.NEGATIVE_INFINITY;

  LineChart(String label, Unit unit, Windows windows) {
    super(label + "; use the arrow keys to read the figures", unit);
    this.windows = windows;
  }

  LineChart add(Series line) {
    series.add(line);
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
    small = true;
    return this;
  }

  @Override
  boolean isEmpty() {
    return series.stream().flatMapToDouble(s -> Arrays.stream(s.values())).allMatch(Double::isNaN);
  }

  @Override
  void fill(ObjectNode json) {
    json.put("kind", "lines").put("windows", windows.key()).put("small", small);
    json.set("least", figure(least));
    json.set("most", figure(greatest));
    ArrayNode lines = json.putArray("series");
    for (Series line : series) {
      ObjectNode out = lines.addObject().put("name", line.name());
      out.put("look", line.style().look()).put("thin", line.style().thin());
      figures(out.putArray("y"), line.values());
      if (line.low() != null && !Arrays.equals(line.low(), line.high())) {
        figures(out.putArray("low"), line.low());
        figures(out.putArray("high"), line.high());
      }
    }
    ArrayNode at = json.putArray("marks");
    marks.forEach(place -> at.addObject().put("x", windows.time(place)));
  }
}
