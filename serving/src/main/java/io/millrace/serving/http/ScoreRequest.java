package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.format.EventDecoder;
import io.millrace.format.ValueListener;
import io.millrace.serving.ColumnWatch;
import io.millrace.serving.EventKeys;
import io.millrace.serving.Scorer;
import io.millrace.serving.request.Candidates;
import io.millrace.serving.request.Item;
import io.millrace.serving.request.KeyCheck;
import io.millrace.serving.request.RequestException;
import io.millrace.serving.request.RequestReader;
import io.millrace.snapshot.LoadedModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A request to score: an event in JSON, or a list of events. One version answers all of it. */
final class ScoreRequest {

  private static final String SCORED = "scored";

  private static final Reject NO_OBJECT =
      new Reject(Reject.Reason.NOT_PARSEABLE, "an event must be a JSON object");

  private final byte[] body;
  private final Scorer scorer;
  private final ColumnWatch columns;
  private final ServingMetrics metrics;
  private final EventLimits limits;
  private final HttpLimits allowed;
  private final Scored scored;

  /** For requests that {@link RequestReader} does not read. */
  private EventDecoder decoder;

  /**
   * A request.
   *
   * @param columns compares the events with the scorer's model
   */
  ScoreRequest(
      byte[] body,
      Scorer scorer,
      ColumnWatch columns,
      ServingMetrics metrics,
      EventLimits limits,
      HttpLimits allowed) {
    this.body = body;
    this.scorer = scorer;
    this.columns = columns;
    this.metrics = metrics;
    this.limits = limits;
    this.allowed = allowed;
    this.scored = new Scored(scorer, body, Candidates.of(List.of()));
  }

  /** Answer to an event: its prediction, or what is wrong with it. */
  private record Answer(float prediction, String kind, String fault) {

    static Answer of(Reject reject) {
      return new Answer(Float.NaN, reject.reason().key(), reject.message());
    }
  }

  /**
   * Scores the events.
   *
   * @param answer collects the JSON of the answer
   * @throws IOException if the answer is too long
   * @throws RequestException if the body is not JSON, or its only event has no column of the model
   */
  void answer(HeldOutput answer) throws IOException, RequestException {
    Optional<RequestReader.Request> request =
        RequestReader.of(columns.schema(), limits).readEvents(body, allowed.candidates());
    if (request.isPresent()) {
      try (JsonGenerator json = EventKeys.JSON.createGenerator(answer)) {
        answer(request.get(), json);
      }
      return;
    }
    try (JsonParser parser = EventKeys.JSON.createParser(body);
        JsonGenerator json = EventKeys.JSON.createGenerator(answer)) {
      decoder =
          EventDecoder.json(
              columns.schema().toScore(limits.minTime()), limits, ValueListener.none());
      answer(parser, json);
    } catch (JsonProcessingException e) {
      throw new RequestException(400, "not valid JSON: " + e.getOriginalMessage());
    }
  }

  /** The first events that were scored, as many as a request with candidates may have. */
  Scored scored() {
    return scored;
  }

  private void answer(JsonParser parser, JsonGenerator json) throws IOException, RequestException {
    JsonToken first = parser.nextToken();
    if (first != null && parser.currentTokenLocation().getByteOffset() < 0) {
      throw new RequestException(400, "a request must be UTF-8");
    }
    if (first == JsonToken.START_OBJECT) {
      writeOnly(score(parser), json);
    } else if (first == JsonToken.START_ARRAY) {
      json.writeStartArray();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        write(score(parser), json);
      }
      json.writeEndArray();
    } else {
      throw new RequestException(400, "a request must be a JSON object or an array of them");
    }
    if (parser.nextToken() != null) {
      throw new RequestException(400, "there must be nothing after the JSON document");
    }
  }

  /** Scores all events of a request together. Longer lists are scored one event after the other. */
  private void answer(RequestReader.Request request, JsonGenerator json)
      throws IOException, RequestException {
    List<RequestReader.Item> items = request.events();
    List<ClickEvent> events = new ArrayList<>(items.size());
    Answer[] answers = new Answer[items.size()];
    for (int i = 0; i < answers.length; i++) {
      answers[i] = fault(items.get(i));
      if (answers[i] == null) {
        events.add((ClickEvent) items.get(i).decoded());
      }
    }
    float[] p = new float[events.size()];
    scorer.score(events, p);
    int next = 0;
    for (int i = 0; i < answers.length; i++) {
      answers[i] = answers[i] == null ? scored(items.get(i), p[next++]) : answers[i];
      metrics.event(answers[i].kind());
    }
    if (request.single()) {
      writeOnly(answers[0], json);
    } else {
      write(answers, json);
    }
  }

  /** Why an event cannot be scored, or null if it can. */
  private Answer fault(RequestReader.Item item) {
    if (item.decoded() instanceof Reject reject) {
      return Answer.of(reject);
    }
    return columns.note(item.keys())
        ? null
        : new Answer(Float.NaN, ColumnWatch.NO_COLUMN, columns.noColumn(item.keys()));
  }

  private void write(Answer[] answers, JsonGenerator json) throws IOException {
    json.writeStartArray();
    for (Answer answer : answers) {
      write(answer, json);
    }
    json.writeEndArray();
  }

  private void writeOnly(Answer only, JsonGenerator json) throws IOException, RequestException {
    if (only.kind().equals(ColumnWatch.NO_COLUMN)) {
      throw new RequestException(400, only.fault() + "; a request is an event or a list of them");
    }
    write(only, json);
  }

  /** Scores the event at the parser's current token; the decoder reads its bytes again. */
  private Answer score(JsonParser parser) throws IOException {
    Answer answer = Answer.of(NO_OBJECT);
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      int from = (int) parser.currentTokenLocation().getByteOffset();
      Set<String> keys = columns.keys().read(parser);
      int to = (int) parser.currentLocation().getByteOffset();
      Decoded decoded = decoder.decode(body, from, to - from, 0);
      answer = score(new RequestReader.Item(decoded, keys, from, to));
    } else {
      parser.skipChildren();
    }
    metrics.event(answer.kind());
    return answer;
  }

  private Answer score(RequestReader.Item item) {
    Answer fault = fault(item);
    return fault != null ? fault : scored(item, scorer.score((ClickEvent) item.decoded()));
  }

  /** The answer to an event that was scored, which is noted. */
  private Answer scored(RequestReader.Item item, float prediction) {
    if (!Float.isFinite(prediction)) {
      return Answer.of(Scorer.NO_PREDICTION);
    }
    if (scored.items().size() < allowed.candidates()) {
      ClickEvent event = (ClickEvent) item.decoded();
      scored.add(new Item(event, null, KeyCheck.CLEAN, item.from(), item.to()), prediction);
    }
    return new Answer(prediction, SCORED, null);
  }

  private void write(Answer answer, JsonGenerator json) throws IOException {
    json.writeStartObject();
    if (answer.fault() == null) {
      json.writeNumberField("prediction", answer.prediction());
    } else {
      json.writeNullField("prediction");
      json.writeStringField("error", answer.kind() + ": " + answer.fault());
    }
    writeVersions(scorer.model(), json);
    json.writeEndObject();
  }

  /** Writes the versions that an answer comes from. */
  static void writeVersions(LoadedModel model, JsonGenerator json) throws IOException {
    json.writeNumberField("model_version", model.version());
    json.writeNumberField("map_version", model.mapVersion());
  }
}
