package io.millrace.flink.graph;

import io.millrace.runs.FlinkMetric;
import io.millrace.runs.JobMetric;
import io.millrace.runs.MetricName;
import io.millrace.runs.page.JobFigures;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * Reads the metrics of a job that runs in this process. Flink passes each metric to its reporters
 * when an operator registers it. This reporter keeps the metrics that the page shows, and reads
 * them on request.
 */
public final class JobGauges implements MetricReporter, JobFigures {

  private static final String STUDENT = "student-";
  private static final String REPORTER = "metrics.reporter.page.";

  /** Gauges whose cluster has not started yet, by the setting {@code run}. */
  private static final Map<String, JobGauges> WAITING = new ConcurrentHashMap<>();

  /** Names of metrics that are kept; Flink has thousands. */
  private static final Set<String> KEPT =
      Stream.<MetricName[]>of(JobMetric.values(), FlinkMetric.values())
          .flatMap(Stream::of)
          .map(MetricName::key)
          .collect(Collectors.toUnmodifiableSet());

  private final Map<Place, Metric> metrics = new ConcurrentHashMap<>();

  /**
   * Where a metric is registered.
   *
   * @param operator empty for metrics of a whole task or job
   */
  private record Place(String task, String operator, String subtask, String name) {

    static Place of(String name, MetricGroup group) {
      Map<String, String> scope = group.getAllVariables();
      return new Place(
          scope.getOrDefault("<task_name>", ""),
          scope.getOrDefault("<operator_name>", ""),
          scope.getOrDefault("<subtask_index>", ""),
          name);
    }
  }

  /** Flink creates it by the name of its class. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      JobGauges waiting = WAITING.remove(properties.getProperty("run", ""));
      return waiting == null ? new JobGauges() : waiting;
    }
  }

  /** Adds a reporter to the settings of a cluster that will start; returns its gauges. */
  public static JobGauges of(Configuration flink) {
    JobGauges gauges = new JobGauges();
    String run = UUID.randomUUID().toString();
    WAITING.put(run, gauges);
    flink.setString(REPORTER + "factory.class", Factory.class.getName());
    flink.setString(REPORTER + "run", run);
    return gauges;
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {
    metrics.clear();
  }

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    if (KEPT.contains(name) && !labelled(group)) {
      metrics.put(Place.of(name, group), metric);
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    if (KEPT.contains(name) && !labelled(group)) {
      metrics.remove(Place.of(name, group), metric);
    }
  }

  /** Whether the group is a part, such as one reason, of a total of the same name. */
  private static boolean labelled(MetricGroup group) {
    String[] scope = group.getScopeComponents();
    int last = scope.length - 1;
    return last > 0 && scope[last].equals(group.getAllVariables().get("<" + scope[last - 1] + ">"));
  }

  /** Events that the slowest student has learned; 0 before any student runs. */
  public long learned() {
    double least =
        operators().stream()
            .filter(name -> name.startsWith(STUDENT))
            .mapToDouble(name -> sum(name, JobMetric.EVENTS_LEARNED_TOTAL))
            .min()
            .orElse(0);
    return Double.isNaN(least) ? 0 : (long) least;
  }

  @Override
  public Set<String> operators() {
    Set<String> names = new TreeSet<>();
    metrics.keySet().forEach(place -> names.add(place.operator()));
    names.remove("");
    return names;
  }

  @Override
  public double sum(String operator, MetricName metric) {
    return reduce(place -> place.operator().equals(operator), metric, Double::sum);
  }

  @Override
  public double min(String operator, MetricName metric) {
    return reduce(place -> place.operator().equals(operator), metric, Math::min);
  }

  @Override
  public double ofJob(MetricName metric) {
    return reduce(place -> place.task().isEmpty(), metric, Math::max);
  }

  @Override
  public double ofTask(String operator, MetricName metric) {
    Set<String> tasks = new TreeSet<>();
    metrics.keySet().stream()
        .filter(place -> place.operator().equals(operator))
        .forEach(place -> tasks.add(place.task()));
    return reduce(
        place -> place.operator().isEmpty() && tasks.contains(place.task()), metric, Math::max);
  }

  private double reduce(Predicate<Place> whose, MetricName metric, DoubleBinaryOperator reduction) {
    return metrics.entrySet().stream()
        .filter(e -> e.getKey().name().equals(metric.key()) && whose.test(e.getKey()))
        .mapToDouble(e -> value(e.getValue()))
        .filter(Double::isFinite)
        .reduce(reduction)
        .orElse(Double.NaN);
  }

  private static double value(Metric metric) {
    if (metric instanceof Counter counter) {
      return counter.getCount();
    }
    if (metric instanceof Gauge<?> gauge) {
      return number(gauge);
    }
    return Double.NaN;
  }

  /** A gauge's value, NaN if the gauge fails, as it may while its task ends. */
  private static double number(Gauge<?> gauge) {
    try {
      return Objects.requireNonNullElse(gauge.getValue(), "") instanceof Number number
          ? number.doubleValue()
          : Double.NaN;
    } catch (RuntimeException e) {
      return Double.NaN;
    }
  }
}
