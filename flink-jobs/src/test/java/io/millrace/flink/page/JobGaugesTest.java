package io.millrace.flink.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringWriter;
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

  /** Law: a rate is events over seconds, and a trainer is behind by what has not reached it. */
  @Test
  void flow() throws IOException {
    SimpleCounter read = counter("gate", "0", "events_read_total");
    SimpleCounter other = counter("gate", "1", "events_read_total");
    SimpleCounter rejected = counter("gate", "0", "events_rejected_total");
    counter("gate", "0", "events_dropped_late_total");
    SimpleCounter in = counter("student-full", "0", "numRecordsIn");
    gauge("student-full", "events_held_back", () -> 7L);
    gauge("Source: events", "pendingRecords", () -> 55L);
    gauge("student-full", "somethingElse", () -> 1L);
    Flow flow = new Flow(gauges);
    assertThat(written(flow).isNull()).isTrue();
    flow.sample(1_000);
    read.inc(1_000);
    other.inc(500);
    rejected.inc(10);
    in.inc(1_200);
    flow.sample(4_000);
    JsonNode now = written(flow);
    assertThat(now.get("read").asLong()).isEqualTo(1_500);
    assertThat(now.get("rate").asDouble()).isEqualTo(500);
    assertThat(now.get("pending").asLong()).isEqualTo(55);
    assertThat(now.at("/parts/0/name").asText()).isEqualTo("gate");
    JsonNode student = now.at("/parts/1");
    assertThat(student.get("name").asText()).isEqualTo("student-full");
    assertThat(student.get("rate").asDouble()).isEqualTo(400);
    assertThat(student.get("behind").asLong()).isEqualTo(290 + 7);
    assertThat(student.get("busy").isNull()).isTrue();
    assertThat(now.get("history")).hasSize(1);
  }

  /**
   * Law: after a restart, which counts anew, there is no rate for a while, and none is negative.
   */
  @Test
  void restart() throws IOException {
    MetricGroup group = group("gate", "0");
    SimpleCounter before = new SimpleCounter();
    before.inc(100);
    gauges.notifyOfAddedMetric(before, "events_read_total", group);
    Flow flow = new Flow(gauges);
    flow.sample(1_000);
    SimpleCounter after = new SimpleCounter();
    gauges.notifyOfAddedMetric(after, "events_read_total", group);
    gauges.notifyOfRemovedMetric(before, "events_read_total", group);
    flow.sample(2_000);
    assertThat(written(flow).get("rate").isNull()).isTrue();
    assertThat(written(flow).get("read").asLong()).isZero();
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

  private static JsonNode written(Flow flow) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      flow.write(json);
    }
    return new ObjectMapper().readTree(text.toString());
  }
}
