package io.millrace.serving;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.format.EventDecoder;
import io.millrace.format.ValueListener;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.Origin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores events over HTTP, without authentication, for everyone who can reach its address.
 *
 * <pre>
 * POST /score     a JSON event, or an array of them, keys as in the model's schema
 *                 -&gt; {"prediction": .031, "model_version": 12, "map_version": 3}, or an array of such objects;
 *                    an event that cannot be read has "prediction": null and an "error"
 * GET  /health    -&gt; {"status": "ok"}
 * GET  /version   -&gt; arm, versions and event-time range of the model that scores
 * </pre>
 *
 * <p>Label and event time may be missing, as the model does not use them. All predictions of an
 * answer come from one version. Status 400 if the body is not JSON, 413 if it is too large, 404 for
 * another path, 405 for another method.
 */
public final class ScoringServer implements AutoCloseable {

  /** Largest request body, bytes. */
  static final int MAX_REQUEST_BYTES = 16 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(ScoringServer.class);
  private static final JsonFactory JSON = new JsonFactory();
  private static final Reject NO_OBJECT =
      new Reject(Reject.Reason.NOT_PARSEABLE, "an event must be a JSON object");
  private static final TimeColumn ANY_TIME =
      new TimeColumn.MadeUp(1, EventLimits.DEFAULT.minTime());

  private final ModelFollower follower;
  private final EventLimits limits;
  private final HttpServer server;
  private final ExecutorService threads;

  /** Writes an answer. */
  @FunctionalInterface
  private interface JsonWriter {
    void write(JsonGenerator json) throws IOException;
  }

  /** A request that cannot be answered, with its HTTP status. */
  private static final class RequestException extends Exception {
    private static final long serialVersionUID = 1;
    private final int status;

    RequestException(int status, String message) {
      super(message);
      this.status = status;
    }
  }

  /** Answers a request. */
  @FunctionalInterface
  private interface Handler {
    byte[] handle(HttpExchange exchange) throws IOException, RequestException;
  }

  /**
   * Starts the server.
   *
   * @param follower the model; the caller closes it
   * @param address address to listen on; the loopback address for this machine only
   * @param port TCP port, 0 for any free one
   * @param parallelism threads that score, at least 1
   * @param limits bounds on an event
   */
  public ScoringServer(
      ModelFollower follower, InetAddress address, int port, int parallelism, EventLimits limits)
      throws IOException {
    this.follower = follower;
    this.limits = limits;
    this.server = HttpServer.create(new InetSocketAddress(address, port), 0);
    this.threads = Executors.newFixedThreadPool(parallelism);
    server.setExecutor(threads);
    route("/score", "POST", this::score);
    route("/health", "GET", exchange -> object(json -> json.writeStringField("status", "ok")));
    route("/version", "GET", exchange -> version(follower.current().model()));
    byte[] lost = error("no such path; try /score, /health, /version");
    server.createContext("/", exchange -> respond(exchange, 404, lost));
    server.start();
  }

  /** The TCP port. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void route(String path, String method, Handler handler) {
    server.createContext(
        path,
        exchange -> {
          try {
            if (!exchange.getRequestURI().getPath().equals(path)) {
              throw new RequestException(404, "no such path; try " + path);
            }
            if (!exchange.getRequestMethod().equals(method)) {
              throw new RequestException(405, path + " accepts only " + method);
            }
            respond(exchange, 200, handler.handle(exchange));
          } catch (RequestException e) {
            respond(exchange, e.status, error(e.getMessage()));
          } catch (RuntimeException e) {
            LOG.error("request failed", e);
            respond(exchange, 500, error("the request failed; the log says why"));
          }
        });
  }

  private static byte[] error(String message) throws IOException {
    return object(json -> json.writeStringField("error", message));
  }

  private static byte[] object(JsonWriter content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      content.write(json);
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void respond(HttpExchange exchange, int status, byte[] answer) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    try (exchange) {
      exchange.sendResponseHeaders(status, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  private static byte[] version(LoadedModel model) throws IOException {
    Origin origin = model.manifest().origin();
    return object(
        json -> {
          json.writeStringField("arm", origin.arm());
          writeVersions(model, json);
          json.writeNumberField("events_learned", origin.eventsLearned());
          if (origin.firstEventTime() <= origin.lastEventTime()) {
            json.writeNumberField("first_event_time", origin.firstEventTime());
            json.writeNumberField("last_event_time", origin.lastEventTime());
          }
        });
  }

  private static void writeVersions(LoadedModel model, JsonGenerator json) throws IOException {
    json.writeNumberField("model_version", model.version());
    json.writeNumberField("map_version", model.mapVersion());
  }

  private byte[] score(HttpExchange exchange) throws IOException, RequestException {
    byte[] body;
    try (InputStream in = exchange.getRequestBody()) {
      body = in.readNBytes(MAX_REQUEST_BYTES + 1);
    }
    if (body.length > MAX_REQUEST_BYTES) {
      throw new RequestException(
          413, "a request must have at most " + MAX_REQUEST_BYTES + " bytes");
    }
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (JsonParser parser = JSON.createParser(body);
        JsonGenerator json = JSON.createGenerator(answer)) {
      answer(body, parser, json);
    } catch (JsonProcessingException e) {
      throw new RequestException(400, "not valid JSON: " + e.getOriginalMessage());
    }
    return answer.toByteArray();
  }

  private void answer(byte[] body, JsonParser parser, JsonGenerator json)
      throws IOException, RequestException {
    Scorer scorer = follower.current();
    Schema schema = lenient(scorer.model().model().schema());
    EventDecoder decoder = EventDecoder.json(schema, limits, ValueListener.none());
    JsonToken first = parser.nextToken();
    if (first == JsonToken.START_OBJECT) {
      answerOne(body, parser, decoder, scorer, json);
    } else if (first == JsonToken.START_ARRAY) {
      json.writeStartArray();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        answerOne(body, parser, decoder, scorer, json);
      }
      json.writeEndArray();
    } else {
      throw new RequestException(400, "a request must be a JSON object or an array of them");
    }
    if (parser.nextToken() != null) {
      throw new RequestException(400, "there must be nothing after the JSON document");
    }
  }

  /** Answers the event at the parser's current token; the decoder reads its bytes again. */
  private static void answerOne(
      byte[] body, JsonParser parser, EventDecoder decoder, Scorer scorer, JsonGenerator json)
      throws IOException {
    Decoded decoded = NO_OBJECT;
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      int from = (int) parser.currentTokenLocation().getByteOffset();
      parser.skipChildren();
      int to = (int) parser.currentLocation().getByteOffset();
      decoded = decoder.decode(body, from, to - from, 0);
    } else {
      parser.skipChildren();
    }
    json.writeStartObject();
    if (decoded instanceof Reject reject) {
      json.writeNullField("prediction");
      json.writeStringField("error", reject.reason().key() + ": " + reject.message());
    } else {
      json.writeNumberField("prediction", scorer.score((ClickEvent) decoded));
    }
    writeVersions(scorer.model(), json);
    json.writeEndObject();
  }

  /** The schema without requirements on label and time, which the model does not use. */
  private static Schema lenient(Schema schema) {
    return FileScorer.unlabelled(schema).with(ANY_TIME);
  }

  /** Closes the port, and waits up to a second for requests in progress. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdown();
    try {
      if (!threads.awaitTermination(1, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
