package io.millrace.serving;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.Origin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
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
 * GET  /metrics   -&gt; what has been answered, in the text format of Prometheus
 * </pre>
 *
 * <p>Label and event time are not read, as the model does not use them. All predictions of an
 * answer come from one version. Status 400 if the body is not JSON, or is one event without any
 * column of the model; 408 if the body does not come in time; 413 if it is too large; 503 if the
 * requests in progress hold too many bytes, or no version is there yet; 404 for another path, 405
 * for another method.
 *
 * <p>No thread waits for a client, and scoring has threads of its own. So {@code /health} answers
 * at once whatever clients do.
 */
public final class ScoringServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ScoringServer.class);

  /** Threads that accept connections and read requests; one of each suffices for thousands. */
  private static final int ACCEPTORS = 1;

  private static final int SELECTORS = 1;
  private static final int IO_THREADS = 8;

  /** Connections that the system keeps until they are accepted. */
  private static final int BACKLOG = 1_024;

  private static final long STOP_MS = 1_000;

  private static final String NO_VERSION = "no version of the model has been published yet";
  private static final String JSON_TYPE = "application/json";
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final ModelFollower follower;
  private final EventLimits limits;
  private final HttpLimits allowed;
  private final Server server;
  private final ServerConnector connector;
  private final ExecutorService threads;
  private final Semaphore free;
  private final ServingCounts counts = new ServingCounts();
  private ColumnWatch columns;

  /** Writes an answer. */
  @FunctionalInterface
  private interface JsonWriter {
    void write(JsonGenerator json) throws IOException;
  }

  /**
   * Starts the server.
   *
   * @param follower the model; the caller closes it
   * @param address address to listen on; the loopback address for this machine only
   * @param port TCP port, 0 for any free one
   * @param parallelism threads that score, at least 1
   * @param limits bounds on an event
   * @throws java.net.BindException if the port is in use
   */
  public ScoringServer(
      ModelFollower follower, InetAddress address, int port, int parallelism, EventLimits limits)
      throws IOException {
    this(follower, new InetSocketAddress(address, port), parallelism, limits, HttpLimits.DEFAULT);
  }

  /** The same with other bounds on what clients may take. */
  ScoringServer(
      ModelFollower follower,
      InetSocketAddress address,
      int parallelism,
      EventLimits limits,
      HttpLimits allowed)
      throws IOException {
    this.follower = follower;
    this.limits = limits;
    this.allowed = allowed;
    this.free = new Semaphore(allowed.heldBytes());
    this.threads = Executors.newFixedThreadPool(parallelism);
    this.server = new Server(new QueuedThreadPool(IO_THREADS, 2));
    this.connector = connector(server, allowed);
    server.setHandler(new GracefulHandler(new Routes()));
    server.setErrorHandler(ScoringServer::respondWithReason);
    server.setStopTimeout(STOP_MS);
    start(address);
  }

  private static ServerConnector connector(Server server, HttpLimits allowed) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    ServerConnector connector =
        new ServerConnector(server, ACCEPTORS, SELECTORS, new HttpConnectionFactory(http));
    connector.setIdleTimeout(allowed.idle().toMillis());
    server.addConnector(connector);
    connector.addBean(new MostConnections(connector, allowed.connections()));
    return connector;
  }

  private void start(InetSocketAddress address) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.bind(address, BACKLOG);
      connector.open(channel);
      server.start();
    } catch (Exception e) {
      channel.close();
      close();
      throw e instanceof IOException known ? known : new IOException("no server: " + e, e);
    }
  }

  private static ColumnWatch watch(Schema schema) {
    return new ColumnWatch(schema, "", LOG::warn);
  }

  /** The TCP port. */
  public int port() {
    return connector.getLocalPort();
  }

  /** Chooses who answers a request, on a thread that must not wait. */
  private final class Routes extends Handler.Abstract.NonBlocking {
    @Override
    public boolean handle(Request request, Response response, Callback callback)
        throws IOException {
      String path = Request.getPathInContext(request);
      String method = path.equals("/score") ? "POST" : "GET";
      boolean known = path.matches("/(score|health|version|metrics)");
      if (!known) {
        byte[] lost = error("no such path; try /score, /health, /version, /metrics");
        respond(response, callback, 404, JSON_TYPE, lost);
      } else if (!request.getMethod().equals(method)) {
        byte[] wrong = error(path + " accepts only " + method);
        respond(response, callback, 405, JSON_TYPE, wrong);
      } else if (path.equals("/score")) {
        score(request, response, callback);
      } else {
        status(path, response, callback);
      }
      return true;
    }
  }

  private void status(String path, Response response, Callback callback) throws IOException {
    Optional<Scorer> scorer = follower.current();
    if (path.equals("/health")) {
      byte[] ok = object(json -> json.writeStringField("status", "ok"));
      respond(response, callback, 200, JSON_TYPE, ok);
    } else if (scorer.isEmpty()) {
      respond(response, callback, 503, JSON_TYPE, error(NO_VERSION));
    } else if (path.equals("/version")) {
      respond(response, callback, 200, JSON_TYPE, version(scorer.get().model()));
    } else {
      ColumnWatch watch = columns(scorer.get().model().model().schema());
      byte[] text = counts.text(watch).getBytes(StandardCharsets.UTF_8);
      respond(response, callback, 200, METRICS_TYPE, text);
    }
  }

  /** The watch of a schema; versions of one arm share it, as their schema is the same. */
  private synchronized ColumnWatch columns(Schema schema) {
    if (columns == null || !columns.schema().equals(schema)) {
      columns = watch(schema);
    }
    return columns;
  }

  private void score(Request request, Response response, Callback callback) {
    RequestBody body = new RequestBody(request, allowed, free);
    Callback written = Callback.from(callback, body::release);
    CompletableFuture<?> unused =
        body.read()
            .thenApplyAsync(bytes -> answer(bytes, body), threads)
            .handle((answer, failure) -> finish(response, written, answer, failure))
            .whenComplete((done, failure) -> failed(written, failure));
  }

  /** Ends a request whose answer could not be made. */
  private static void failed(Callback callback, Throwable failure) {
    if (failure != null) {
      LOG.error("no answer", failure);
      callback.failed(failure);
    }
  }

  private byte[] answer(byte[] bytes, RequestBody body) {
    try {
      Scorer scorer = follower.current().orElseThrow(() -> new RequestException(503, NO_VERSION));
      ColumnWatch watch = columns(scorer.model().model().schema());
      byte[] answer = new ScoreRequest(bytes, scorer, watch, counts, limits).answer();
      body.hold(answer);
      return answer;
    } catch (IOException | RequestException e) {
      throw new CompletionException(e);
    }
  }

  private Void finish(Response response, Callback callback, byte[] answer, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause == null) {
      counts.request(200);
      respond(response, callback, 200, JSON_TYPE, answer);
    } else if (cause instanceof RequestException wrong) {
      refuse(response, callback, wrong.status(), wrong.getMessage());
    } else if (cause instanceof TimeoutException) {
      String rule = "the body of a request must come within " + allowed.body().toMillis() + " ms";
      refuse(response, callback, 408, rule);
    } else if (cause instanceof IOException || cause instanceof HttpException) {
      callback.failed(cause); // the client has gone, or its body is not HTTP
    } else {
      LOG.error("request failed", cause);
      refuse(response, callback, 500, "the request failed; the log says why");
    }
    return null;
  }

  private void refuse(Response response, Callback callback, int status, String message) {
    counts.request(status);
    if (status != 400 && status != 500) { // the rest of the body is not read
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
    }
    respond(response, callback, status, JSON_TYPE, error(message));
  }

  private static void respond(
      Response response, Callback callback, int status, String type, byte[] answer) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, answer.length);
    response.write(true, ByteBuffer.wrap(answer), callback);
  }

  /** Answers what is no HTTP request, such as a header that is too long. */
  private static boolean respondWithReason(Request request, Response response, Callback callback) {
    Object message = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
    byte[] reason = error(message == null ? "the request failed" : message.toString());
    respond(response, callback, response.getStatus(), JSON_TYPE, reason);
    return true;
  }

  private static byte[] error(String message) {
    return object(json -> json.writeStringField("error", message));
  }

  private static byte[] object(JsonWriter content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = EventKeys.JSON.createGenerator(bytes)) {
      json.writeStartObject();
      content.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new AssertionError("memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  private static byte[] version(LoadedModel model) {
    Origin origin = model.manifest().origin();
    return object(
        json -> {
          json.writeStringField("arm", origin.arm());
          ScoreRequest.writeVersions(model, json);
          json.writeNumberField("events_learned", origin.eventsLearned());
          if (origin.firstEventTime() <= origin.lastEventTime()) {
            json.writeNumberField("first_event_time", origin.firstEventTime());
            json.writeNumberField("last_event_time", origin.lastEventTime());
          }
        });
  }

  /** Closes the port, and waits up to a second for requests in progress. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      LOG.warn("the server did not stop in order: {}", e.toString());
    }
    threads.shutdownNow();
    synchronized (this) {
      if (columns != null) {
        columns.end();
      }
    }
  }
}
