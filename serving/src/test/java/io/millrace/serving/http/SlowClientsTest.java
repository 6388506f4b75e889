package io.millrace.serving.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.EventLimits;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.SmallModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients do to the server does not reach other clients. */
class SlowClientsTest {

  private static final int CLIENTS = 16;
  private static final int BODY_MS = 600;
  private static final Duration HEADERS = Duration.ofMillis(1_500);
  private static final String EVENT = "{\"site\": \"a\", \"x\": 1}";
  private static final String HALF =
      "POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"site\":";

  @TempDir Path folder;

  private ModelFollower follower;
  private ScoringServer server;
  private final List<Socket> clients = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    SmallModel.publish(folder.resolve("arm"), 1, 2);
    follower = new ModelFollower(folder.resolve("arm"));
    server = server(limits(100, Duration.ofMillis(BODY_MS)));
  }

  private static final Duration LONG = Duration.ofSeconds(60);

  private static HttpLimits limits(int connections, Duration body) {
    return new HttpLimits(
        4_000, 1_000, 1 << 20, 1 << 24, 24_000, connections, 512, 10_000, HEADERS, body, LONG);
  }

  /** Those with room for large bodies and answers. */
  private static HttpLimits large(int queue, Duration body) {
    return new HttpLimits(
        1 << 24, 1 << 16, 1 << 24, 1 << 24, 1 << 28, 100, queue, 10_000, LONG, body, LONG);
  }

  private ScoringServer server(HttpLimits allowed) throws IOException {
    return server(allowed, Optional.empty());
  }

  private ScoringServer server(HttpLimits allowed, Optional<ServerOptions.Tls> tls)
      throws IOException {
    ServerOptions options =
        new ServerOptions(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            1,
            EventLimits.DEFAULT,
            Optional.empty(),
            Tokens.NONE,
            tls,
            Optional.empty(),
            Optional.empty());
    return new ScoringServer(ServedArms.of(follower), options, allowed);
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    server.close();
    follower.close();
  }

  /**
   * Law: bodies that do not come, or come byte by byte, end with 408 after the time allowed; health
   * and scores are answered meanwhile and afterwards.
   */
  @Test
  void bodiesThatDoNotComeEndAlone() throws Exception {
    for (int i = 0; i < CLIENTS; i++) {
      send(client(), HALF);
      send(client(), "POST /score HTTP/1.1\r\nHo");
    }
    Socket dripping = client();
    send(dripping, HALF);
    long start = System.nanoTime();
    assertThat(HttpCalls.get(server, "/health")).isEqualTo("200 {\"status\":\"ok\"}");
    assertThat(HttpCalls.post(server, EVENT)).startsWith("200 {\"prediction\":0.");
    assertThat(millisSince(start)).isLessThan(1_000);
    dripUntilClosed(dripping);
    for (int i = 0; i < 2 * CLIENTS; i += 2) {
      assertThat(status(clients.get(i))).isEqualTo("HTTP/1.1 408 Request Timeout");
    }
    assertThat(millisSince(start)).isBetween(BODY_MS / 2L, 15L * BODY_MS);
    assertThat(HttpCalls.get(server, "/metrics"))
        .contains(
            "millrace_serving_requests_total{path=\"/score\",status=\"408\"} "
                + (CLIENTS + 1)
                + "\n");
    assertThat(HttpCalls.post(server, EVENT)).startsWith("200 ");
  }

  /**
   * Law: clients that stop in the middle of bodies, large or small, do not stand in the way of
   * whole requests, which take as long as ever; further bodies that come in parts are status 503.
   */
  @Test
  void stalledBodiesLeaveRoom() throws Exception {
    server.close();
    server = server(limits(100, LONG));
    long usual = fastest();
    stall(2, 4_000, 3_000);
    assertThat(status(stalled(4_000, 3_000))).startsWith("HTTP/1.1 503 ");
    stall(6, 1_000, 990);
    assertThat(status(stalled(1_000, 990))).startsWith("HTTP/1.1 503 ");
    assertThat(fastest()).isLessThan(10 * usual + 50_000_000);
    assertThat(HttpCalls.get(server, "/metrics")).contains("millrace_serving_held_bytes 11940\n");
  }

  /** Law: large requests in progress, whole or not, leave an eighth of the bytes for small ones. */
  @Test
  void largeRequestsLeaveRoomForSmallOnes() throws Exception {
    HeldBytes bytes = new HeldBytes(8_000);
    HeldBytes.Account large = bytes.open();
    large.hold(HeldBytes.For.LARGE_BODIES, 2_000);
    assertThatThrownBy(() -> bytes.open().hold(HeldBytes.For.LARGE_BODIES, 1))
        .hasMessage(
            "the large bodies on their way hold 2000 bytes, the most that they may; try again");
    large.arrived();
    large.hold(HeldBytes.For.LARGE_BODIES, 2_000);
    large.hold(HeldBytes.For.LARGE_WORK, 3_000);
    for (HeldBytes.For part : HeldBytes.For.values()) {
      if (part != HeldBytes.For.SMALL_WORK && part != HeldBytes.For.LARGE_BODIES) {
        assertThatThrownBy(() -> bytes.open().hold(part, 1))
            .hasMessageStartingWith("the large requests in progress hold 7000 bytes");
      }
    }
    HeldBytes.Account small = bytes.open();
    small.hold(HeldBytes.For.SMALL_WORK, 1_000);
    assertThatThrownBy(() -> small.hold(HeldBytes.For.SMALL_WORK, 1))
        .hasMessageStartingWith("the requests in progress hold 8000 bytes");
    assertThat(bytes.held()).isEqualTo(8_000);
    large.close();
    small.close();
    large.hold(HeldBytes.For.LARGE_WORK, 5_000); // too late: it holds nothing any more
    assertThat(bytes.held()).isZero();
    bytes.open().hold(HeldBytes.For.LARGE_WORK, 7_000);
  }

  /** Sends parts of bodies, and waits until the server has read them. */
  private void stall(int number, int length, int part) throws Exception {
    String held =
        HttpCalls.get(server, "/metrics").replaceFirst("(?s).*held_bytes (\\d+)\n.*", "$1");
    for (int i = 0; i < number; i++) {
      stalled(length, part);
    }
    String then = "held_bytes " + (Integer.parseInt(held) + number * part) + "\n";
    for (int i = 0; i < 1_000 && !HttpCalls.get(server, "/metrics").contains(then); i++) {
      Thread.sleep(10);
    }
  }

  private Socket stalled(int length, int part) throws IOException {
    Socket client = client();
    String head = "POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n";
    send(client, head + " ".repeat(part));
    return client;
  }

  /** The least time of some requests, ns. */
  private long fastest() throws Exception {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long start = System.nanoTime();
      assertThat(HttpCalls.post(server, EVENT)).startsWith("200 {\"prediction\":0.");
      least = Math.min(least, System.nanoTime() - start);
    }
    return least;
  }

  /** Law: headers that do not come, or come byte by byte, get 408 and end the connection. */
  @Test
  void headersMustComeInTime() throws Exception {
    Socket idle = client();
    BufferedReader answers = reader(idle);
    String request = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    send(idle, request);
    assertThat(body(answers)).isEqualTo("{\"status\":\"ok\"}");
    Socket stopped = client();
    send(stopped, "GET /health HTTP/1.1\r\nHo");
    Socket dripping = client();
    send(dripping, request + "GET /health HTTP/1.1\r\nX: ");
    long start = System.nanoTime();
    dripUntilClosed(dripping);
    assertThat(millisSince(start)).isGreaterThan(HEADERS.toMillis() / 2);
    assertThat(status(stopped)).isEqualTo("HTTP/1.1 408 Request Timeout");
    send(idle, request);
    assertThat(body(answers)).isEqualTo("{\"status\":\"ok\"}");
    assertThat(HttpCalls.get(server, "/metrics"))
        .contains("millrace_serving_connections_closed_total{reason=\"headers\"} 2\n");
  }

  /** Law: the same holds over TLS; a client that stops in its handshake is closed. */
  @Test
  void headersMustComeInTimeOverTls() throws Exception {
    server.close();
    ServerOptions.Tls tls = Certificate.make(folder);
    server = server(limits(100, Duration.ofMillis(BODY_MS)), Optional.of(tls));
    SSLContext context = Certificate.trusting(tls);
    Socket greeting = client();
    greeting.getOutputStream().write(greeting(context));
    Socket stopped = context.getSocketFactory().createSocket("localhost", server.port());
    clients.add(stopped);
    stopped.setSoTimeout(20_000);
    send(stopped, "GET /health HTTP/1.1\r\nHo");
    assertThat(status(stopped)).isEqualTo("HTTP/1.1 408 Request Timeout");
    greeting.getInputStream().readAllBytes(); // times out unless it is closed
  }

  /** The first message of a client's handshake. */
  private static byte[] greeting(SSLContext context) throws IOException {
    SSLEngine client = context.createSSLEngine();
    client.setUseClientMode(true);
    ByteBuffer message = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
    client.wrap(ByteBuffer.allocate(0), message);
    return Arrays.copyOf(message.array(), message.position());
  }

  /** Law: a client that does not read its answer is closed, and what was held is given back. */
  @Test
  void answersMustBeRead() throws Exception {
    server.close();
    server = server(large(8, Duration.ofMillis(500)));
    String many = "[" + "{},".repeat(60_000) + "{}]";
    Socket client = client();
    String head = "POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: " + many.length();
    send(client, head + "\r\n\r\n" + many);
    String closed = "millrace_serving_connections_closed_total{reason=\"answer\"} 1\n";
    for (int i = 0; i < 2_000 && !HttpCalls.get(server, "/metrics").contains(closed); i++) {
      Thread.sleep(10);
    }
    assertThat(HttpCalls.get(server, "/metrics"))
        .contains(closed, "millrace_serving_held_bytes 0\n");
  }

  /** Law: an answer is bounded whatever it says. */
  @Test
  void answersAreBounded() throws Exception {
    server.close();
    server =
        server(
            new HttpLimits(40_000, 1_000, 20_000, 1 << 20, 1 << 20, 9, 9, 1_000, LONG, LONG, LONG));
    StringBuilder faults = new StringBuilder("{\"candidates\": [");
    for (int i = 0; i < 500; i++) {
      faults.append("{\"site\": \"a\", \"k").append(i).append("\": 1},");
    }
    String one = "{\"site\": \"a\"}]}";
    assertThat(HttpCalls.post(server, "/v1/score", faults + one))
        .isEqualTo(
            "413 {\"error\":\"an answer must have at most 20000 bytes; send fewer events\"}");
    assertThat(HttpCalls.post(server, "/v1/score?missing=allow", faults + one)).startsWith("413 ");
    assertThat(HttpCalls.post(server, "[" + "{},".repeat(200) + EVENT + "]")).startsWith("413 ");
    assertThat(HttpCalls.post(server, EVENT)).startsWith("200 ");
  }

  private static void dripUntilClosed(Socket client) throws InterruptedException {
    try {
      for (int i = 0; i < 10 * BODY_MS / 50; i++) {
        send(client, " ");
        Thread.sleep(50);
      }
    } catch (IOException e) {
      return; // as it must be; the answer may be lost then
    }
    throw new AssertionError("a client that sends a byte at a time is never refused");
  }

  /** Law: a body is bounded, announced or not, and so are all bodies together. */
  @Test
  void bodiesAreBounded() throws Exception {
    Socket announced = client();
    send(announced, "POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 4001\r\n\r\n");
    assertThat(status(announced)).startsWith("HTTP/1.1 413 ");
    Socket broken = client();
    send(broken, "POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
    assertThat(status(broken)).startsWith("HTTP/1.1 400 ");
    String chunk = "7d0\r\n" + " ".repeat(2_000) + "\r\n";
    String chunked = "POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    Socket growing = client();
    send(growing, chunked + chunk + chunk + chunk);
    assertThat(status(growing)).startsWith("HTTP/1.1 413 ");
    Socket first = client();
    send(first, chunked + chunk + chunk);
    Thread.sleep(100); // the server reads them
    Socket second = client();
    send(second, chunked + chunk + chunk);
    assertThat(status(second)).startsWith("HTTP/1.1 503 ");
    assertThat(HttpCalls.get(server, "/health")).startsWith("200 ");
    assertThat(status(first)).startsWith("HTTP/1.1 408 ");
    assertThat(HttpCalls.post(server, " ".repeat(3_900) + EVENT)).startsWith("200 ");
  }

  /** Law: beyond the most connections, a new one is served, and the one idle for longest closed. */
  @Test
  void idleConnectionsMakeRoom() throws Exception {
    server.close();
    server = server(limits(3, LONG));
    for (int i = 0; i < 10; i++) {
      Socket next = client();
      send(next, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(status(next)).isEqualTo("HTTP/1.1 200 OK");
      send(client(), HALF);
    }
    assertThat(status(clients.get(1))).isNull();
    assertThat(HttpCalls.get(server, "/health")).startsWith("200 ");
  }

  /** Law: the answers on one connection do not wait for acknowledgements, 40 ms each on Linux. */
  @Test
  void answersOnOneConnectionDoNotWait() throws Exception {
    Socket client = client();
    BufferedReader in = reader(client);
    String request =
        "POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: " + EVENT.length() + "\r\n\r\n" + EVENT;
    long[] nanos = new long[41];
    for (int i = 0; i < nanos.length; i++) {
      long start = System.nanoTime();
      send(client, request);
      assertThat(body(in)).startsWith("{\"prediction\":0.");
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    assertThat(nanos[nanos.length / 2]).isLessThan(20_000_000);
  }

  /** Law: a stop waits for a request in progress, but not long. */
  @Test
  void aStopWaitsForRequestsInProgress() throws Exception {
    Socket whole = client();
    String start = "POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: " + EVENT.length();
    send(whole, start + "\r\n\r\n" + EVENT.substring(0, 5));
    send(client(), HALF);
    Thread.sleep(100); // both are in progress
    long from = System.nanoTime();
    CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
    Thread.sleep(100);
    send(whole, EVENT.substring(5));
    assertThat(status(whole)).isEqualTo("HTTP/1.1 200 OK");
    closed.get();
    assertThat(millisSince(from)).isLessThan(5_000);
  }

  private Socket client() throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port());
    client.setSoTimeout(20_000);
    client.setTcpNoDelay(true);
    clients.add(client);
    return client;
  }

  private static void send(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static BufferedReader reader(Socket client) throws IOException {
    return new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
  }

  private static String status(Socket client) throws IOException {
    return reader(client).readLine();
  }

  /** Reads one answer with its length; returns its body. */
  private static String body(BufferedReader in) throws IOException {
    int length = 0;
    for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
      if (line.startsWith("Content-Length: ")) {
        length = Integer.parseInt(line.substring("Content-Length: ".length()));
      }
    }
    char[] body = new char[length];
    for (int n = 0; n < length; ) {
      n += in.read(body, n, length - n);
    }
    return new String(body);
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }

  /**
   * Law: beyond the most requests that may wait for a thread, further ones are status 503 at once,
   * with the time after which to try again; those that wait are answered.
   */
  @Test
  void theQueueIsBounded() throws Exception {
    server.close();
    server = server(large(1, LONG));
    String many = "[" + (EVENT + ",").repeat(30_000) + EVENT + "]";
    String head = "POST /score HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ";
    for (int i = 0; i < 8; i++) {
      send(client(), head + many.length() + "\r\n\r\n" + many);
    }
    List<String> answers = new ArrayList<>();
    for (Socket client : clients) {
      answers.add(new String(client.getInputStream().readAllBytes(), UTF_8));
    }
    assertThat(answers).filteredOn(a -> a.startsWith("HTTP/1.1 200 ")).hasSizeGreaterThan(1);
    assertThat(answers)
        .filteredOn(a -> a.startsWith("HTTP/1.1 503 "))
        .isNotEmpty()
        .allMatch(a -> a.contains("\r\nRetry-After: 1\r\n"))
        .allMatch(
            a ->
                a.endsWith(
                    "{\"error\":\"1 requests wait to be scored, the most that may; try again\"}"));
  }

  /** Law: answers count among the bytes that the server holds, and are given back. */
  @Test
  void answersAreHeldToo() throws Exception {
    String many = "[" + "{},".repeat(500) + "{}]";
    for (int i = 0; i < 3; i++) {
      assertThat(HttpCalls.post(server, many)).startsWith("503 {\"error\":\"the large answers");
      assertThat(HttpCalls.post(server, "[" + EVENT + "]")).startsWith("200 ");
    }
  }
}
