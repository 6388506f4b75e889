package io.millrace.runs;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts JSON to a URL from a thread of its own; its caller never waits.
 *
 * <p>At most {@value #ROOM} posts wait; more are dropped. Each post is tried once. It is lost after
 * an error, a status of 300 and above, or {@value #SECONDS} seconds. Dropped and lost posts are
 * counted. The first failure in a row is logged, with the host only, as the rest of the URL may be
 * a secret. Redirects are not followed.
 */
public final class Webhook implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);
  private static final int ROOM = 100;
  private static final int SECONDS = 5;

  private final URI url;
  private final HttpClient client;
  private final ArrayBlockingQueue<String> waiting = new ArrayBlockingQueue<>(ROOM);
  private final LongAdder delivered = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final Thread thread = new Thread(this::work, "millrace-webhook");
  private volatile boolean closing;
  private boolean failing;

  /**
   * Starts the thread.
   *
   * @param url http or https
   */
  public Webhook(String url) {
    this.url = URI.create(url);
    this.client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(SECONDS)).build();
    thread.setDaemon(true);
    thread.start();
  }

  /** Adds a post to the queue; it is lost if the queue is full. */
  public void post(String json) {
    if (!waiting.offer(json)) {
      lost.increment();
      failed("more than " + ROOM + " posts wait");
    }
  }

  /** Posts that were answered with a status below 300. */
  public long delivered() {
    return delivered.sum();
  }

  /** Posts that failed, or for which there was no room. */
  public long lost() {
    return lost.sum();
  }

  private void work() {
    try {
      while (!closing || !waiting.isEmpty()) {
        String json = waiting.poll(100, TimeUnit.MILLISECONDS);
        if (json != null) {
          send(json);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void send(String json) throws InterruptedException {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(url)
              .timeout(Duration.ofSeconds(SECONDS))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(json))
              .build();
      int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      if (status < 300) {
        delivered.increment();
        succeeded();
        return;
      }
      failed("status " + status);
    } catch (IOException | IllegalArgumentException e) {
      failed(e.getClass().getSimpleName()); // a message may hold the URL
    }
    lost.increment();
  }

  private synchronized void succeeded() {
    failing = false;
  }

  private synchronized void failed(String why) {
    if (!failing) {
      failing = true;
      LOG.warn(
          "alerts do not reach the webhook at {} ({}); they are in the topic of alerts and in {}",
          url.getHost(),
          why,
          RunFiles.ALERTS);
    }
  }

  /** Waits at most {@value #SECONDS} seconds for posts in the queue, and ends the thread. */
  @Override
  public void close() {
    closing = true;
    try {
      thread.join(Duration.ofSeconds(SECONDS).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread.interrupt();
  }
}
