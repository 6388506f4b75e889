package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.metric.Metrics;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.Scorer;
import io.millrace.serving.request.RequestException;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.Origin;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lists arms and versions, and chooses the version of an arm, on a thread of its own. */
final class ModelsEndpoint implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ModelsEndpoint.class);

  private static final String LATEST = "latest";

  private final ServedArms arms;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "models"));

  /** What an arm has at one moment. */
  private record Shown(
      ServedArm arm,
      Optional<Scorer> current,
      Optional<Long> pinned,
      List<ModelFollower.Version> versions) {

    static Shown of(ServedArm arm) throws IOException {
      ModelFollower follower = arm.follower();
      return new Shown(arm, arm.current(), follower.pinned(), follower.versions());
    }
  }

  ModelsEndpoint(ServedArms arms) {
    this.arms = arms;
  }

  /**
   * Answers a request.
   *
   * @param parts what varies in its path
   */
  void answer(Exchange exchange, Route route, List<String> parts) {
    try {
      thread.execute(() -> exchange.reply(answer(route, parts)));
    } catch (RejectedExecutionException e) {
      exchange.reply(Reply.error(503, "the server stops"));
    }
  }

  private Reply answer(Route route, List<String> parts) {
    try {
      return switch (route) {
        case MODELS -> all();
        case MODEL -> model(parts.get(0));
        case ACTIVATE -> activate(arm(parts.get(0)), parts.get(1));
        default -> unpin(arm(parts.get(0)));
      };
    } catch (RequestException wrong) {
      return Reply.error(wrong.status(), wrong.getMessage());
    } catch (IOException | RuntimeException e) {
      LOG.error("request failed", e);
      return Reply.error(500, "the request failed; the log says why");
    }
  }

  private ServedArm arm(String name) throws RequestException {
    return arms.named(name)
        .orElseThrow(
            () ->
                new RequestException(
                    404, "no arm is called '" + name + "'; the arms are " + arms.names()));
  }

  private Reply all() throws IOException {
    List<Shown> shown = new ArrayList<>();
    for (ServedArm arm : arms.all()) {
      shown.add(Shown.of(arm));
    }
    return Reply.json(
        200,
        json -> {
          json.writeArrayFieldStart("models");
          for (Shown arm : shown) {
            json.writeStartObject();
            write(arm, json);
            json.writeEndObject();
          }
          for (Map.Entry<String, String> refused : arms.refused().entrySet()) {
            json.writeStartObject();
            writeRefused(refused.getKey(), refused.getValue(), json);
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private static void writeRefused(String arm, String why, JsonGenerator json) throws IOException {
    json.writeStringField("arm", arm);
    json.writeBooleanField("preferred", false);
    json.writeBooleanField("shadow", false);
    json.writeStringField("refused", why);
    json.writeArrayFieldStart("versions");
    json.writeEndArray();
  }

  private Reply model(String name) throws IOException, RequestException {
    String refused = arms.refused().get(name);
    return refused != null && arms.named(name).isEmpty()
        ? Reply.json(200, json -> writeRefused(name, refused, json))
        : one(arm(name));
  }

  private Reply one(ServedArm arm) throws IOException {
    Shown shown = Shown.of(arm);
    return Reply.json(200, json -> write(shown, json));
  }

  private Reply activate(ServedArm arm, String version) throws IOException, RequestException {
    if (version.equals(LATEST)) {
      return unpin(arm);
    }
    if (!version.matches("[1-9]\\d{0,17}")) {
      throw new RequestException(
          400, "a version must be its number or latest but was '" + version + "'");
    }
    long number = Long.parseLong(version);
    if (arm.follower().versions().stream().noneMatch(known -> known.number() == number)) {
      throw new RequestException(404, "there is no version " + number + ", or no more");
    }
    try {
      arm.follower().pin(number);
    } catch (IOException e) {
      throw new RequestException(409, "version " + number + " is not taken: " + e.getMessage());
    }
    LOG.info("arm {} is pinned to version {}", arm.name(), version);
    return one(arm);
  }

  private Reply unpin(ServedArm arm) throws IOException {
    arm.follower().unpin();
    LOG.info("arm {} follows its newest version", arm.name());
    return one(arm);
  }

  private void write(Shown shown, JsonGenerator json) throws IOException {
    ServedArm arm = shown.arm();
    json.writeStringField("arm", arm.name());
    json.writeBooleanField("preferred", arms.preferred().filter(arm::equals).isPresent());
    json.writeBooleanField("shadow", arms.shadow().filter(arm::equals).isPresent());
    if (shown.current().isPresent()) {
      ScoreAnswer.writeState(shown.current().get().model(), System.currentTimeMillis(), json);
    }
    if (shown.pinned().isPresent()) {
      json.writeNumberField("pinned", shown.pinned().get());
    }
    Optional<String> waitsFor = arm.follower().waitsFor();
    if (waitsFor.isPresent()) {
      json.writeStringField("waits_for", waitsFor.get());
    }
    json.writeArrayFieldStart("versions");
    for (ModelFollower.Version version : shown.versions()) {
      json.writeStartObject();
      write(version, state(version, shown), json);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static String state(ModelFollower.Version version, Shown shown) {
    if (shown.pinned().filter(number -> number == version.number()).isPresent()) {
      return "pinned";
    } else if (version.active()) {
      return "active";
    } else if (version.refused().isPresent()) {
      return "refused";
    }
    return version.manifest().isPresent() ? "published" : "damaged";
  }

  private static void write(ModelFollower.Version version, String state, JsonGenerator json)
      throws IOException {
    json.writeNumberField("version", version.number());
    json.writeStringField("state", state);
    if (version.refused().isPresent()) {
      json.writeStringField("refused", version.refused().get().key());
    }
    if (version.manifest().isPresent()) {
      write(version.manifest().get(), json);
    }
  }

  private static void write(Manifest manifest, JsonGenerator json) throws IOException {
    Origin origin = manifest.origin();
    json.writeNumberField("map_version", origin.mapVersion());
    json.writeNumberField("events_learned", origin.eventsLearned());
    if (origin.lastEventTime() != Long.MIN_VALUE) {
      json.writeStringField("learned_until", time(origin.lastEventTime()));
    }
    json.writeNumberField(
        "bytes", manifest.files().stream().mapToLong(Manifest.FileEntry::bytes).sum());
    if (origin.window() != null) {
      json.writeObjectFieldStart("window");
      json.writeStringField("start", time(origin.window().start()));
      json.writeStringField("end", time(origin.window().end()));
      write(origin.window().metrics(), json);
      json.writeEndObject();
    }
  }

  private static void write(Metrics metrics, JsonGenerator json) throws IOException {
    json.writeNumberField("events", metrics.events());
    json.writeNumberField("positives", metrics.positives());
    figure("auc", metrics.auc(), json);
    figure("logloss", metrics.logLoss(), json);
    figure("ne", metrics.ne(), json);
    figure("calibration", metrics.calibration(), json);
  }

  private static void figure(String name, double value, JsonGenerator json) throws IOException {
    if (Double.isNaN(value)) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, value);
    }
  }

  private static String time(long ms) {
    return Instant.ofEpochMilli(ms).toString();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
