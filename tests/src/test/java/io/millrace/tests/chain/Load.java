package io.millrace.tests.chain;

import io.millrace.serving.ScoringClient;
import io.millrace.serving.ScoringClient.Answer;
import java.io.IOException;
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
  private final List<Seen> answers = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private final Thread thread;
  private volatile boolean closed;

  /**
   * An answer.
   *
   * @param atNanos when it came, by {@link System#nanoTime}
   */
  record Seen(Answer answer, long atNanos) {}

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
        answers.add(new Seen(answer, System.nanoTime()));
      }
    } catch (IOException e) {
      failed(e.toString());
    }
  }

  private synchronized void failed(String why) {
    failures.add(why);
  }

  /** The answers since the last call. */
  synchronized List<Seen> take() {
    List<Seen> taken = List.copyOf(answers);
    answers.clear();
    return taken;
  }

  /** The newest answer, if there is one since the last call of {@link #take}. */
  synchronized Seen newest() {
    return answers.isEmpty() ? null : answers.get(answers.size() - 1);
  }

  /** Requests without an answer since the last call. */
  synchronized List<String> takeFailures() {
    List<String> taken = List.copyOf(failures);
    failures.clear();
    return taken;
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }
}
