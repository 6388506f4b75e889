package io.millrace.serving.http;

import io.millrace.serving.request.RequestException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * The bytes that requests in progress may hold together. An eighth is for small requests that are
 * whole, so that nothing keeps them out. What waits for clients may take a quarter each: large
 * bodies that are on their way, small ones, and large answers. Thread-safe.
 */
final class HeldBytes {

  /** What bytes are held for. */
  enum For {
    /** Small bodies that are whole, what is made from them, and small answers. */
    SMALL_WORK("requests in progress"),
    /** Large bodies that are whole, and what is made from them. */
    LARGE_WORK("large requests in progress"),
    /** Small bodies of which a part has come. */
    SMALL_BODIES("small bodies on their way"),
    /** Large bodies of which a part has come. */
    LARGE_BODIES("large bodies on their way"),
    /** Large answers. */
    LARGE_ANSWERS("large answers on their way");

    private final String words;

    For(String words) {
      this.words = words;
    }

    private int most(int all) {
      return switch (this) {
        case SMALL_WORK -> all;
        case LARGE_WORK -> all - all / 8;
        default -> all / 4;
      };
    }

    /** Where such a body counts when it is whole. */
    private For whole() {
      return this == SMALL_BODIES ? SMALL_WORK : this == LARGE_BODIES ? LARGE_WORK : this;
    }
  }

  private final int most;

  /** Bytes that are free; all but {@link For#SMALL_WORK} count as {@link For#LARGE_WORK} too. */
  private final Map<For, Semaphore> free = new EnumMap<>(For.class);

  /** All are free. */
  HeldBytes(int most) {
    this.most = most;
    for (For part : For.values()) {
      free.put(part, new Semaphore(part.most(most)));
    }
  }

  /** An account without bytes. */
  Account open() {
    return new Account();
  }

  /** Bytes that are held. */
  int held() {
    return most - free.get(For.SMALL_WORK).availablePermits();
  }

  /** The bounds on a part, the narrowest first. */
  private static For[] bounds(For part) {
    return switch (part) {
      case SMALL_WORK -> new For[] {For.SMALL_WORK};
      case LARGE_WORK -> new For[] {For.LARGE_WORK, For.SMALL_WORK};
      default -> new For[] {part, For.LARGE_WORK, For.SMALL_WORK};
    };
  }

  private void take(For part, int bytes) throws RequestException {
    For[] bounds = bounds(part);
    for (int b = 0; b < bounds.length; b++) {
      if (!free.get(bounds[b]).tryAcquire(bytes)) {
        for (int taken = 0; taken < b; taken++) {
          free.get(bounds[taken]).release(bytes);
        }
        throw new RequestException(
            503,
            "the "
                + bounds[b].words
                + " hold "
                + bounds[b].most(most)
                + " bytes, the most that they may; try again");
      }
    }
  }

  private void give(For part, int bytes) {
    for (For bound : bounds(part)) {
      free.get(bound).release(bytes);
    }
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
      if (!closed) {
        take(part, bytes);
        held.merge(part, bytes, Integer::sum);
      }
    }

    /**
     * The body is whole: it is not on its way any more.
     *
     * @throws RequestException if others have taken its room in the same moment
     */
    synchronized void arrived() throws RequestException {
      for (For part : new For[] {For.SMALL_BODIES, For.LARGE_BODIES}) {
        int bytes = held.getOrDefault(part, 0);
        if (bytes > 0) {
          held.remove(part);
          give(part, bytes);
          hold(part.whole(), bytes);
        }
      }
    }

    /** Gives all back. */
    synchronized void close() {
      closed = true;
      held.forEach(HeldBytes.this::give);
      held.clear();
    }
  }
}
