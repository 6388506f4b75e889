package io.millrace.flink.operator;

import io.millrace.runs.FileError;
import io.millrace.runs.Publication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Versions of a student's model that are to be written, oldest first. One that cannot be written
 * waits, and all behind it: versions appear in their order and without a gap.
 *
 * <p>At most as many wait as the folder keeps; beyond that the oldest is given up, which the folder
 * would no longer have. So what is there in the end is what would be there had all been written at
 * once, and memory is bounded by that many models.
 */
final class PublishQueue {

  private static final Logger LOG = LoggerFactory.getLogger(PublishQueue.class);

  private final String who;
  private final int keep;
  private final int retrySeconds;
  private final ArrayDeque<Publication> waiting = new ArrayDeque<>();
  private volatile int size;
  private final LongAdder failures = new LongAdder();
  private IOException failure;
  private long failedSince;

  /**
   * An empty queue.
   *
   * @param who publishes, for messages
   * @param keep versions that the folder keeps
   * @param retrySeconds after which its owner tries again, for messages
   */
  PublishQueue(String who, int keep, int retrySeconds) {
    this.who = who;
    this.keep = keep;
    this.retrySeconds = retrySeconds;
  }

  /** Adds the newest version. */
  void add(Publication publication) {
    waiting.add(publication);
    if (waiting.size() > keep) {
      waiting.remove();
    }
    size = waiting.size();
  }

  /**
   * Writes what can be written.
   *
   * @return announcements, one line of JSON each
   */
  List<String> write() {
    List<String> announcements = new ArrayList<>();
    try {
      while (!waiting.isEmpty()) {
        waiting.peek().write().ifPresent(announcements::add);
        Publication written = waiting.remove();
        size = waiting.size();
        succeeded(written.version());
      }
    } catch (IOException e) {
      failed(e);
    } catch (UncheckedIOException e) {
      failed(e.getCause());
    }
    return announcements;
  }

  private void failed(IOException e) {
    failures.increment();
    if (failure == null) {
      failedSince = System.nanoTime();
      LOG.warn(
          "{} cannot publish version {}: {}; it learns on and tries again each {} s, so make the"
              + " folder writable or free its disk",
          who,
          waiting.peek().version(),
          FileError.line(e),
          retrySeconds);
    }
    failure = e;
  }

  private void succeeded(long version) {
    if (failure != null && waiting.isEmpty()) {
      failure = null;
      LOG.warn(
          "{} publishes again, up to version {}, after {} s",
          who,
          version,
          (System.nanoTime() - failedSince) / 1_000_000_000);
    }
  }

  /** Numbers of the versions that wait, oldest first. */
  List<Long> versions() {
    return waiting.stream().map(Publication::version).toList();
  }

  /** Versions that wait; for any thread. */
  int size() {
    return size;
  }

  /** How often a version could not be written; for any thread. */
  long failures() {
    return failures.sum();
  }

  /**
   * Returns if nothing waits.
   *
   * @throws IOException with the versions and the last failure
   */
  void checkEmpty() throws IOException {
    if (!waiting.isEmpty()) {
      throw new IOException(
          "%s has ended but cannot publish versions %s: %s"
              .formatted(who, versions(), FileError.line(failure)),
          failure);
    }
  }
}
