package io.millrace.runs.page;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.runs.FlinkMetric;
import io.millrace.runs.JobMetric;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the operators of the job in this process do right now: events per second, events behind, and
 * how busy their threads are.
 *
 * <p>Counts are Flink's and start at 0 with every restart of the job. A trainer is behind by the
 * events that the gate has let pass and that have not reached it, and those that it holds back for
 * maps that are due.
 */
final class Flow {

  /** Samples kept, one a second: ten minutes. */
  private static final int KEPT = 600;

  /** Rates are means over as many samples. */
  private static final int RATE_SAMPLES = 5;

  private static final String SOURCE = "Source: events";
  private static final String GATE = "gate";

  /** Operators on the way of an event, in the order in which they are shown. */
  private static final List<String> FIRST = List.of(GATE, "counts", "teacher");

  /** Keys of what else is shown of an operator, and the metrics behind them. */
  private static final Map<String, JobMetric> FACTS =
      Map.of(
          "mapVersion", JobMetric.MAP_VERSION,
          "modelVersion", JobMetric.MODEL_VERSION,
          "modelsUnpublished", JobMetric.MODELS_UNPUBLISHED,
          "heldBackForMaps", JobMetric.EVENTS_HELD_BACK,
          "ids", JobMetric.IDS,
          "mapsBuilt", JobMetric.MAPS_BUILT_TOTAL,
          "buildsPending", JobMetric.BUILDS_PENDING);

  /** How long the last build of maps took, ms. */
  private static final String LAST_BUILD = "lastBuildMs";

  private final JobFigures gauges;
  private final Deque<Sample> samples = new ArrayDeque<>();

  /**
   * A look at all operators.
   *
   * @param time wall clock, ms
   * @param read events read from Kafka, NaN before the first
   * @param pending events in Kafka that are still to be read, NaN if unknown
   * @param operators in the order of the flow
   */
  private record Sample(long time, double read, double pending, List<Operator> operators) {}

  /**
   * An operator.
   *
   * @param events that reached it since the job's last start; NaN if it does not get single events
   * @param behind events that passed the gate and are not dealt with; NaN if that is not known
   * @param busy share of the time in which its task works
   * @param blocked share of the time in which its task waits for a slower one
   * @param watermark event time that it has complete, ms
   */
  private record Operator(
      String name,
      double events,
      double behind,
      double busy,
      double blocked,
      double watermark,
      Map<String, Double> facts) {}

  Flow(JobFigures gauges) {
    this.gauges = gauges;
  }

  /** Takes a look; to be called about once a second. */
  synchronized void sample(long now) {
    List<Operator> shown = new ArrayList<>();
    double read = gauges.sum(GATE, JobMetric.EVENTS_READ_TOTAL);
    double passed =
        read
            - gauges.sum(GATE, JobMetric.EVENTS_REJECTED_TOTAL)
            - gauges.sum(GATE, JobMetric.EVENTS_DROPPED_LATE_TOTAL);
    for (String name : shownNames()) {
      shown.add(operator(name, read, passed));
    }
    samples.addLast(new Sample(now, read, gauges.sum(SOURCE, FlinkMetric.PENDING), shown));
    if (samples.size() > KEPT) {
      samples.removeFirst();
    }
  }

  private List<String> shownNames() {
    List<String> all = new ArrayList<>(gauges.operators());
    List<String> shown = new ArrayList<>(FIRST);
    shown.retainAll(all);
    all.stream().filter(name -> name.startsWith("teacher-")).forEach(shown::add);
    all.stream().filter("maps"::equals).forEach(shown::add);
    all.stream().filter(name -> name.startsWith("student-")).forEach(shown::add);
    return shown;
  }

