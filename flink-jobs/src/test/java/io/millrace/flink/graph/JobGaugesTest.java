package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

class JobGaugesTest {

  private final JobGauges gauges = new JobGauges();

  /** Law: the reporter that Flink makes for a cluster is the one that was set up for it. */
  @Test
  void sameReporter() {
    Configuration flink = new Configuration();
    JobGauges mine = JobGauges.of(flink);
    Properties properties = new Properties();
    properties.setProperty("run", flink.toMap().get("metrics.reporter.page.run"));
    assertThat(flink.toMap().get("metrics.reporter.page.factory.class"))
        .isEqualTo(JobGauges.Factory.class.getName());
    assertThat(new JobGauges.Factory().createMetricReporter(properties)).isSameAs(mine);
    assertThat(new JobGauges.Factory().createMetricReporter(properties)).isNotSameAs(mine);
  }

  /** Law: an operator's metric is that of all its subtasks; one that is not kept is NaN. */
  @Test
  void ofSubtasks() {
    counter("gate", "0", "events_read_total").inc(1_000);
    counter("gate", "1", "events_read_total").inc(500);
    gauge("gate", "somethingElse", () -> 1L);
    gauge("student-full", "events_held_back", () -> 7L);
    assertThat(gauges.sum("gate", "events_read_total")).isEqualTo(1_500);
    assertThat(gauges.min("gate", "events_read_total")).isEqualTo(500);
    assertThat(gauges.sum("gate", "somethingElse")).isNaN();
    assertThat(gauges.sum("student-full", "events_held_back")).isEqualTo(7);
    assertThat(gauges.operators()).containsExactly("gate", "student-full");
  }

  /** Law: a restarted task's metric replaces the one before, whichever is announced first. */
  @Test
  void restart() {
    MetricGroup group = group("gate", "0");
    SimpleCounter before = new SimpleCounter();
    before.inc(100);
    gauges.notifyOfAddedMetric(before, "events_read_total", group);
    gauges.notifyOfAddedMetric(new SimpleCounter(), "events_read_total", group);
    gauges.notifyOfRemovedMetric(before, "events_read_total", group);
    assertThat(gauges.sum("gate", "events_read_total")).isZero();
  }

  private SimpleCounter counter(String operator, String subtask, String name) {
    SimpleCounter counter = new SimpleCounter();
    gauges.notifyOfAddedMetric(counter, name, group(operator, subtask));
    return counter;
  }

  private void gauge(String operator, String name, Gauge<Long> gauge) {
    gauges.notifyOfAddedMetric(gauge, name, group(operator, "0"));
  }

  private static MetricGroup group(String operator, String subtask) {
    return new UnregisteredMetricsGroup() {
      @Override
      public Map<String, String> getAllVariables() {
        return Map.of(
            "<task_name>", "a task", "<operator_name>", operator, "<subtask_index>", subtask);
      }
    };
  }
}
