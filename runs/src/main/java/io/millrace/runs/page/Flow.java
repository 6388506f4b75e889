package io.millrace.runs.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.runs.FlinkMetric;
import io.millrace.runs.JobMetric;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The present state of the operators of the job in this process: events per second, events behind,
 * how busy their threads are, and how far the students' learning is behind the wall clock.
 *
 * <p>Counts are Flink's and start at 0 with every restart of the job. A trainer is behind by the
 * events that the gate has emitted and that have not reached the trainer, and by the events that it
 * holds back.
 */
final class Flow {

  /** Samples kept, one a second: ten minutes. */
  private static final int KEPT = 600;

  /** A rate is a mean over this many samples. */
  private static final int RATE_SAMPLES = 5;

  private static final String SOURCE = "Source: events";
  private static final String GATE = "gate";

  /** The first operators on the way of an event, in the order in which they are shown. */
  private static final List<String> FIRST = List.of(GATE, "counts", "teacher");

  private static final String STUDENT = "student-";

  /** Further figures of an operator: their key and their metric. */
  private static final Map<String, JobMetric> FACTS =
      Map.ofEntries(
          Map.entry("mapVersion", JobMetric.MAP_VERSION),
          Map.entry("modelVersion", JobMetric.MODEL_VERSION),
          Map.entry("modelsUnpublished", JobMetric.MODELS_UNPUBLISHED),
          Map.entry("heldBackForMaps", JobMetric.EVENTS_HELD_BACK),
          Map.entry("waitsForMaps", JobMetric.WAITS_FOR_MAPS),
          Map.entry("updates", JobMetric.UPDATES_EMITTED_TOTAL),
          Map.entry("updateBytes", JobMetric.UPDATE_BYTES_TOTAL),
          Map.entry("refused", JobMetric.PUBLISHES_REFUSED_TOTAL),
          Map.entry("mapsDropped", JobMetric.MAPS_DROPPED_TOTAL),
          Map.entry("ids", JobMetric.IDS),
          Map.entry("mapsBuilt", JobMetric.MAPS_BUILT_TOTAL),
          Map.entry("buildsPending", JobMetric.BUILDS_PENDING));

  /** Key of the duration of the last build of maps, ms. */
  private static final String LAST_BUILD = "lastBuildMs";

  private final JobFigures gauges;
  private final Deque<Sample> samples = new ArrayDeque<>();
  private boolean declinedAtStart;

  /**
   * The figures of all operators at one time.
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
   * @param events events that reached it since the job's last start; NaN if it gets no single
   *     events
   * @param behind events that passed the gate and are not handled yet; NaN if that is not known
   * @param busy share of the time in which its task works
   * @param blocked share of the time in which its task waits for a slower one
   * @param watermark event time up to which its input is complete, ms
   * @param lag how far its learning is behind the wall clock, seconds; NaN before the first event
   * @param facts further figures, by key
   */
  private record Operator(
      String name,
      double events,
      double behind,
      double busy,
      double blocked,
      double watermark,
      double lag,
      Map<String, Double> facts) {}

  Flow(JobFigures gauges) {
    this.gauges = gauges;
  }

  /** Takes a sample; call it about once a second. */
  synchronized void sample(long now) {
    declinedAtStart |=
        gauges.ofJob(FlinkMetric.CHECKPOINTS) == 0
            && gauges.ofJob(FlinkMetric.CHECKPOINTS_FAILED) > 0;
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
    all.stream().filter(name -> name.startsWith(STUDENT)).forEach(shown::add);
    return shown;
  }

