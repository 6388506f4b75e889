package io.millrace.runs.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.FlinkMetric;
import io.millrace.runs.JobMetric;
import io.millrace.runs.MetricName;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FlowTest {

  private final Figures figures = new Figures();
  private final Flow flow = new Flow(figures);

  /** Figures set by hand, by operator and name. */
  static final class Figures implements JobFigures {
    private final Map<String, Map<MetricName, Double>> values = new HashMap<>();

    void set(String operator, MetricName metric, double value) {
      values.computeIfAbsent(operator, o -> new HashMap<>()).put(metric, value);
    }

    @Override
    public Set<String> operators() {
      Set<String> operators = new TreeSet<>(values.keySet());
      operators.remove("");
      return operators;
    }

    @Override
    public double sum(String operator, MetricName metric) {
      return values.getOrDefault(operator, Map.of()).getOrDefault(metric, Double.NaN);
    }

    @Override
    public double min(String operator, MetricName metric) {
      return sum(operator, metric);
    }

    @Override
    public double ofJob(MetricName metric) {
      return sum("", metric);
    }

    @Override
    public double ofTask(String operator, MetricName metric) {
      return Double.NaN;
    }
  }

  /** Law: a rate is events over seconds, and a trainer is behind by what has not reached it. */
  @Test
  void ratesAndLag() {
    figures.set("gate", JobMetric.EVENTS_READ_TOTAL, 0);
    figures.set("gate", JobMetric.EVENTS_REJECTED_TOTAL, 0);
    figures.set("gate", JobMetric.EVENTS_DROPPED_LATE_TOTAL, 0);
    figures.set("student-full", FlinkMetric.RECORDS_IN, 0);
    figures.set("student-full", JobMetric.EVENTS_HELD_BACK, 7);
    figures.set("Source: events", FlinkMetric.PENDING, 55);
    assertThat(flow.json().isNull()).isTrue();
    flow.sample(1_000);
    figures.set("gate", JobMetric.EVENTS_READ_TOTAL, 1_500);
    figures.set("gate", JobMetric.EVENTS_REJECTED_TOTAL, 10);
    figures.set("student-full", FlinkMetric.RECORDS_IN, 1_200);
    flow.sample(4_000);
    JsonNode now = flow.json();
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

  /** Law: lags stand beside the times of the history; unknown ones are null, for any student. */
  @Test
  void lagsOverTime() {
    figures.set("student-a", FlinkMetric.RECORDS_IN, 0);
    flow.sample(1_000);
    flow.sample(2_000);
    figures.set("student-a", JobMetric.LEARNING_LAG_SECONDS, .23456);
    figures.set("student-a", JobMetric.UPDATES_EMITTED_TOTAL, 3);
    figures.set("student-a", JobMetric.UPDATE_BYTES_TOTAL, 12_345);
    figures.set("student-a", JobMetric.PUBLISHES_REFUSED_TOTAL, 2);
    figures.set("student-a", JobMetric.MAPS_DROPPED_TOTAL, 1);
    figures.set("student-b", FlinkMetric.RECORDS_IN, 0);
    flow.sample(3_000);
    JsonNode now = flow.json();
    assertThat(now.get("history")).hasSize(2);
    assertThat(now.get("lags")).hasToString("{\"a\":[null,0.235],\"b\":[null,null]}");
    assertThat(now.at("/parts/0/lag").asDouble()).isEqualTo(.23456);
    JsonNode facts = now.at("/parts/0/facts");
    assertThat(facts.get("updates").asLong()).isEqualTo(3);
    assertThat(facts.get("updateBytes").asLong()).isEqualTo(12_345);
    assertThat(facts.get("refused").asLong()).isEqualTo(2);
    assertThat(facts.get("mapsDropped").asLong()).isEqualTo(1);
    assertThat(now.at("/parts/1/facts/updates").isNull()).isTrue();
  }

  private long failed(double completed, double failed) {
    figures.set("", FlinkMetric.CHECKPOINTS, completed);
    figures.set("", FlinkMetric.CHECKPOINTS_FAILED, failed);
    flow.sample(1_000);
    return flow.json().get("checkpoints_failed").asLong();
  }

  /** Law: one checkpoint that tasks decline while they start is no failed one; all others are. */
  @Test
  void declinedAtTheStart() {
    assertThat(failed(0, 0)).isZero();
    assertThat(failed(0, 1)).isZero();
    assertThat(failed(5, 1)).isZero();
    assertThat(failed(5, 2)).isEqualTo(1);
  }

  /** Law: a checkpoint that fails later is one. */
  @Test
  void failedLater() {
    assertThat(failed(0, 0)).isZero();
    assertThat(failed(3, 0)).isZero();
    assertThat(failed(3, 1)).isEqualTo(1);
  }

  /**
   * Law: after a restart, which counts anew, there is no rate for a while, and none is negative.
   */
  @Test
  void restart() {
    figures.set("gate", JobMetric.EVENTS_READ_TOTAL, 100);
    flow.sample(1_000);
    figures.set("gate", JobMetric.EVENTS_READ_TOTAL, 0);
    flow.sample(2_000);
    assertThat(flow.json().get("rate").isNull()).isTrue();
    assertThat(flow.json().get("read").asLong()).isZero();
  }
}
