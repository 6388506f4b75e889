package io.millrace.serving.http;

import io.millrace.serving.request.RequestException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * The bytes that requests in progress may hold together. What waits for clients may take a quarter
 * of them each: large bodies that are on their way, small ones, and large answers that are not read
 * yet. So clients that stop in the middle leave room for whole requests. Thread-safe.
 */
final class HeldBytes {

  /** What bytes are held for. */
  enum For {
    /** Bodies that are whole, what was read from them, and small answers. */
    WORK("requests in progress"),
    /** Bodies that are on their way and of which no more than a small part has come. */
    SMALL_BODIES("small bodies on their way"),
    /** Other bodies that are on their way. */
    LARGE_BODIES("large bodies on their way"),
    /** Answers that are larger than small. */
    LARGE_ANSWERS("large answers on their way");

    private final String words;

    For(String words) {
      this.words = words;
    }
  }

  private static final Set<For> WAITING = EnumSet.complementOf(EnumSet.of(For.WORK));

  private final int most;
  private final Semaphore free;
  private final Map<For, Semaphore> parts = new EnumMap<>(For.class);

  /** All are free. */
  HeldBytes(int most) {
    this.most = most;
    this.free = new Semaphore(most);
    for (For part : WAITING) {
      parts.put(part, new Semaphore(most / 4));
    }
  }

  /** An account without bytes. */
  Account open() {
    return new Account();
  }

  /** Bytes that are held. */
  int held() {
    return most - free.availablePermits();
  }

  private void give(For part, int bytes) {
    if (part != For.WORK) {
      parts.get(part).release(bytes);
    }
  }

  private RequestException full(For part) {
    return new RequestException(
        503,
        "the "
            + part.words
            + " hold "
            + (part == For.WORK ? most : most / 4)
            + " bytes, the most that they may; try again");
  }

  /** What one request holds, or one answer, until it is closed. Thread-safe. */
  final class Account {

    private final Map<For, Integer> held = new EnumMap<>(For.class);
    private boolean closed;

    private Account() {}

    /**
     * Holds further bytes; none after {@link #close}.
     *
     * @throws RequestException if there is no room for them
     */
    synchronized void hold(For part, int bytes) throws RequestException {
      if (closed) {
        return;
      }
      boolean waits = part != For.WORK;
      if (waits && !parts.get(part).tryAcquire(bytes)) {
        throw full(part);
      }
      if (!free.tryAcquire(bytes)) {
        give(part, waits ? bytes : 0);
        throw full(For.WORK);
      }
      held.merge(part, bytes, Integer::sum);
    }

    /** What was held for bodies on their way is held for work now: the body is whole. */
    synchronized void arrived() {
      for (For part : new For[] {For.SMALL_BODIES, For.LARGE_BODIES}) {
        int bytes = held.getOrDefault(part, 0);
        held.remove(part);
        give(part, bytes);
        held.merge(For.WORK, bytes, Integer::sum);
      }
    }

    /** Gives all back. */
    synchronized void close() {
      closed = true;
      held.forEach(
          (part, bytes) -> {
            give(part, bytes);
            free.release(bytes);
          });
      held.clear();
    }
  }
}
