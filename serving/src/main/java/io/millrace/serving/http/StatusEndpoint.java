package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.serving.Scorer;
import io.millrace.serving.request.RequestException;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Answers how the server is and what it scores with, at once, whatever requests to score do. */
final class StatusEndpoint {

  private final ServedArms arms;
  private final Optional<Duration> maxAge;
  private final Consumer<PrometheusText> metrics;
  private final byte[] openApi = resource("/io/millrace/serving/http/openapi.json");

  /**
   * Answers for arms.
   *
   * @param maxAge see {@link ServerOptions}
   * @param metrics writes the metrics of the server
   */
  StatusEndpoint(ServedArms arms, Optional<Duration> maxAge, Consumer<PrometheusText> metrics) {
    this.arms = arms;
    this.maxAge = maxAge;
    this.metrics = metrics;
  }

  private static byte[] resource(String name) {
    try (InputStream in = StatusEndpoint.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the jar has no " + name, e);
    }
  }

  /** {@code /health}, {@code /health/live}: the process answers. */
  static Reply live() {
    return Reply.json(200, json -> json.writeStringField("status", "ok"));
  }

  /** {@code /health/ready}: there is a model for every request, and it is not too old. */
  Reply ready(long now) {
    List<String> reasons = reasons(now);
    if (reasons.isEmpty()) {
      return Reply.json(200, json -> json.writeStringField("status", "ready"));
    }
    return Reply.json(
            503,
            json -> {
              json.writeStringField("status", "not ready");
              json.writeStringField("error", String.join("; ", reasons));
            })
        .with("Retry-After", "1");
  }

  /** Why the server is not ready. With a preferred arm, the others do not count. */
  private List<String> reasons(long now) {
    List<ServedArm> needed = arms.preferred().map(List::of).orElse(arms.all());
    List<String> reasons = new ArrayList<>();
    if (arms.preferred().isEmpty() && arms.prefers()) {
      return List.of(arms.notYet());
    } else if (!arms.prefers()) {
      arms.refused().forEach((name, why) -> reasons.add("the arm " + name + " is refused: " + why));
    }
    if (needed.isEmpty() && reasons.isEmpty()) {
      return List.of(arms.notYet());
    }
    for (ServedArm arm : needed) {
      String reason = reason(arm, now);
      if (reason != null) {
        reasons.add("the arm " + arm.name() + " " + reason);
      }
    }
    return reasons;
  }

  private String reason(ServedArm arm, long now) {
    Optional<Scorer> scorer = arm.current();
    if (scorer.isEmpty()) {
      return "has no version yet";
    }
    if (maxAge.isEmpty()) {
      return null;
    }
    long last = scorer.get().model().lastEventTime();
    if (last == Long.MIN_VALUE) {
      return "has learned from no event yet";
    }
    long seconds = Math.floorDiv(now - last, 1000L);
    return seconds <= maxAge.get().toSeconds()
        ? null
        : "has learned from nothing younger than "
            + seconds
            + " s; --max-age allows "
            + maxAge.get().toSeconds()
            + " s";
  }

  /** {@code /version}: the arm of requests that name none, or the one named. */
  Reply version(String name, long now) throws RequestException {
    ServedArm arm = arms.find(name);
    LoadedModel model =
        arm.current().orElseThrow(() -> new RequestException(503, arms.notYet())).model();
    return Reply.json(200, json -> writeVersion(model, now, json));
  }

  private static void writeVersion(LoadedModel model, long now, JsonGenerator json)
      throws IOException {
    Origin origin = model.manifest().origin();
    json.writeStringField("arm", origin.arm());
    ScoreAnswer.writeState(model, now, json);
    json.writeNumberField("events_learned", model.eventsLearned());
    if (origin.firstEventTime() <= model.lastEventTime()) {
      json.writeNumberField("first_event_time", origin.firstEventTime());
      json.writeNumberField("last_event_time", model.lastEventTime());
    }
  }

  /** {@code /metrics}. */
  Reply metrics(long now) {
    PrometheusText text = new PrometheusText();
    metrics.accept(text);
    ServingMetrics.write(arms.all(), now, text);
    return Reply.of(200, PrometheusText.TYPE, text.text().getBytes(StandardCharsets.UTF_8));
  }

  /** {@code /openapi.json}: what the paths accept and answer. */
  Reply openApi() {
    return Reply.of(200, Reply.JSON, openApi);
  }
}
