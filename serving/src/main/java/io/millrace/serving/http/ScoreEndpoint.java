package io.millrace.serving.http;

import io.millrace.serving.ColumnWatch;
import io.millrace.serving.Scorer;
import io.millrace.serving.request.BinaryCandidates;
import io.millrace.serving.request.Candidates;
import io.millrace.serving.request.Item;
import io.millrace.serving.request.JsonCandidates;
import io.millrace.serving.request.RequestException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores the events of requests: reads a body without a thread, queues it, scores it on one of the
 * scoring threads, answers, and then lets the shadow arm score the same events if no request waits.
 */
final class ScoreEndpoint implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ScoreEndpoint.class);

  private final ServedArms arms;
  private final ServerOptions options;
  private final HttpLimits allowed;
  private final ServingMetrics metrics;
  private final ShadowScores shadow = new ShadowScores();
  private final Optional<SampleLog> samples;
  private final ThreadPoolExecutor threads;
  private final HeldBytes bytes;

  /**
   * Starts the threads.
   *
   * @throws IOException if the file of samples cannot be written
   */
  ScoreEndpoint(ServedArms arms, ServerOptions options, HttpLimits allowed, ServingMetrics metrics)
      throws IOException {
    this.arms = arms;
    this.options = options;
    this.allowed = allowed;
    this.metrics = metrics;
    this.bytes = new HeldBytes(allowed.heldBytes());
    this.samples =
        options.sampleLog().isPresent()
            ? Optional.of(new SampleLog(options.sampleLog().get()))
            : Optional.empty();
    this.threads =
        new ThreadPoolExecutor(
            options.threads(),
            options.threads(),
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(allowed.queue()));
  }

  /** An answer, what was scored for it, and what it holds until it is written. */
  private record Done(Reply reply, Scored scored, HeldBytes.Account held) {}

  /**
   * Answers a request.
   *
   * @param parts what varies in its path
   */
  void score(Exchange exchange, Route route, List<String> parts) {
    ScoreCall call;
    try {
      call = ScoreCall.of(exchange, route, parts);
    } catch (RequestException wrong) {
      exchange.reply(Reply.error(wrong.status(), wrong.getMessage()));
      return;
    }
    RequestBody body = new RequestBody(exchange.request(), allowed, bytes.open());
    CompletableFuture<?> unused =
        body.read()
            .thenApplyAsync(received -> answer(call, received, body), threads)
            .handle((done, failure) -> finish(exchange, body, done, failure))
            .whenComplete((done, failure) -> failed(exchange, failure));
  }

  /** Ends a request whose answer could not be made. */
  private static void failed(Exchange exchange, Throwable failure) {
    if (failure != null) {
      LOG.error("no answer", failure);
      exchange.fail(failure);
    }
  }

  private Done answer(ScoreCall call, byte[] received, RequestBody body) {
    HeldBytes.Account held = bytes.open();
    try {
      Done done = answer(call, received, body, held);
      samples.ifPresent(log -> log.offer(done.scored()));
      return done;
    } catch (IOException | RequestException e) {
      held.close();
      throw new CompletionException(e.getCause() instanceof RequestException r ? r : e);
    } catch (RuntimeException e) {
      held.close();
      throw e;
    }
  }

  private Done answer(ScoreCall call, byte[] received, RequestBody body, HeldBytes.Account held)
      throws IOException, RequestException {
    ServedArm arm = arms.find(call.arm());
    Scorer scorer = arm.current().orElseThrow(() -> new RequestException(503, arms.notYet()));
    byte[] plain = received;
    if (call.gzip()) {
      plain =
          GzipCoding.inflate(
              received, allowed.bodyBytes(), (before, more) -> body.holdFor(before + more, more));
    }
    body.holdFor(plain.length, HttpLimits.EXPANSION * plain.length);
    ColumnWatch columns = arm.watch(scorer.model().model().schema());
    return call.v1()
        ? candidates(call, plain, scorer, columns, held)
        : events(plain, scorer, columns, held);
  }

  /** Answers {@code /score}. */
  private Done events(byte[] body, Scorer scorer, ColumnWatch columns, HeldBytes.Account held)
      throws IOException, RequestException {
    HeldOutput answer = HeldOutput.answer(allowed, held);
    ScoreRequest request =
        new ScoreRequest(body, scorer, columns, metrics, options.events(), allowed);
    request.answer(answer);
    return new Done(Reply.of(200, Reply.JSON, answer.toByteArray()), request.scored(), held);
  }

  /** Answers {@code /v1/score}. */
  private Done candidates(
      ScoreCall call, byte[] body, Scorer scorer, ColumnWatch columns, HeldBytes.Account held)
      throws IOException, RequestException {
    int most = allowed.candidates();
    Candidates read =
        call.binary()
            ? BinaryCandidates.read(body, columns.schema(), options.events(), most)
            : new JsonCandidates(body, columns, options.events(), call.strict(), most).read();
    ScoreAnswer answer = new ScoreAnswer(scorer, read, System.currentTimeMillis());
    List<Item> items = answer.items();
    Scored scored = new Scored(scorer, body, read);
    for (int i = 0; i < items.size(); i++) {
      Item.Fault fault = items.get(i).fault();
      metrics.event(fault == null ? "scored" : fault.reason());
      if (fault == null) {
        scored.add(items.get(i), answer.prediction(i));
      }
    }
    Reply reply = answer.reply(call.floats(), HeldOutput.answer(allowed, held));
    return new Done(reply, scored, held);
  }

  private Void finish(Exchange exchange, RequestBody body, Done done, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause == null) {
      exchange.reply(done.reply(), Callback.from(done.held()::close));
      compare(done.scored(), body);
      body.release();
    } else if (cause instanceof IOException || cause instanceof HttpException) {
      body.release();
      exchange.fail(cause); // the client has gone, or its body is not HTTP
    } else {
      boolean whole = body.isWhole();
      body.release();
      Reply refusal = refusal(cause);
      exchange.reply(whole ? refusal : refusal.with("Connection", "close"));
    }
    return null;
  }

  private Reply refusal(Throwable cause) {
    if (cause instanceof RequestException wrong) {
      return Reply.error(wrong.status(), wrong.getMessage());
    } else if (cause instanceof TimeoutException) {
      return Reply.error(
          408, "the body of a request must come within " + allowed.body().toMillis() + " ms");
    } else if (cause instanceof RejectedExecutionException) {
      return Reply.error(
          503, allowed.queue() + " requests wait to be scored, the most that may; try again");
    }
    LOG.error("request failed", cause);
    return Reply.error(500, "the request failed; the log says why");
  }

  /** Lets the shadow arm score what was scored, unless requests wait. */
  private void compare(Scored scored, RequestBody body) {
    Optional<ServedArm> other = arms.shadow();
    if (other.isEmpty() || scored.items().isEmpty()) {
      return;
    }
    Scorer scorer = other.get().current().orElse(null);
    String arm = scored.scorer().model().manifest().origin().arm();
    if (scorer == null || other.get().name().equals(arm)) {
      return;
    }
    if (!threads.getQueue().isEmpty()) {
      shadow.leaveOut("busy");
      return;
    }
    body.retain();
    try {
      threads.execute(() -> compare(scored, scorer, body));
    } catch (RejectedExecutionException e) {
      shadow.leaveOut("busy");
      body.release();
    }
  }

  private void compare(Scored scored, Scorer scorer, RequestBody body) {
    try {
      shadow.compare(scored, scorer);
    } finally {
      body.release();
    }
  }

  /** Writes what waits, what is held, and what the shadow arm and the sampled log have done. */
  void metrics(PrometheusText text) {
    text.metric("queue_requests", "gauge", "requests that wait for a thread to score them");
    text.sample(threads.getQueue().size());
    text.metric("held_bytes", "gauge", "bodies and answers of the requests in progress");
    text.sample(bytes.held());
    if (arms.hasShadow()) {
      shadow.write(text);
    }
    samples.ifPresent(log -> log.metrics(text));
  }

  @Override
  public void close() {
    threads.shutdownNow();
    samples.ifPresent(SampleLog::close);
  }
}
