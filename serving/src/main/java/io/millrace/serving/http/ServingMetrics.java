package io.millrace.serving.http;

import io.millrace.serving.ColumnWatch;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.Refusals;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.RefusedException;
import io.millrace.snapshot.UpdateHeader;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/** What a server has answered since it started, and what it answers with. Thread-safe. */
final class ServingMetrics {

  /** A path and a status. */
  private record Answered(String path, int status) implements Comparable<Answered> {
    @Override
    public int compareTo(Answered other) {
      int byPath = path.compareTo(other.path);
      return byPath != 0 ? byPath : Integer.compare(status, other.status);
    }
  }

  private final Map<Answered, LongAdder> requests = new ConcurrentSkipListMap<>();
  private final Map<String, Latencies> latencies = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> events = new ConcurrentSkipListMap<>();

  /** Counts an answer. */
  void request(String path, int status, long nanos) {
    requests.computeIfAbsent(new Answered(path, status), a -> new LongAdder()).increment();
    latencies.computeIfAbsent(path, p -> new Latencies()).add(nanos);
  }

  /** Counts an event: {@code scored}, or the kind of fault why it was not. */
  void event(String result) {
    events.computeIfAbsent(result, r -> new LongAdder()).increment();
  }

  /** Writes the requests and events. */
  void write(PrometheusText text) {
    text.metric("requests_total", "counter", "answers by path and status");
    requests.forEach(
        (a, n) -> text.sample(n.sum(), "path", a.path(), "status", String.valueOf(a.status())));
    text.metric(
        "request_seconds",
        "histogram",
        "from the first byte of a request until its answer is ready");
    latencies.forEach((path, times) -> times.write(path, text));
    text.metric("events_total", "counter", "events by result: scored, or why not");
    events.forEach((result, n) -> text.sample(n.sum(), "result", result));
  }

  /** Writes what the arms serve, and the columns that their events lacked. */
  static void write(List<ServedArm> arms, long now, PrometheusText text) {
    gauge("model_version", "version that scores", arms, LoadedModel::version, text);
    gauge("map_version", "largest version of its maps", arms, LoadedModel::mapVersion, text);
    gauge("epoch", "epoch of the last update, 0 without", arms, m -> update(m, true), text);
    gauge("interval", "number of the last update, 0 without", arms, m -> update(m, false), text);
    gauge("events_learned", "events it has learned from", arms, LoadedModel::eventsLearned, text);
    gauge(
        "learned_until_seconds",
        "event time of its newest event, since 1970",
        arms,
        m -> m.lastEventTime() / 1e3,
        text);
    gauge(
        "age_seconds",
        "time since the event time of its newest event",
        arms,
        m -> (now - m.lastEventTime()) / 1e3,
        text);
    state(
        "loaded_seconds",
        "time since its version was loaded",
        arms,
        at -> age(now, at.loadedAt()),
        text);
    state(
        "changed_seconds",
        "time since its version or last update came into use",
        arms,
        at -> age(now, at.changedAt()),
        text);
    state(
        "updates_applied",
        "updates since its version was loaded",
        arms,
        ModelFollower.Snapshot::updates,
        text);
    text.metric("updates_wait", "gauge", "1 if updates are not applied until a version comes");
    arms.forEach(
        arm -> text.sample(arm.follower().waitsFor().isPresent() ? 1 : 0, "arm", arm.name()));
    text.metric("updates_read_seconds", "gauge", "time since Kafka answered about its updates");
    arms.forEach(
        arm ->
            arm.follower()
                .sinceUpdatesRead()
                .ifPresent(since -> text.sample(since.toMillis() / 1e3, "arm", arm.name())));
    text.metric("update_read_failures_total", "counter", "times that reading updates has failed");
    arms.forEach(arm -> text.sample(arm.follower().readFailures(), "arm", arm.name()));
    text.metric("refused_total", "counter", "versions and updates that were refused, by reason");
    arms.forEach(arm -> refused(arm, text));
    text.metric(
        "events_lacking_total", "counter", "events without a column of the model, by column");
    arms.forEach(arm -> arm.watch().ifPresent(watch -> lacking(arm, watch, text)));
    text.metric(
        "events_misspelt_total", "counter", "events with a key like a column that they lacked");
    arms.forEach(
        arm -> arm.watch().ifPresent(watch -> text.sample(watch.misspelt(), "arm", arm.name())));
  }

  private static double age(long now, Instant at) {
    return (now - at.toEpochMilli()) / 1e3;
  }

  private static void refused(ServedArm arm, PrometheusText text) {
    Refusals refused = arm.follower().refused();
    refused.versions().forEach((reason, n) -> refused(arm, "version", reason, n, text));
    refused.updates().forEach((reason, n) -> refused(arm, "update", reason, n, text));
  }

  private static void refused(
      ServedArm arm, String what, RefusedException.Reason reason, long n, PrometheusText text) {
    text.sample(n, "arm", arm.name(), "what", what, "reason", reason.key());
  }

  private static void state(
      String name,
      String help,
      List<ServedArm> arms,
      ToDoubleFunction<ModelFollower.Snapshot> value,
      PrometheusText text) {
    text.metric(name, "gauge", help);
    for (ServedArm arm : arms) {
      arm.follower()
          .snapshot()
          .ifPresent(at -> text.sample(value.applyAsDouble(at), "arm", arm.name()));
    }
  }

  private static double update(LoadedModel model, boolean epoch) {
    return model.update().map(epoch ? UpdateHeader::epoch : UpdateHeader::interval).orElse(0L);
  }

  private static void gauge(
      String name,
      String help,
      List<ServedArm> arms,
      ToDoubleFunction<LoadedModel> value,
      PrometheusText text) {
    text.metric(name, "gauge", help);
    for (ServedArm arm : arms) {
      arm.current().ifPresent(s -> text.sample(value.applyAsDouble(s.model()), "arm", arm.name()));
    }
  }

  private static void lacking(ServedArm arm, ColumnWatch watch, PrometheusText text) {
    new TreeMap<>(watch.lacking())
        .forEach((column, n) -> text.sample(n.sum(), "arm", arm.name(), "column", column));
  }
}
