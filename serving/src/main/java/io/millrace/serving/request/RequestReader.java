package io.millrace.serving.request;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.format.EventDecoder;
import io.millrace.format.JsonEventScanner;
import io.millrace.format.ValueListener;
import io.millrace.serving.EventKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the events of a request to score, in one pass over its bytes:
 *
 * <pre>
 * {event}     [{event}, ...]     {"context": {event}, "candidates": [{event}, ...]}
 * </pre>
 *
 * The context is optional. Each event is what {@link EventDecoder#json} makes of its bytes. Of a
 * document that has another form or more events than it may have, or is not JSON, this class says
 * only that it does not read it; the caller's parser then finds out why. Not thread-safe.
 */
public final class RequestReader {

  private static final byte[] CONTEXT = "\"context\"".getBytes(StandardCharsets.UTF_8);
  private static final byte[] CANDIDATES = "\"candidates\"".getBytes(StandardCharsets.UTF_8);
  private static final int OTHER = -1;

  /** The last reader of a thread: to make one takes longer than a small request. */
  private static final ThreadLocal<RequestReader> LAST = new ThreadLocal<>();

  private final Schema schema;
  private final EventLimits limits;
  private final JsonEventScanner scanner;
  private final EventDecoder decoder;
  private final EventKeys keys;
  private byte[] body;
  private EventKeys.Room room;
  private Set<String> lastKeys;
  private int mostEvents;
  private Item item;
  private Item context;
  private List<Item> list;

  /** A form of a document; returns the position behind it, or {@link #OTHER}. */
  private interface Form {
    int read(int from) throws IOException;
  }

  /**
   * An event of a request.
   *
   * @param decoded the event, or why it is none
   * @param keys its keys; a key within a nested object is a path where the schema has such a column
   * @param from position of its first byte in the document
   * @param to position behind its last byte
   */
  public record Item(Decoded decoded, Set<String> keys, int from, int to) {}

  /**
   * The events of a request.
   *
   * @param context null without one
   * @param events the candidates; or all events
   * @param single whether the document is one event, not a list or candidates
   */
  public record Request(Item context, List<Item> events, boolean single) {}

  /**
   * The calling thread's reader of events.
   *
   * @param schema that of the model; label and time are not read
   */
  public static RequestReader of(Schema schema, EventLimits limits) {
    RequestReader reader = LAST.get();
    if (reader == null || !reader.schema.equals(schema) || !reader.limits.equals(limits)) {
      reader = new RequestReader(schema, limits);
      LAST.set(reader);
    }
    return reader;
  }

  RequestReader(Schema schema, EventLimits limits) {
    this.schema = schema;
    this.limits = limits;
    Schema scored = schema.toScore(limits.minTime());
    this.scanner = new JsonEventScanner(scored, limits);
    this.decoder = EventDecoder.json(scored, limits, ValueListener.none());
    List<String> columns = new ArrayList<>();
    schema.fields().forEach(field -> columns.add(field.column()));
    schema.dense().forEach(column -> columns.add(column.column()));
    this.keys = new EventKeys(columns);
  }

  /**
   * Reads an event or a list of events.
   *
   * @param most most events
   * @return the events; empty if the document has another form or more events, or is not JSON
   */
  public Optional<Request> readEvents(byte[] document, int most) {
    return read(document, most, from -> at(from, '[') ? events(from) : event(from));
  }

  /**
   * Reads an object of candidates and perhaps a context, in either order, and nothing else.
   *
   * @param most most candidates
   * @return the events; empty if the document has another form or more candidates, or is not JSON
   */
  public Optional<Request> readCandidates(byte[] document, int most) {
    return read(document, most, this::candidates);
  }

  private Optional<Request> read(byte[] document, int most, Form form) {
    body = document;
    room = new EventKeys.Room();
    mostEvents = most;
    try {
      int to = form.read(skipBlanks(0));
      return to >= 0 && skipBlanks(to) == body.length ? Optional.of(request()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // the caller's parser says why
    } finally {
      body = null;
      lastKeys = null;
      item = null;
      context = null;
      list = null;
      scanner.release();
    }
  }

  private Request request() {
    return list == null
        ? new Request(null, List.of(item), true)
        : new Request(context, list, false);
  }

  private int candidates(int from) throws IOException {
    int next = from;
    for (char before = '{'; next >= 0 && at(next, before); before = ',') {
      next = member(skipBlanks(next + 1));
      next = next < 0 ? OTHER : skipBlanks(next);
    }
    return next >= 0 && at(next, '}') && list != null ? next + 1 : OTHER;
  }

  private int member(int name) throws IOException {
    if (begins(name, CANDIDATES) && list == null) {
      return events(colon(name + CANDIDATES.length));
    }
    if (!begins(name, CONTEXT) || context != null) {
      return OTHER;
    }
    int to = event(colon(name + CONTEXT.length));
    context = item;
    return to;
  }

  /** The position of the value behind a colon. */
  private int colon(int from) {
    int at = skipBlanks(from);
    return at(at, ':') ? skipBlanks(at + 1) : body.length;
  }

  private int events(int from) throws IOException {
    list = new ArrayList<>();
    if (!at(from, '[')) {
      return OTHER;
    }
    int next = skipBlanks(from + 1);
    if (at(next, ']')) {
      return next + 1;
    }
    while (true) {
      next = event(next);
      if (next < 0) {
        return OTHER;
      }
      list.add(item);
      if (list.size() > mostEvents) {
        return OTHER;
      }
      next = skipBlanks(next);
      if (!at(next, ',')) {
        return at(next, ']') ? next + 1 : OTHER;
      }
      next = skipBlanks(next + 1);
    }
  }

  /** Reads an event into {@link #item}; returns the position behind it. */
  private int event(int from) throws IOException {
    int to = scanner.decode(body, from, 0);
    if (to >= 0 && isRoomFor(scanner.keys())) {
      item = new Item(scanner.decoded(), scanner.keys(), from, to);
      return to;
    }
    return at(from, '{') ? anyEvent(from) : OTHER;
  }

  /** Whether there is room for the keys of an event; those of the event before take none. */
  private boolean isRoomFor(Set<String> names) {
    if (names == lastKeys) { // the scanner gives the same object while they are the same
      return true;
    }
    boolean fits = keys.fits(names, room);
    lastKeys = fits ? names : null;
    return fits;
  }

  /** The same for an object of any form, in two passes. */
  private int anyEvent(int from) throws IOException {
    try (JsonParser parser = EventKeys.JSON.createParser(body, from, body.length - from)) {
      JsonToken first = parser.nextToken();
      if (first != JsonToken.START_OBJECT || parser.currentTokenLocation().getByteOffset() < 0) {
        return OTHER;
      }
      Set<String> names = keys.read(parser, room);
      int to = from + (int) parser.currentLocation().getByteOffset();
      item = new Item(decoder.decode(body, from, to - from, 0), names, from, to);
      return to;
    }
  }

  private boolean at(int position, char c) {
    return position < body.length && body[position] == c;
  }

  private boolean begins(int from, byte[] text) {
    int to = from + text.length;
    return to <= body.length && Arrays.equals(body, from, to, text, 0, text.length);
  }

  private int skipBlanks(int from) {
    int i = from;
    while (i < body.length
        && (body[i] == ' ' || body[i] == '\n' || body[i] == '\r' || body[i] == '\t')) {
      i++;
    }
    return i;
  }
}
