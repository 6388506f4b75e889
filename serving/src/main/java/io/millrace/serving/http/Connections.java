package io.millrace.serving.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.millrace.snapshot.Poller;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds the connections of a server in number and in time, so that clients that hold connections
 * lock nobody out.
 *
 * <ul>
 *   <li>A new connection beyond the most is served, and another one closed: one that has never sent
 *       a whole request, or else the one that has been without traffic for longest.
 *   <li>A connection whose client begins the headers of a request and does not end them in time
 *       gets status 408 and is closed.
 *   <li>So is one whose client does not read an answer in time.
 * </ul>
 */
final class Connections implements Connection.Listener, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

  /** A connection of which nothing comes for so long before its first request sends none, ms. */
  private static final long SILENT_MS = 100;

  /** The same while its first request is on its way or answered, ms. */
  private static final long STALLED_MS = 1_000;

  private static final int LOOKS = 10;

  private static final byte[] TIMEOUT =
      "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
          .getBytes(US_ASCII);

  private final HttpLimits limits;
  private final Map<EndPoint, Client> clients = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> closed = new ConcurrentSkipListMap<>();
  private final Poller poller = new Poller("connections");

  /** The client of a connection. */
  private static final class Client {

    private final EndPoint endPoint;

    /** Requests whose headers have come and whose answers are not written. */
    private final AtomicInteger asks = new AtomicInteger();

    private volatile boolean hasAsked;

    /** Bytes that had come when the request before was answered. */
    private volatile long bytesBefore;

    /** Since when a part of headers is there, by {@link System#nanoTime}; 0 if there is none. */
    private long headersSince;

    /** Whether 408 was sent: what is still open at the next look is closed. */
    private boolean timedOut;

    /** By when the answer must be written; 0 if there is none yet. */
    private volatile long answerBy;

    Client(EndPoint endPoint) {
      this.endPoint = endPoint;
    }

    long idleMs() {
      return endPoint instanceof AbstractEndPoint point ? point.getIdleFor() : 0;
    }

    /** Whether it has not shown that it sends whole requests. */
    boolean isUnknown() {
      return !hasAsked && idleMs() > (asks.get() == 0 ? SILENT_MS : STALLED_MS);
    }

    long bytes() {
      Connection connection = endPoint.getConnection();
      return connection == null ? 0 : connection.getBytesIn();
    }
  }

  /** Bounds connections from {@link #watch} on. */
  Connections(HttpLimits limits) {
    this.limits = limits;
    for (String reason : new String[] {"room", "headers", "answer"}) {
      closed.put(reason, new LongAdder());
    }
  }

  /** Begins to look for clients that are too slow, until {@link #close}. */
  void watch() {
    long pause = Math.min(1_000, limits.headers().toMillis() / LOOKS);
    poller.poll(
        Math.max(1, pause),
        () -> {
          clients.values().forEach(this::look);
          return true;
        },
        why -> LOG.warn("connections: {}", why));
  }

  @Override
  public void onOpened(Connection opened) {
    EndPoint point = transport(opened);
    clients.computeIfAbsent(point, Client::new);
    if (clients.size() > limits.connections()) {
      clients.values().stream()
          .filter(client -> client.endPoint != point)
          .max(Comparator.comparing(Client::isUnknown).thenComparing(Client::idleMs))
          .ifPresent(client -> close(client, "room"));
    }
  }

  @Override
  public void onClosed(Connection connection) {
    clients.remove(transport(connection));
  }

  /** The headers of a request have come. */
  void asked(Request request) {
    Client client = client(request);
    if (client != null) {
      client.asks.incrementAndGet();
      Request.addCompletionListener(request, failure -> answered(client));
    }
  }

  private static void answered(Client client) {
    client.hasAsked = true;
    client.bytesBefore = client.bytes();
    if (client.asks.decrementAndGet() == 0) {
      client.answerBy = 0;
    }
  }

  /** An answer of so many bytes begins to be written. */
  void answers(Request request, int bytes) {
    Client client = client(request);
    if (client != null) {
      long nanos = limits.body().plus(Duration.ofSeconds(bytes / limits.answerRate())).toNanos();
      client.answerBy = System.nanoTime() + nanos | 1;
    }
  }

  private Client client(Request request) {
    return clients.get(transport(request.getConnectionMetaData().getConnection()));
  }

  /** The end of a connection on the network, below TLS. */
  private static EndPoint transport(Connection connection) {
    EndPoint point = connection.getEndPoint();
    while (point instanceof EndPoint.Wrapper wrapper) {
      point = wrapper.unwrap();
    }
    return point;
  }

  private void look(Client client) {
    long now = System.nanoTime();
    if (client.timedOut) {
      client.endPoint
          .close(); // as in the middle of a TLS handshake, where no answer can be written
    } else if (client.asks.get() > 0) {
      client.headersSince = 0;
      long by = client.answerBy;
      if (by != 0 && now - by > 0) {
        close(client, "answer");
      }
    } else if (client.bytes() == client.bytesBefore) {
      client.headersSince = 0;
    } else if (client.headersSince == 0) {
      client.headersSince = now | 1;
    } else if (now - client.headersSince > limits.headers().toNanos()) {
      closed.get("headers").increment();
      client.timedOut = true;
      answerTimeout(client.endPoint);
    }
  }

  /** Answers what the server itself does not answer, as it has no request yet. */
  private static void answerTimeout(EndPoint transport) {
    EndPoint point =
        transport.getConnection() instanceof SslConnection tls ? tls.getSslEndPoint() : transport;
    point.write(Callback.from(transport::close), ByteBuffer.wrap(TIMEOUT));
  }

  private void close(Client client, String reason) {
    closed.get(reason).increment();
    client.endPoint.close();
  }

  /** Writes how many there are, and how many were closed. */
  void metrics(PrometheusText text) {
    text.metric("connections", "gauge", "open connections");
    text.sample(clients.size());
    text.metric("connections_closed_total", "counter", "connections closed on slow clients");
    closed.forEach((reason, n) -> text.sample(n.sum(), "reason", reason));
  }

  @Override
  public void close() {
    poller.close();
  }
}
