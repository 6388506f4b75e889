package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.runs.JobMetric;
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

  /** Law: an operator's metric is that of all its subtasks; one that is not there is NaN. */
  @Test
  void ofSubtasks() {
    counter("gate", "0", "events_read_total").inc(1_000);
    counter("gate", "1", "events_read_total").inc(500);
    gauge("gate", "somethingElse", () -> 1L);
    gauge("student-full", "events_held_back", () -> 7L);
    assertThat(gauges.sum("gate", JobMetric.EVENTS_READ_TOTAL)).isEqualTo(1_500);
    assertThat(gauges.min("gate", JobMetric.EVENTS_READ_TOTAL)).isEqualTo(500);
    assertThat(gauges.sum("gate", JobMetric.IDS)).isNaN();
    assertThat(gauges.sum("student-full", JobMetric.EVENTS_HELD_BACK)).isEqualTo(7);
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
    assertThat(gauges.sum("gate", JobMetric.EVENTS_READ_TOTAL)).isZero();
  }

  /** Law: the job is as far as the student that has learned least; nothing else counts. */
  @Test
  void learnedByTheStudentFurthestBehind() {
    assertThat(gauges.learned()).isZero();
    String learned = JobMetric.EVENTS_LEARNED_TOTAL.key();
    gauge("student-full", learned, () -> 900L);
    gauge("student-learned", learned, () -> 700L);
    gauge("teacher", learned, () -> 100L);
    assertThat(gauges.learned()).isEqualTo(700);
  }

  /** Law: the parts of a total, by reason for example, do not take its place. */
  @Test
  void partsOfATotal() {
    String name = JobMetric.PUBLISHES_REFUSED_TOTAL.key();
    gauge("student-full", name, () -> 3L);
    gauges.notifyOfAddedMetric((Gauge<Long>) () -> 1L, name, part("student-full", "ne"));
    gauges.notifyOfRemovedMetric((Gauge<Long>) () -> 1L, name, part("student-full", "ne"));
    assertThat(gauges.sum("student-full", JobMetric.PUBLISHES_REFUSED_TOTAL)).isEqualTo(3);
  }

  private static MetricGroup part(String operator, String reason) {
    return new UnregisteredMetricsGroup() {
      @Override
      public Map<String, String> getAllVariables() {
        return Map.of("<operator_name>", operator, "<subtask_index>", "0", "<reason>", reason);
      }

      @Override
      public String[] getScopeComponents() {
        return new String[] {"host", operator, "0", "reason", reason};
      }
    };
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
