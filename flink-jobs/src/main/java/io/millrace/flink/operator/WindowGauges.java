package io.millrace.flink.operator;

import io.millrace.maps.DriftLine;
import io.millrace.metric.RowLoad;
import io.millrace.runs.MetricName;
import io.millrace.student.MetricLine;
import io.millrace.student.SwitchLine;
import io.millrace.watch.DenseLine;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.MetricGroup;

/**
 * The figures of the newest window as Flink's gauges, in a group for each field, dense column or
 * arm: {@code ...operator.field.C16.psi_nats}, which Prometheus gets as {@code
 * ..._operator_field_psi_nats{field="C16"}}. What they mean is in docs/metrics.md.
 *
 * <p>A gauge is there from the first window that ends after a start, as those before are not kept;
 * one without a value is NaN. Names end in a unit; a ratio's is {@code ratio}.
 */
final class WindowGauges {

  private final MetricGroup operator;
  private final Map<String, Gauges> groups = new HashMap<>();

  /** No gauge yet. */
  WindowGauges(MetricGroup operator) {
    this.operator = operator;
  }

  /**
   * The gauges of one thing.
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

    /** A field's drift. */
    void show(DriftLine line) {
      set("counted_ids", line.ids());
      set("psi_nats", line.psi());
      set("new_traffic_ratio", line.newTraffic());
      set("cold_traffic_ratio", line.coldTraffic());
      set("gone_traffic_ratio", line.goneTraffic());
      set("plain_hash", line.plainHash() ? 1 : 0);
      set("built_map_version", line.mapVersion());
      set("mapped_ids", line.mappedIds());
      show("", line.movement());
      show("floor_", line.floorMovement());
      show("", line.agreement());
      show("floor_", line.floor());
      if (line.rowLoad() != null) {
        show(line.rowLoad());
      }
    }

    private void show(String prefix, DriftLine.Movement movement) {
      set(prefix + "procrustes_ratio", movement.residual());
      set(prefix + "displacement_p50_ratio", movement.p50());
      set(prefix + "displacement_p90_ratio", movement.p90());
      set(prefix + "displacement_p99_ratio", movement.p99());
    }

    private void show(String prefix, DriftLine.Agreement agreement) {
      set(prefix + "ari_ratio", agreement.ari());
      set(prefix + "nmi_ratio", agreement.nmi());
      set(prefix + "jaccard_ratio", agreement.jaccard());
      set(prefix + "ari_traffic_ratio", agreement.ariTraffic());
      set(prefix + "nmi_traffic_ratio", agreement.nmiTraffic());
      set(prefix + "jaccard_traffic_ratio", agreement.jaccardTraffic());
      set(prefix + "moved_ids_ratio", agreement.movedIds());
      set(prefix + "moved_traffic_ratio", agreement.movedTraffic());
    }

    private void show(RowLoad load) {
      set("rows_used", load.rowsUsed());
      set("row_ids_max", load.maxIds());
      set("row_traffic_max_ratio", load.maxTraffic());
      set("hot_collisions", load.hotCollisions());
    }

    /** What a dense column looked like. */
    void show(DenseLine line) {
      set("mean", line.mean());
      set("deviation", line.deviation());
      set("missing_ratio", line.missing());
      set("ks_ratio", line.ks());
    }

    /** How an arm did. */
    void show(MetricLine line) {
      set("window_end_timestamp_seconds", MetricName.secondsOfMillis(line.windowEnd()));
      set("window_events", (double) line.overall().events());
      set("auc_ratio", line.overall().auc());
      set("logloss_nats", line.overall().logLoss());
      set("normalized_entropy_ratio", line.overall().ne());
      set("calibration_ratio", line.overall().calibration());
      set("label_ratio", line.overall().labelRate());
    }

    /** What a change of maps has cost. */
    void show(SwitchLine line) {
      set("regret_nats", line.regret());
      set("regret_events", (double) line.events());
    }
  }
}