  private Operator operator(String name, double read, double passed) {
    boolean trains = name.startsWith("teacher") || name.startsWith("student-");
    double events = trains ? gauges.sum(name, FlinkMetric.RECORDS_IN) : Double.NaN;
    double held = gauges.sum(name, JobMetric.EVENTS_HELD_BACK);
    Map<String, Double> facts = new TreeMap<>();
    FACTS.forEach((key, metric) -> facts.put(key, gauges.sum(name, metric)));
    facts.put(LAST_BUILD, 1000 * gauges.sum(name, JobMetric.LAST_BUILD_SECONDS));
    boolean gate = name.equals(GATE);
    return new Operator(
        name,
        gate ? read : events,
        Math.max(0, passed - events) + (Double.isNaN(held) ? 0 : held),
        gauges.ofTask(name, FlinkMetric.BUSY) / 1000,
        gauges.ofTask(name, FlinkMetric.BACK_PRESSURED) / 1000,
        gate
            ? 1000 * gauges.min(name, JobMetric.WATERMARK_TIMESTAMP_SECONDS)
            : gauges.min(name, FlinkMetric.WATERMARK),
        facts);
  }

  /** Writes an object; null before the first look. */
  synchronized void write(JsonGenerator json) throws IOException {
    Sample last = samples.peekLast();
    if (last == null) {
      json.writeNull();
      return;
    }
    Sample before = before();
    json.writeStartObject();
    json.writeNumberField("time", last.time());
    number(json, "read", last.read());
    number(json, "rate", rate(before, last, before.read(), last.read()));
    number(json, "pending", last.pending());
    number(json, "restarts", gauges.ofJob(FlinkMetric.RESTARTS));
    number(json, "checkpoints", gauges.ofJob(FlinkMetric.CHECKPOINTS));
    number(json, "checkpoints_failed", gauges.ofJob(FlinkMetric.CHECKPOINTS_FAILED));
    number(json, "checkpoint_ms", gauges.ofJob(FlinkMetric.CHECKPOINT_MS));
    number(json, "checkpoint_bytes", gauges.ofJob(FlinkMetric.CHECKPOINT_BYTES));
    json.writeArrayFieldStart("parts");
    for (Operator operator : last.operators()) {
      write(json, operator, before, last);
    }
    json.writeEndArray();
    history(json);
    json.writeEndObject();
  }

  private void write(JsonGenerator json, Operator operator, Sample before, Sample last)
      throws IOException {
    double earlier =
        before.operators().stream()
            .filter(o -> o.name().equals(operator.name()))
            .mapToDouble(Operator::events)
            .findFirst()
            .orElse(Double.NaN);
    json.writeStartObject();
    json.writeStringField("name", operator.name());
    number(json, "events", operator.events());
    number(json, "rate", rate(before, last, earlier, operator.events()));
    number(json, "behind", operator.behind());
    number(json, "busy", operator.busy());
    number(json, "blocked", operator.blocked());
    number(
        json,
        "watermark",
        Math.abs(operator.watermark()) < 1e16 ? operator.watermark() : Double.NaN);
    json.writeObjectFieldStart("facts");
    for (Map.Entry<String, Double> fact : operator.facts().entrySet()) {
      number(json, fact.getKey(), fact.getValue());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  /** Pairs of wall clock in ms and events per second since the sample before, oldest first. */
  private void history(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("history");
    Sample before = null;
    for (Sample sample : samples) {
      if (before != null) {
        json.writeStartArray();
        json.writeNumber(sample.time());
        value(json, rate(before, sample, before.read(), sample.read()));
        json.writeEndArray();
      }
      before = sample;
    }
    json.writeEndArray();
  }

  private Sample before() {
    List<Sample> all = List.copyOf(samples);
    return all.get(Math.max(0, all.size() - 1 - RATE_SAMPLES));
  }

  /** Events per second; NaN where a restart has begun to count anew. */
  private static double rate(Sample from, Sample to, double before, double after) {
    double seconds = (to.time() - from.time()) / 1000.;
    return seconds > 0 && after >= before ? (after - before) / seconds : Double.NaN;
  }

  private static void number(JsonGenerator json, String key, double value) throws IOException {
    json.writeFieldName(key);
    value(json, value);
  }

  /** Whole numbers without a fraction; null for a number that is none. */
  private static void value(JsonGenerator json, double value) throws IOException {
    if (!Double.isFinite(value)) {
      json.writeNull();
    } else if (value == Math.rint(value)) {
      json.writeNumber((long) value);
    } else {
      json.writeNumber(value);
    }
  }
}
