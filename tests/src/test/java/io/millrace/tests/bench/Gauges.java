package io.millrace.tests.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** Makes the gauges of a local cluster readable in the process that runs it. */
public final class Gauges implements MetricReporter {

  private static final Map<Gauge<?>, String> GAUGES = new ConcurrentHashMap<>();

  /** Found by Flink as a service. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(java.util.Properties properties) {
      return new Gauges();
    }
  }

  /** Lets a cluster report its gauges here. */
  static void enable(Configuration flink) {
    flink.setString("metrics.reporter.gauges.factory.class", Factory.class.getName());
  }

  /** Sum over the tasks that have a gauge of this name. */
  static long sum(String name) {
    return GAUGES.entrySet().stream()
        .filter(entry -> entry.getValue().equals(name))
        .mapToLong(entry -> ((Number) entry.getKey().getValue()).longValue())
        .sum();
  }

  @Override
  public void open(MetricConfig config) {
    GAUGES.clear();
  }

  @Override
  public void close() {
    // what was reported last can still be read
  }

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    if (metric instanceof Gauge<?> gauge) {
      GAUGES.put(gauge, name);
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    GAUGES.keySet().remove(metric);
  }
}
