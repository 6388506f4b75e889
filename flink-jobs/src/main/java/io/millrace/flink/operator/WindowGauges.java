package io.millrace.flink.operator;

import io.millrace.runs.line.LineType;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.MetricGroup;

/**
 * The figures of the newest window as Flink's gauges, in a group for each field, dense column or
 * arm: {@code ...operator.field.C16.psi_nats}, which Prometheus gets as {@code
 * ..._operator_field_psi_nats{field="C16"}}. What they mean is in docs/metrics.md.
 *
 * <p>A gauge exists from the first window on that ends after a start, as older figures are not
 * stored; without a value it is NaN. Names end in a unit; that of a ratio is {@code ratio}.
 */
final class WindowGauges {

  private final MetricGroup operator;
  private final Map<String, Gauges> groups = new HashMap<>();

  /** No gauge yet. */
  WindowGauges(MetricGroup operator) {
    this.operator = operator;
  }

  /**
   * The gauges of one field, column or arm.
   *
   * @param kind {@code field}, {@code column} or {@code arm}
   * @param name its name
   */
  Gauges of(String kind, String name) {
    return groups.computeIfAbsent(name, n -> new Gauges(operator.addGroup(kind, n)));
  }

  /** Gauges of one group, set by the operator's thread and read by reporters'. */
  static final class Gauges {
    private final MetricGroup group;
    private final Map<String, Double> values = new ConcurrentHashMap<>();

    private Gauges(MetricGroup group) {
      this.group = group;
    }

    private void set(String name, double value) {
      if (values.put(name, value) == null) {
        group.gauge(name, () -> values.get(name));
      }
    }

    /**
     * Shows the figures of a line that have a gauge; if an object is null, its gauges keep theirs.
     */
    <T> void show(LineType<T> type, T line) {
      type.show(line, this::set);
    }
  }
}
