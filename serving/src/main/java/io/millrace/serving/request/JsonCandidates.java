package io.millrace.serving.request;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.event.ClickEvent;
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
import java.util.Optional;
import java.util.Set;

/**
 * Reads {@code {"context": {...}, "candidates": [{...}, ...]}}. A column is in the context, for all
 * candidates, or in each candidate.
 */
public final class JsonCandidates {

  private static final Reject NO_OBJECT =
      new Reject(Reject.Reason.NOT_PARSEABLE, "a candidate must be a JSON object");

  /** Where the request has another value than an object. */
  private static final RequestReader.Item NO_EVENT =
      new RequestReader.Item(NO_OBJECT, Set.of(), -1, -1);

  private final byte[] body;
  private final ColumnWatch columns;
  private final boolean strict;
  private final int most;
  private final EventLimits limits;
  private final EventKeys.Room room = new EventKeys.Room();

  /** Null without one. */
  private RequestReader.Item context;

  private List<RequestReader.Item> candidates;

  /** For requests that {@link RequestReader} does not read. */
  private EventDecoder decoder;

  /** Keys of the candidate before: most candidates have equal keys. */
  private Set<String> lastKeys;

  /** Those and the keys of the context. */
  private Set<String> lastAll;

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
    this.limits = limits;
  }

  /**
   * Reads the request.
   *
   * @throws RequestException if the body is not such a request, or its context cannot be read
   */
  public Candidates read() throws RequestException {
    Optional<RequestReader.Request> request =
        RequestReader.of(columns.schema(), limits).readCandidates(body, most);
    if (request.isPresent()) {
      context = request.get().context();
      candidates = request.get().events();
    } else {
      parse();
    }
    Optional<Context> shared = context == null ? Optional.empty() : Optional.of(shared());
    return new Candidates(candidates.stream().map(this::item).toList(), shared);
  }

  /** Reads the request, or says why it is none. */
  private void parse() throws RequestException {
    decoder =
        EventDecoder.json(columns.schema().toScore(limits.minTime()), limits, ValueListener.none());
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
    if (key.equals("context") && token == JsonToken.START_OBJECT && context == null) {
      context = event(parser);
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
        candidates.add(event(parser));
      } else {
        parser.skipChildren();
        candidates.add(NO_EVENT);
      }
    }
  }

  private RequestReader.Item event(JsonParser parser) throws IOException {
    int from = (int) parser.currentTokenLocation().getByteOffset();
    Set<String> keys = columns.keys().read(parser, room);
    int to = (int) parser.currentLocation().getByteOffset();
    return new RequestReader.Item(decoder.decode(body, from, to - from, 0), keys, from, to);
  }

  private Context shared() throws RequestException {
    if (context.decoded() instanceof ClickEvent event) {
      return Context.of(columns.schema(), event, context.keys(), context.from(), context.to());
    }
    Reject reject = (Reject) context.decoded();
    throw new RequestException(
        400, "the context is wrong: " + reject.reason().key() + ": " + reject.message());
  }

  private Item item(RequestReader.Item read) {
    if (read.equals(NO_EVENT)) {
      return Item.of(Item.Fault.of(NO_OBJECT));
    }
    compare(read.keys());
    KeyCheck check = lastCheck;
    if (!columns.note(lastAll)) {
      return Item.of(new Item.Fault(ColumnWatch.NO_COLUMN, check, columns.noColumn(lastAll)));
    }
    if ((strict && !check.isClean()) || !check.repeated().isEmpty()) {
      return Item.of(new Item.Fault("wrong_columns", check, check.message(columns)));
    }
    return read.decoded() instanceof ClickEvent event
        ? new Item(event, null, check, read.from(), read.to())
        : Item.of(Item.Fault.of((Reject) read.decoded()));
  }

  /** Compares the keys of a candidate with the columns, unless the one before had the same. */
  private void compare(Set<String> keys) {
    if (!keys.equals(lastKeys)) {
      Set<String> above = context == null ? Set.of() : context.keys();
      lastCheck = KeyCheck.of(columns, above, keys);
      lastAll = new LinkedHashSet<>(above);
      lastAll.addAll(keys);
      lastKeys = keys;
    }
  }
}
