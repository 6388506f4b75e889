package io.millrace.runs.page;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.runs.FileError;
import io.millrace.runs.report.Report;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a run to browsers that can reach its address, without users and passwords: it only reads.
 *
 * <pre>
 * GET /                              the page; its styles, scripts and icon beside it
 * GET /api/news?metrics=CURSOR&amp;...   what has changed in the run since those cursors, see ChangeFeed
 * GET /api/search?q=TEXT&amp;field=NAME  what the run knows of an id, see IdSearch
 * GET /report.html                   the report, where one has been written
 * </pre>
 *
 * <p>Nothing else is served, whatever a path says. The page may load and ask nothing but this
 * address, and answers only to names of this machine. Status 403 for another name, 404 and 405
 * otherwise, 400 for a question that is too long.
 */
public final class RunPage implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunPage.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** The report carries its style and script within it. */
  private static final String REPORT_POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final int THREADS = 4;
  private static final int MOST_QUESTION = 2_000;
  private static final long LINGER_MS = 3_000;

  /** How far a run is. */
  public enum State {
    /** Something comes before the first event. */
    STARTING,
    /** The job runs. */
    RUNNING,
    /** It has ended as it should. */
    FINISHED,
    /** It has ended with an error. */
    FAILED,
    /** Nobody here knows: the files are those of another process. */
    STORED
  }

  private record Status(State state, String phase, long total, String flink) {}

  private final Path runDir;
  private final String host;
  private final ChangeFeed news;
  private final IdSearch search;
  private final Map<String, byte[]> assets;
  private final HttpServer server;
  private final ScheduledExecutorService threads;
  private volatile Status status = new Status(State.STORED, "", 0, "");
  private volatile Flow flow;
  private volatile long asked = Long.MIN_VALUE;
  private volatile Status answered;
  private ScheduledFuture<?> looks;

  /** Answers a question. */
  @FunctionalInterface
  private interface Answer {
    ObjectNode json() throws IOException;
  }

  /**
   * Starts to answer.
   *
   * @param runDir the run directory, which need not be there yet
   * @param address where to listen; the loopback address for this machine alone
   * @param port TCP port, 0 for any free one
   * @param host the name of this machine by which the page may be asked for, beside localhost and
   *     plain numbers
   */
  public RunPage(Path runDir, InetAddress address, int port, String host) throws IOException {
    this.runDir = runDir;
    this.host = host;
    this.news = new ChangeFeed(runDir);
    this.search = new IdSearch(runDir);
    this.assets = Assets.load();
    this.server = HttpServer.create(new InetSocketAddress(address, port), 0);
    this.threads =
        Executors.newScheduledThreadPool(
            THREADS,
            work -> {
              Thread thread = new Thread(work, "page");
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** The port that answers. */
  public int port() {
    return server.getAddress().getPort();
  }

  /**
   * Says how far the run is.
   *
   * @param phase what goes on, in words; empty for nothing special
   */
  public void say(State state, String phase) {
    status = new Status(state, phase, status.total(), status.flink());
  }

  /** Says how many events the run will read in all, so that the page can show how far it is. */
  public void expect(long events) {
    status = new Status(status.state(), status.phase(), events, status.flink());
  }

  /**
   * Shows the figures of a job in this process.
   *
   * @param flinkUrl address of Flink's own page
   */
  public void show(JobFigures gauges, String flinkUrl) {
    status = new Status(status.state(), status.phase(), status.total(), flinkUrl);
    Flow shown = new Flow(gauges);
    looks = threads.scheduleAtFixedRate(() -> sample(shown), 0, 1, TimeUnit.SECONDS);
    flow = shown;
  }

  /** A failure must not end the looks that follow. */
  private static void sample(Flow flow) {
    try {
      flow.sample(System.currentTimeMillis());
    } catch (RuntimeException e) {
      LOG.debug("no figures of the job this time", e);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Headers headers = exchange.getResponseHeaders();
      headers.set("Content-Security-Policy", POLICY);
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("Referrer-Policy", "no-referrer");
      headers.set("Cross-Origin-Opener-Policy", "same-origin");
      headers.set("Cross-Origin-Resource-Policy", "same-origin");
      headers.set("Cache-Control", "no-store");
      if (!Address.isOurs(exchange.getRequestHeaders().getFirst("Host"), host)) {
        error(exchange, 403, "ask for this page as localhost or by the name given as --host");
      } else if (!exchange.getRequestMethod().equals("GET")) {
        headers.set("Allow", "GET");
        error(exchange, 405, "only GET is answered");
      } else {
        answer(exchange, exchange.getRequestURI().getPath());
      }
    } catch (RuntimeException e) {
      LOG.error("request failed", e);
      throw e;
    }
  }

  private void answer(HttpExchange exchange, String path) throws IOException {
    byte[] asset = assets.get(path);
    String question = exchange.getRequestURI().getRawQuery();
    if (question != null && question.length() > MOST_QUESTION) {
      error(exchange, 400, "a question must have at most " + MOST_QUESTION + " characters");
    } else if (asset != null) {
      respond(exchange, 200, Assets.type(path), asset);
    } else if (path.equals("/api/news")) {
      json(exchange, () -> news(parameters(question)));
    } else if (path.equals("/api/search")) {
      Map<String, String> asks = parameters(question);
      json(exchange, () -> search.find(asks.getOrDefault("q", ""), asks.getOrDefault("field", "")));
    } else if (path.equals("/report.html") && Files.exists(runDir.resolve(Report.FILE))) {
      exchange.getResponseHeaders().set("Content-Security-Policy", REPORT_POLICY);
      byte[] report = Files.readAllBytes(runDir.resolve(Report.FILE));
      respond(exchange, 200, "text/html; charset=utf-8", report);
    } else {
      error(exchange, 404, "no such path; try /");
    }
  }

  private ObjectNode news(Map<String, String> cursors) throws IOException {
    Status now = status;
    asked = System.currentTimeMillis();
    ObjectNode answer = JSON.createObjectNode();
    answer
        .putObject("status")
        .put("state", now.state().name().toLowerCase(Locale.ROOT))
        .put("phase", now.phase())
        .put("total", now.total())
        .put("flink", now.flink())
        .put("run_dir", runDir.toString())
        .put("report", Files.exists(runDir.resolve(Report.FILE)));
    Flow shown = flow;
    answer.set("flow", shown == null ? NullNode.instance : shown.json());
    news.add(answer, cursors);
    answered = now;
    return answer;
  }

  private static Map<String, String> parameters(String query) {
    Map<String, String> parameters = new HashMap<>();
    for (String pair : query == null ? new String[0] : query.split("&", -1)) {
      int at = pair.indexOf('=');
      if (at > 0) {
        parameters.put(decoded(pair.substring(0, at)), decoded(pair.substring(at + 1)));
      }
    }
    return parameters;
  }

  /** What is no escape stays as it is. */
  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  /** Answers with the JSON, or with what went wrong with a file. */
  private static void json(HttpExchange exchange, Answer answer) throws IOException {
    byte[] json;
    try {
      json = JSON.writeValueAsBytes(answer.json());
    } catch (IOException e) {
      LOG.warn("cannot answer", e);
      error(exchange, 500, FileError.line(e));
      return;
    }
    respond(exchange, 200, "application/json", json);
  }

  private static void error(HttpExchange exchange, int status, String message) throws IOException {
    byte[] json = JSON.writeValueAsBytes(JSON.createObjectNode().put("error", message));
    respond(exchange, status, "application/json", json);
  }

  private static void respond(HttpExchange exchange, int status, String type, byte[] answer)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, answer.length);
    exchange.getResponseBody().write(answer);
  }

  /** Waits a little for browsers that are looking to see the end, then closes the port. */
  @Override
  public void close() {
    Status last = status;
    long now = System.currentTimeMillis();
    if (asked > now - LINGER_MS) {
      while (!last.equals(answered) && System.currentTimeMillis() < now + LINGER_MS) {
        try {
          Thread.sleep(50);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          break;
        }
      }
    }
    server.stop(0);
    if (looks != null) {
      looks.cancel(true);
    }
    threads.shutdownNow();
  }
}
