package io.millrace.runs.page;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.runs.FileError;
import io.millrace.runs.RunView;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a run to browsers that can reach its address, without users and passwords. It only reads.
 *
 * <pre>
 * GET /                              the page; its styles, scripts and icon beside it
 * GET /api/news?metrics=CURSOR&amp;...   the changes in the run since those cursors, see ChangeFeed;
 *                                    tab=NAME tells open pages apart, so that each gets the end
 * GET /api/search?q=TEXT&amp;field=NAME  what the run knows of an id, see IdSearch
 * GET /report.html                   the report, if it has been written
 * </pre>
 *
 * <p>No other path is served. The page may load from this address only, and requests must name this
 * machine. Status 403 for another host name, 404 for another path, 405 for another method, 400 for
 * a query that is too long.
 */
public final class RunPage implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunPage.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Charts set the style attributes of their elements. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self';"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** The report contains its style and script. */
  private static final String REPORT_POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final int THREADS = 4;
  private static final int MOST_QUERY = 2_000;

  /** An open page asks at least so often, also one that is hidden. */
  private static final long LINGER_MS = 6_000;

  /** Most open pages that are waited for at the end. */
  private static final int MOST_TABS = 100;

  /** How far a run is. */
  public enum State {
    /** The job prepares; no event has been read. */
    STARTING,
    /** The job runs. */
    RUNNING,
    /** The job has ended normally. */
    FINISHED,
    /** The job has ended with an error. */
    FAILED,
    /** Unknown, as the files are those of another process. */
    STORED
  }

  private record Status(State state, String phase, long total, String flink) {}

  /** A status that a page has got, and when, ms since 1970. */
  private record Answered(Status status, long time) {}

  private final RunView run;
  private final String host;
  private final ChangeFeed changes;
  private final IdSearch search;
  private final LiveFrom live;
  private final Map<String, byte[]> assets;
  private final HttpServer server;
  private final ScheduledExecutorService threads;
  private volatile Status status = new Status(State.STORED, "", 0, "");
  private volatile Flow flow;

  /** The newest answer to each open page, by the name that it gives itself. */
  private final Map<String, Answered> tabs = new ConcurrentHashMap<>();

  private ScheduledFuture<?> samples;

  /** Makes the answer to a request. */
  @FunctionalInterface
  private interface Answer {
    ObjectNode json() throws IOException;
  }

  /**
   * Starts the server.
   *
   * @param run the run, whose directory need not exist yet; the caller closes it after this
   * @param address address to listen on; the loopback address for this machine only
   * @param port TCP port, 0 for any free one
   * @param host the name of this machine under which the page may be opened, besides localhost and
   *     IP addresses
   */
  public RunPage(RunView run, InetAddress address, int port, String host) throws IOException {
    this.run = run;
    this.host = host;
    this.changes = new ChangeFeed(run.dir(), run.place(""));
    this.search = new IdSearch(run.dir(), run.maps());
    this.live = new LiveFrom(run.maps());
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

  /** The TCP port. */
  public int port() {
    return server.getAddress().getPort();
  }

  /**
   * Sets the state of the run.
   *
   * @param phase what the job does, in words; may be empty
   */
  public void say(State state, String phase) {
    status = new Status(state, phase, status.total(), status.flink());
  }

  /** Sets how many events the run will read in all, so that the page can show its progress. */
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
    samples = threads.scheduleAtFixedRate(() -> sample(shown), 0, 1, TimeUnit.SECONDS);
    flow = shown;
  }

  /** Catches errors, as a failure would cancel all later samples. */
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
    String query = exchange.getRequestURI().getRawQuery();
    if (query != null && query.length() > MOST_QUERY) {
      error(exchange, 400, "a query must have at most " + MOST_QUERY + " characters");
    } else if (asset != null) {
      respond(exchange, 200, Assets.type(path), asset);
    } else if (path.equals("/api/news")) {
      Status now = status;
      Map<String, String> form = parameters(query);
      json(exchange, () -> changes(now, form));
      answered(form.getOrDefault("tab", ""), now);
    } else if (path.equals("/api/search")) {
      Map<String, String> form = parameters(query);
      json(exchange, () -> search(form));
    } else if (path.equals("/report.html") && Files.exists(report())) {
      exchange.getResponseHeaders().set("Content-Security-Policy", REPORT_POLICY);
      respond(exchange, 200, "text/html; charset=utf-8", Files.readAllBytes(report()));
    } else {
      error(exchange, 404, "no such path; try /");
    }
  }

  private void answered(String tab, Status now) {
    if (tab.isEmpty()) {
      return; // a script
    }
    long time = System.currentTimeMillis();
    tabs.values().removeIf(last -> last.time() < time - LINGER_MS);
    if (tabs.containsKey(tab) || tabs.size() < MOST_TABS) {
      tabs.put(tab, new Answered(now, time));
    }
  }

  private Path report() {
    return run.dir().resolve(Report.FILE);
  }

  private ObjectNode search(Map<String, String> form) throws IOException {
    run.refresh();
    return search.find(form.getOrDefault("q", ""), form.getOrDefault("field", ""));
  }

  private ObjectNode changes(Status now, Map<String, String> cursors) throws IOException {
    run.refresh();
    ObjectNode answer = JSON.createObjectNode();
    answer
        .putObject("status")
        .put("state", now.state().name().toLowerCase(Locale.ROOT))
        .put("phase", now.phase())
        .put("total", now.total())
        .put("flink", now.flink())
        .put("run_dir", run.place(""))
        .put("report", Files.exists(report()))
        .set("live", live.json(System.currentTimeMillis()));
    Flow shown = flow;
    answer.set("flow", shown == null ? NullNode.instance : shown.json());
    changes.add(answer, cursors);
    return answer;
  }

  /** Whether a page that was open at a time has not got a status yet. */
  private boolean waits(Status last, long time) {
    return tabs.values().stream()
        .anyMatch(tab -> tab.time() >= time - LINGER_MS && !tab.status().equals(last));
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

  /** Decodes a parameter; a text with a wrong escape stays as it is. */
  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  /** Answers with the JSON, or with the error of a file. */
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

  /** Gives every open page some seconds to get the final state, then closes the port. */
  @Override
  public void close() {
    Status last = status;
    long now = System.currentTimeMillis();
    while (waits(last, now) && System.currentTimeMillis() < now + LINGER_MS) {
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    server.stop(0);
    if (samples != null) {
      samples.cancel(true);
    }
    threads.shutdownNow();
  }
}