  private Operator operator(String name, double read, double passed) {
    boolean trains = name.startsWith("teacher") || name.startsWith(STUDENT);
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
        gauges.sum(name, JobMetric.LEARNING_LAG_SECONDS),
        facts);
  }

  /** The newest sample, with rates and history; null before the first sample. */
  synchronized JsonNode json() {
    Sample last = samples.peekLast();
    if (last == null) {
      return NullNode.instance;
    }
    Sample before = before();
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("time", last.time());
    out.set("read", number(last.read()));
    out.set("rate", rate(before, last, before.read(), last.read()));
    out.set("pending", number(last.pending()));
    out.set("restarts", number(gauges.ofJob(FlinkMetric.RESTARTS)));
    out.set("checkpoints", number(gauges.ofJob(FlinkMetric.CHECKPOINTS)));
    out.set("checkpoints_failed", number(failed()));
    out.set("checkpoint_ms", number(gauges.ofJob(FlinkMetric.CHECKPOINT_MS)));
    out.set("checkpoint_bytes", number(gauges.ofJob(FlinkMetric.CHECKPOINT_BYTES)));
    ArrayNode operators = out.putArray("parts");
    last.operators().forEach(operator -> operators.add(json(operator, before, last)));
    out.set("history", history());
    out.set("lags", lags(last));
    return out;
  }

  /**
   * Failed checkpoints, without the first one if none was completed before it: tasks that still
   * start decline it.
   */
  private double failed() {
    double failed = gauges.ofJob(FlinkMetric.CHECKPOINTS_FAILED);
    return declinedAtStart ? failed - 1 : failed;
  }

  private static ObjectNode json(Operator operator, Sample before, Sample last) {
    double earlier =
        before.operators().stream()
            .filter(o -> o.name().equals(operator.name()))
            .mapToDouble(Operator::events)
            .findFirst()
            .orElse(Double.NaN);
    double watermark = operator.watermark();
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("name", operator.name());
    out.set("events", number(operator.events()));
    out.set("rate", rate(before, last, earlier, operator.events()));
    out.set("behind", number(operator.behind()));
    out.set("busy", number(operator.busy()));
    out.set("blocked", number(operator.blocked()));
    out.set("watermark", number(Math.abs(watermark) < 1e16 ? watermark : Double.NaN));
    out.set("lag", number(operator.lag()));
    ObjectNode facts = out.putObject("facts");
    operator.facts().forEach((key, value) -> facts.set(key, number(value)));
    return out;
  }

  /** Pairs of wall clock in ms and events per second since the sample before, oldest first. */
  private ArrayNode history() {
    ArrayNode history = JsonNodeFactory.instance.arrayNode();
    Sample before = null;
    for (Sample sample : samples) {
      if (before != null) {
        history
            .addArray()
            .add(sample.time())
            .add(rate(before, sample, before.read(), sample.read()));
      }
      before = sample;
    }
    return history;
  }

  /** By student: its lag, in seconds to the millisecond, at each time of the history. */
  private ObjectNode lags(Sample last) {
    ObjectNode lags = JsonNodeFactory.instance.objectNode();
    for (Operator student : last.operators()) {
      if (student.name().startsWith(STUDENT)) {
        ArrayNode values = lags.putArray(student.name().substring(STUDENT.length()));
        samples.stream().skip(1).forEach(sample -> values.add(lag(sample, student.name())));
      }
    }
    return lags;
  }

  private static JsonNode lag(Sample sample, String name) {
    return sample.operators().stream()
        .filter(operator -> operator.name().equals(name))
        .findFirst()
        .map(operator -> number(Math.rint(operator.lag() * 1000) / 1000))
        .orElse(NullNode.instance);
  }

  private Sample before() {
    List<Sample> all = List.copyOf(samples);
    return all.get(Math.max(0, all.size() - 1 - RATE_SAMPLES));
  }

  /** Events per second; null if a restart has reset the counts. */
  private static JsonNode rate(Sample from, Sample to, double before, double after) {
    double seconds = (to.time() - from.time()) / 1000.;
    return number(seconds > 0 && after >= before ? (after - before) / seconds : Double.NaN);
  }

  /** A whole number without a fraction; null for NaN or infinity. */
  private static JsonNode number(double value) {
    if (!Double.isFinite(value)) {
      return NullNode.instance;
    }
    return value == Math.rint(value) ? LongNode.valueOf((long) value) : DoubleNode.valueOf(value);
  }
}
