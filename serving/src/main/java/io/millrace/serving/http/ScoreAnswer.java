package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.event.ClickEvent;
import io.millrace.serving.Scorer;
import io.millrace.serving.request.Candidates;
import io.millrace.serving.request.Item;
import io.millrace.serving.request.KeyCheck;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.UpdateHeader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The answer of {@code /v1/score}: all candidates' predictions, from one state of one arm. */
final class ScoreAnswer {

  /**
   * Content type of predictions alone: float32, little-endian, NaN for a candidate with a fault.
   */
  static final String FLOATS = "application/x-millrace-predictions";

  private final LoadedModel model;
  private final List<Item> items;
  private final float[] predictions;
  private final long now;

  /** Scores the candidates. */
  ScoreAnswer(Scorer scorer, Candidates candidates, long now) {
    this.model = scorer.model();
    this.items = new ArrayList<>(candidates.items());
    this.now = now;
    this.predictions = score(scorer, candidates);
  }

  /** The candidates; one whose prediction is not finite has a fault. */
  List<Item> items() {
    return items;
  }

  private float[] score(Scorer scorer, Candidates candidates) {
    List<ClickEvent> events = new ArrayList<>();
    items.stream().filter(item -> item.fault() == null).forEach(item -> events.add(item.event()));
    float[] scored = Scored.score(scorer, candidates.context(), events);
    float[] all = new float[items.size()];
    int next = 0;
    for (int i = 0; i < all.length; i++) {
      all[i] = items.get(i).fault() == null ? scored[next++] : Float.NaN;
      if (items.get(i).fault() == null && !Float.isFinite(all[i])) {
        all[i] = Float.NaN;
        items.set(i, Item.of(Item.Fault.of(Scorer.NO_PREDICTION)));
      }
    }
    return all;
  }

  /** The prediction of a candidate; NaN with a fault. */
  float prediction(int i) {
    return predictions[i];
  }

  /**
   * The answer.
   *
   * @param floats whether it shall be float32 alone
   * @param json collects it if it is JSON
   * @throws IOException if it is too long
   */
  Reply reply(boolean floats, HeldOutput json) throws IOException {
    long faults = items.stream().filter(item -> item.fault() != null).count();
    if (faults > 0 && faults == items.size()) {
      Reply.writeObject(this::writeOnlyFaults, json);
      return Reply.of(400, Reply.JSON, json.toByteArray());
    }
    if (floats) {
      return floats(faults);
    }
    Reply.writeObject(this::write, json);
    return Reply.of(200, Reply.JSON, json.toByteArray());
  }

  private void writeOnlyFaults(JsonGenerator json) throws IOException {
    Item.Fault first = items.get(0).fault();
    json.writeStringField(
        "error",
        "no candidate can be scored; the first: " + first.reason() + ": " + first.message());
    writeFaults(json);
  }

  private Reply floats(long faults) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * predictions.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(predictions);
    Reply reply =
        Reply.of(200, FLOATS, bytes.array())
            .with("Millrace-Arm", model.manifest().origin().arm())
            .with("Millrace-Model-Version", String.valueOf(model.version()))
            .with("Millrace-Map-Version", String.valueOf(model.mapVersion()))
            .with("Millrace-Faults", String.valueOf(faults));
    if (model.lastEventTime() != Long.MIN_VALUE) {
      reply = reply.with("Millrace-Learned-Until", learnedUntil(model));
    }
    if (model.update().isPresent()) {
      UpdateHeader update = model.update().get();
      reply = reply.with("Millrace-Update", update.epoch() + "/" + update.interval());
    }
    return reply;
  }

  private static String learnedUntil(LoadedModel model) {
    return Instant.ofEpochMilli(model.lastEventTime()).toString();
  }

  private void write(JsonGenerator json) throws IOException {
    json.writeStringField("arm", model.manifest().origin().arm());
    writeState(model, now, json);
    json.writeArrayFieldStart("predictions");
    for (float p : predictions) {
      if (Float.isNaN(p)) {
        json.writeNull();
      } else {
        json.writeNumber(p);
      }
    }
    json.writeEndArray();
    writeFaults(json);
    writeOddKeys(json);
  }

  /** Writes which state of a model answers, and how old that is. */
  static void writeState(LoadedModel model, long now, JsonGenerator json) throws IOException {
    json.writeNumberField("model_version", model.version());
    json.writeNumberField("map_version", model.mapVersion());
    if (model.update().isPresent()) {
      json.writeObjectFieldStart("update");
      json.writeNumberField("epoch", model.update().get().epoch());
      json.writeNumberField("interval", model.update().get().interval());
      json.writeEndObject();
    }
    if (model.lastEventTime() == Long.MIN_VALUE) {
      json.writeNullField("learned_until");
      json.writeNullField("age_seconds");
    } else {
      json.writeStringField("learned_until", learnedUntil(model));
      json.writeNumberField("age_seconds", BigDecimal.valueOf(now - model.lastEventTime(), 3));
    }
  }

  /** Writes each fault once, with the positions of the candidates that have it. */
  private void writeFaults(JsonGenerator json) throws IOException {
    Map<Item.Fault, List<Integer>> byFault = new LinkedHashMap<>();
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).fault() != null) {
        byFault.computeIfAbsent(items.get(i).fault(), f -> new ArrayList<>()).add(i);
      }
    }
    if (!byFault.isEmpty()) {
      json.writeArrayFieldStart("errors");
      for (Map.Entry<Item.Fault, List<Integer>> entry : byFault.entrySet()) {
        Item.Fault fault = entry.getKey();
        json.writeStartObject();
        writePositions(entry.getValue(), json);
        json.writeStringField("reason", fault.reason());
        fault.keys().write(json);
        json.writeStringField("message", fault.message());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
  }

  /** Writes the keys of events that were scored although their keys are not those of the model. */
  private void writeOddKeys(JsonGenerator json) throws IOException {
    Map<KeyCheck, List<Integer>> byKeys = new LinkedHashMap<>();
    for (int i = 0; i < items.size(); i++) {
      Item item = items.get(i);
      if (item.fault() == null && !item.keys().isClean()) {
        byKeys.computeIfAbsent(item.keys(), k -> new ArrayList<>()).add(i);
      }
    }
    if (!byKeys.isEmpty()) {
      json.writeArrayFieldStart("warnings");
      for (Map.Entry<KeyCheck, List<Integer>> entry : byKeys.entrySet()) {
        json.writeStartObject();
        writePositions(entry.getValue(), json);
        entry.getKey().write(json);
        json.writeEndObject();
      }
      json.writeEndArray();
    }
  }

  private static void writePositions(List<Integer> positions, JsonGenerator json)
      throws IOException {
    json.writeArrayFieldStart("candidates");
    for (int position : positions) {
      json.writeNumber(position);
    }
    json.writeEndArray();
  }
}
