package io.millrace.tests.chain;

import io.millrace.serving.ScoringClient;
import io.millrace.serving.ScoringClient.Answer;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Asks the server for the scores of the same candidates, over and over, and keeps the answers. */
final class Load implements AutoCloseable {

  private static final long PAUSE_MS = 20;

  /** What is scored. */
  static final List<Map<String, Object>> CANDIDATES = Traffic.candidates(64);

  private final ScoringClient client;
  private final Replica replica;
  private final List<Answer> answers = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private final Thread thread;
  private volatile Instant learnedUntil = Instant.EPOCH;
  private volatile boolean closed;

  /**
   * Starts to ask.
   *
   * @param replica notes which versions are published meanwhile
   */
  Load(ScoringClient client, Replica replica) {
    this.client = client;
    this.replica = replica;
    this.thread = new Thread(this::run, "load");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (!closed) {
        replica.look();
        ask();
        Thread.sleep(PAUSE_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | Error e) {
      failed("the versions cannot be read: " + e);
    }
  }

  private void ask() throws InterruptedException {
    try {
      Answer answer = client.score(Map.of(), CANDIDATES);
      synchronized (this) {
        answers.add(answer);
      }
      answer.learnedUntil().ifPresent(until -> learnedUntil = until);
    } catch (IOException e) {
      failed(e.toString());
    }
  }

  private synchronized void failed(String why) {
    failures.add(why);
  }

  /** The answers since the last call. */
  synchronized List<Answer> take() {
    List<Answer> taken = List.copyOf(answers);
    answers.clear();
    return taken;
  }

  /** Up to which event time the newest answer has learned; long ago before the first. */
  Instant learnedUntil() {
    if (!thread.isAlive()) {
      throw new AssertionError("nothing is asked any more: " + takeFailures());
    }
    return learnedUntil;
  }

  /** Requests without an answer since the last call. */
  synchronized List<String> takeFailures() {
    List<String> taken = List.copyOf(failures);
    failures.clear();
    return taken;
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
