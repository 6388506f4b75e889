package io.millrace.runs.page;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the parts of the job in this process do right now: events per second, events behind, and how
 * busy their threads are.
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

  /** Keys of what else is told of a part, and the gauges behind them. */
  private static final Map<String, String> FACTS =
      Map.of(
          "mapVersion", "map_version",
          "modelVersion", "model_version",
          "modelsUnpublished", "models_unpublished",
          "heldBackForMaps", "events_held_back",
          "ids", "ids",
          "mapsBuilt", "maps_built_total",
          "buildsPending", "builds_pending");

  /** How long the last build of maps took, ms. */
  private static final String LAST_BUILD = "lastBuildMs";

  private final JobFigures gauges;
  private final Deque<Sample> samples = new ArrayDeque<>();

  /**
   * A look at all parts.
   *
   * @param time wall clock, ms
   * @param read events read from Kafka, NaN before the first
   * @param pending events in Kafka that are still to be read, NaN if unknown
   * @param parts in the order of the flow
   */
  private record Sample(long time, double read, double pending, List<Part> parts) {}

  /**
   * An operator.
   *
   * @param events that reached it since the job's last start; NaN if it does not get single events
   * @param behind events that passed the gate and are not dealt with; NaN if that is not known
   * @param busy share of the time in which its task works
   * @param blocked share of the time in which its task waits for a slower one
   * @param watermark event time that it has complete, ms
   */
  private record Part(
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
    List<Part> parts = new ArrayList<>();
    double read = gauges.sum(GATE, "events_read_total");
    double passed =
        read
            - gauges.sum(GATE, "events_rejected_total")
            - gauges.sum(GATE, "events_dropped_late_total");
    for (String operator : operators()) {
      parts.add(part(operator, read, passed));
    }
    samples.addLast(new Sample(now, read, gauges.sum(SOURCE, "pendingRecords"), parts));
    if (samples.size() > KEPT) {
      samples.removeFirst();
    }
  }

  private List<String> operators() {
    List<String> all = new ArrayList<>(gauges.operators());
    List<String> shown = new ArrayList<>(FIRST);
    shown.retainAll(all);
    all.stream().filter(name -> name.startsWith("teacher-")).forEach(shown::add);
    all.stream().filter("maps"::equals).forEach(shown::add);
    all.stream().filter(name -> name.startsWith("student-")).forEach(shown::add);
    return shown;
  }

  private Part part(String operator, double read, double passed) {
    boolean trains = operator.startsWith("teacher") || operator.startsWith("student-");
    double events = trains ? gauges.sum(operator, "numRecordsIn") : Double.NaN;
    double held = gauges.sum(operator, "events_held_back");
    Map<String, Double> facts = new TreeMap<>();
    FACTS.forEach((name, gauge) -> facts.put(name, gauges.sum(operator, gauge)));
    facts.put(LAST_BUILD, 1000 * gauges.sum(operator, "last_build_seconds"));
    boolean gate = operator.equals(GATE);
    return new Part(
        operator,
        gate ? read : events,
        Math.max(0, passed - events) + (Double.isNaN(held) ? 0 : held),
        gauges.ofTask(operator, "busyTimeMsPerSecond") / 1000,
        gauges.ofTask(operator, "backPressuredTimeMsPerSecond") / 1000,
        gate
            ? 1000 * gauges.min(operator, "watermark_timestamp_seconds")
            : gauges.min(operator, "currentInputWatermark"),
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
    number(json, "restarts", gauges.ofJob("numRestarts"));
    number(json, "checkpoints", gauges.ofJob("numberOfCompletedCheckpoints"));
    number(json, "checkpoints_failed", gauges.ofJob("numberOfFailedCheckpoints"));
    number(json, "checkpoint_ms", gauges.ofJob("lastCheckpointDuration"));
    number(json, "checkpoint_bytes", gauges.ofJob("lastCheckpointSize"));
    json.writeArrayFieldStart("parts");
    for (Part part : last.parts()) {
      write(json, part, before, last);
    }
    json.writeEndArray();
    history(json);
    json.writeEndObject();
  }

  private void write(JsonGenerator json, Part part, Sample before, Sample last) throws IOException {
    double earlier =
        before.parts().stream()
            .filter(p -> p.name().equals(part.name()))
            .mapToDouble(Part::events)
            .findFirst()
            .orElse(Double.NaN);
    json.writeStartObject();
    json.writeStringField("name", part.name());
    number(json, "events", part.events());
    number(json, "rate", rate(before, last, earlier, part.events()));
    number(json, "behind", part.behind());
    number(json, "busy", part.busy());
    number(json, "blocked", part.blocked());
    number(json, "watermark", Math.abs(part.watermark()) < 1e16 ? part.watermark() : Double.NaN);
    json.writeObjectFieldStart("facts");
    for (Map.Entry<String, Double> fact : part.facts().entrySet()) {
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
