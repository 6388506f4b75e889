package io.millrace.runs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WebhookTest {

  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final AtomicInteger status = new AtomicInteger(200);
  private final CountDownLatch answer = new CountDownLatch(1);

  private HttpServer server() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/secret",
        exchange -> {
          bodies.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          try {
            answer.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.sendResponseHeaders(status.get(), -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static String url(HttpServer server) {
    return "http://localhost:" + server.getAddress().getPort() + "/secret";
  }

  // what is handed in arrives in order, also what waits when it is closed
  @Test
  void postsArrive() throws IOException {
    HttpServer server = server();
    answer.countDown();
    Webhook webhook = new Webhook(url(server));
    webhook.post("{\"a\":1}");
    webhook.post("{\"a\":2}");
    webhook.close();
    assertThat(bodies).containsExactly("{\"a\":1}", "{\"a\":2}");
    assertThat(webhook.delivered()).isEqualTo(2);
    assertThat(webhook.lost()).isZero();
    server.stop(0);
  }

  // an endpoint that does not answer holds nobody up: beyond the room, posts are lost and counted
  @Test
  void neverWaits() throws IOException {
    HttpServer server = server();
    Webhook webhook = new Webhook(url(server));
    for (int i = 0; i < 1_000; i++) {
      webhook.post("{}");
    }
    assertThat(webhook.delivered()).isZero();
    assertThat(webhook.lost()).isBetween(898L, 900L);
    answer.countDown();
    webhook.close();
    assertThat(webhook.delivered() + webhook.lost()).isEqualTo(1_000);
    server.stop(0);
  }

  @Test
  void failuresAreCounted() throws IOException {
    HttpServer server = server();
    answer.countDown();
    status.set(500);
    Webhook webhook = new Webhook(url(server));
    webhook.post("{}");
    webhook.close();
    assertThat(webhook.lost()).isEqualTo(1);
    server.stop(0);
    Webhook nobody = new Webhook(url(server));
    nobody.post("{}");
    nobody.close();
    assertThat(nobody.lost()).isEqualTo(1);
    assertThat(nobody.delivered()).isZero();
  }
}
