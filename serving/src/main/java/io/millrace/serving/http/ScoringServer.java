package io.millrace.serving.http;

import io.millrace.event.EventLimits;
import io.millrace.serving.ModelFollower;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.CustomRequestLog;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores events over HTTP. {@link Route} lists the paths, {@code /openapi.json} describes them, and
 * docs/serving.md shows them with examples.
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

  /** Size from which on the access log is renamed, and how many of its files are kept. */
  private static final long LOG_BYTES = 64L << 20;

  private static final int LOG_FILES = 5;

  private final ServingMetrics metrics = new ServingMetrics();
  private final ServedArms arms;
  private final ScoreEndpoint scores;
  private final ModelsEndpoint models;
  private final Server server;
  private final ServerConnector connector;
  private final Optional<LineLog> accessLog;
  private final Connections connections;

  /**
   * Starts the server.
   *
   * @param arms what it scores with; the caller closes it
   * @throws java.net.BindException if the port is in use
   * @throws IOException if a log or the certificate cannot be opened
   */
  public ScoringServer(ServedArms arms, ServerOptions options) throws IOException {
    this(arms, options, HttpLimits.forHeap(Runtime.getRuntime().maxMemory()));
  }

  /**
   * Starts a server of one arm, without tokens and logs.
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
    this(ServedArms.of(follower), ServerOptions.of(address, port, parallelism, limits));
  }

  /** The same with other bounds on what clients may take. */
  ScoringServer(ServedArms arms, ServerOptions options, HttpLimits allowed) throws IOException {
    this.arms = arms;
    this.accessLog =
        options.accessLog().isPresent()
            ? Optional.of(
                new LineLog("access-log", options.accessLog().get(), LOG_BYTES, LOG_FILES))
            : Optional.empty();
    this.scores = new ScoreEndpoint(arms, options, allowed, metrics);
    this.models = new ModelsEndpoint(arms);
    this.connections = new Connections(allowed);
    StatusEndpoint status = new StatusEndpoint(arms, options.maxAge(), this::write);
    this.server = new Server(new QueuedThreadPool(IO_THREADS, 2));
    this.connector = connector(options, allowed);
    Routes routes = new Routes(options.tokens(), metrics, scores, status, models, connections);
    server.setHandler(new GracefulHandler(routes));
    server.setErrorHandler(this::respondWithReason);
    server.setStopTimeout(STOP_MS);
    accessLog.ifPresent(log -> server.setRequestLog(requestLog(log)));
    start(options.address());
  }

  /** Writes the metrics of the server; those of its arms follow. */
  private void write(PrometheusText text) {
    metrics.write(text);
    scores.metrics(text);
    connections.metrics(text);
    accessLog.ifPresent(
        log -> {
          text.metric("access_log_lines_total", "counter", "lines of the access log");
          log.samples(text);
        });
  }

  private ServerConnector connector(ServerOptions options, HttpLimits allowed) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    ServerConnector connector =
        new ServerConnector(server, ACCEPTORS, SELECTORS, protocols(options, http));
    connector.setIdleTimeout(allowed.idle().toMillis());
    server.addConnector(connector);
    connector.addBean(connections);
    return connector;
  }

  private static ConnectionFactory[] protocols(ServerOptions options, HttpConfiguration http) {
    HttpConnectionFactory plain = new HttpConnectionFactory(http);
    if (options.tls().isEmpty()) {
      return new ConnectionFactory[] {plain};
    }
    http.addCustomizer(new SecureRequestCustomizer(false)); // a client may use any of our names
    SslContextFactory.Server tls = new SslContextFactory.Server();
    tls.setKeyStorePath(options.tls().get().keystore().toUri().toString());
    tls.setKeyStoreType("PKCS12");
    tls.setKeyStorePassword(options.tls().get().password());
    return new ConnectionFactory[] {new SslConnectionFactory(tls, plain.getProtocol()), plain};
  }

  /** The common log format, and the milliseconds that the answer took. */
  private static CustomRequestLog requestLog(LineLog log) {
    return new CustomRequestLog(
        line -> log.offer((line + "\n").getBytes(StandardCharsets.UTF_8)),
        CustomRequestLog.NCSA_FORMAT + " %{ms}T");
  }

  private void start(InetSocketAddress address) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.bind(address, BACKLOG);
      connector.open(channel);
      server.start();
      connections.watch();
    } catch (Exception e) {
      channel.close();
      close();
      throw e instanceof IOException known ? known : new IOException("no server: " + e, e);
    }
  }

  /** The TCP port. */
  public int port() {
    return connector.getLocalPort();
  }

  /** Answers what is no HTTP request, such as a header that is too long. */
  private boolean respondWithReason(Request request, Response response, Callback callback) {
    Object message = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
    String reason =
        message == null ? HttpStatus.getMessage(response.getStatus()) : message.toString();
    Exchange exchange = new Exchange(request, response, callback, metrics, connections);
    exchange.reply(Reply.error(response.getStatus(), reason));
    return true;
  }

  /** Closes the port, and waits up to a second for requests in progress. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      LOG.warn("the server did not stop in order: {}", e.toString());
    }
    connections.close();
    scores.close();
    models.close();
    accessLog.ifPresent(LineLog::close);
    arms.all().forEach(ServedArm::reportColumns);
  }
}
