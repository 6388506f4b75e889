package io.millrace.serving.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.EventLimits;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.SmallModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients do to the server does not reach other clients. */
class SlowClientsTest {

  private static final int CLIENTS = 16;
  private static final int BODY_MS = 600;
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
    return new HttpLimits(4_000, 1 << 20, 6_000, connections, 512, 10_000, body, LONG);
  }

  private ScoringServer server(HttpLimits allowed) throws IOException {
    ServerOptions options =
        ServerOptions.of(InetAddress.getLoopbackAddress(), 0, 1, EventLimits.DEFAULT);
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
    server = server(new HttpLimits(1 << 24, 1 << 24, 1 << 28, 100, 1, 10_000, LONG, LONG));
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
      assertThat(HttpCalls.post(server, many)).startsWith("503 {\"error\":\"the requests in");
      assertThat(HttpCalls.post(server, "[" + EVENT + "]")).startsWith("200 ");
    }
  }
}
