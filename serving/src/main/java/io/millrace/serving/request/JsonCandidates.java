package io.millrace.serving.request;

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
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads {@code {"context": {...}, "candidates": [{...}, ...]}}. A column is in the context, for all
 * candidates, or in each candidate.
 */
public final class JsonCandidates {

  private static final Reject NO_OBJECT =
      new Reject(Reject.Reason.NOT_PARSEABLE, "a candidate must be a JSON object");

  private static final Part NOTHING = new Part(-1, -1, Set.of());

  private final byte[] body;
  private final ColumnWatch columns;
  private final boolean strict;
  private final int most;
  private final EventDecoder decoder;

  private Part context = NOTHING;
  private EventJoin join;
  private List<Part> candidates;

  /** Keys of the candidate before, and how they compare: most candidates have equal keys. */
  private Set<String> lastKeys;

  private KeyCheck lastCheck;

  /**
   * A reader.
   *
   * @param columns compares the events with the model that scores
   * @param strict whether an event with missing columns or unknown keys is a fault
   * @param most most candidates
   */
  public JsonCandidates(
      byte[] body, ColumnWatch columns, EventLimits limits, boolean strict, int most) {
    this.body = body;
    this.columns = columns;
    this.strict = strict;
    this.most = most;
    this.decoder =
        EventDecoder.json(columns.schema().toScore(limits.minTime()), limits, ValueListener.none());
  }

  /** A JSON object in the body with its keys; the object is null where there is another value. */
  private record Part(int from, int to, Set<String> keys) {}

  /**
   * Reads the request.
   *
   * @throws RequestException if the body is not such a request, or its context cannot be read
   */
  public Candidates read() throws RequestException {
    try (JsonParser parser = EventKeys.JSON.createParser(body)) {
      document(parser);
    } catch (JsonProcessingException e) {
      throw new RequestException(400, "not valid JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new RequestException(400, "not valid JSON: " + e.getMessage());
    }
    if (candidates == null) {
      throw new RequestException(400, "a request must have a list 'candidates' but has none");
    }
    if (!context.equals(NOTHING)) {
      join = new EventJoin(columns.schema(), contextEvent(), context.keys());
    }
    return new Candidates(
        candidates.stream().map(this::item).toList(), context.from(), context.to());
  }

  private void document(JsonParser parser) throws IOException, RequestException {
    JsonToken first = parser.nextToken();
    if (first != null && parser.currentTokenLocation().getByteOffset() < 0) {
      throw new RequestException(400, "a request must be UTF-8");
    }
    if (first != JsonToken.START_OBJECT) {
      throw new RequestException(
          400,
          "a request must be an object {\"context\": {...}, \"candidates\": [{...}, ...]}; /score"
              + " accepts an event or a list of events");
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      member(parser.currentName(), parser);
    }
    if (parser.nextToken() != null) {
      throw new RequestException(400, "there must be nothing after the JSON document");
    }
  }

  private void member(String key, JsonParser parser) throws IOException, RequestException {
    JsonToken token = parser.nextToken();
    if (key.equals("context") && token == JsonToken.START_OBJECT && context.equals(NOTHING)) {
      context = part(parser);
    } else if (key.equals("candidates") && token == JsonToken.START_ARRAY && candidates == null) {
      list(parser);
    } else if (key.equals("context") || key.equals("candidates")) {
      throw new RequestException(
          400,
          "a request must have one list 'candidates', and may have one object 'context'; '"
              + key
              + "' is something else or there twice");
    } else {
      throw new RequestException(
          400,
          "a request must have no keys but 'context' and 'candidates' but has '"
              + ColumnWatch.printable(key)
              + "'; columns belong into them");
    }
  }

  private void list(JsonParser parser) throws IOException, RequestException {
    candidates = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (candidates.size() == most) {
        throw new RequestException(413, "a request must have at most " + most + " candidates");
      }
      if (parser.currentToken() == JsonToken.START_OBJECT) {
        candidates.add(part(parser));
      } else {
        parser.skipChildren();
        candidates.add(NOTHING);
      }
    }
  }

  private Part part(JsonParser parser) throws IOException {
    int from = (int) parser.currentTokenLocation().getByteOffset();
    Set<String> keys = columns.keys().read(parser);
    return new Part(from, (int) parser.currentLocation().getByteOffset(), keys);
  }

  private Decoded decode(Part part) {
    return decoder.decode(body, part.from(), part.to() - part.from(), 0);
  }

  private ClickEvent contextEvent() throws RequestException {
    if (decode(context) instanceof ClickEvent event) {
      return event;
    }
    Reject reject = (Reject) decode(context);
    throw new RequestException(
        400, "the context is wrong: " + reject.reason().key() + ": " + reject.message());
  }

  private Item item(Part part) {
    if (part.equals(NOTHING)) {
      return Item.of(Item.Fault.of(NO_OBJECT));
    }
    KeyCheck check = check(part.keys());
    Set<String> all = new LinkedHashSet<>(context.keys());
    all.addAll(part.keys());
    if (!columns.note(all)) {
      return Item.of(new Item.Fault(ColumnWatch.NO_COLUMN, check, columns.noColumn(all)));
    }
    if ((strict && !check.isClean()) || !check.repeated().isEmpty()) {
      return Item.of(new Item.Fault("wrong_columns", check, check.message(columns)));
    }
    Decoded decoded = decode(part);
    return decoded instanceof ClickEvent event
        ? new Item(join == null ? event : join.with(event), null, check, part.from(), part.to())
        : Item.of(Item.Fault.of((Reject) decoded));
  }

  private KeyCheck check(Set<String> keys) {
    if (!keys.equals(lastKeys)) {
      lastCheck = KeyCheck.of(columns, context.keys(), keys);
      lastKeys = keys;
    }
    return lastCheck;
  }
}
