package io.millrace.replica;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventHash;
import io.millrace.math.Mix64;

/**
 * Deals events to intervals of event time and to replicas. Both depend on the event alone, not on
 * its partition or on when it comes. Not thread-safe.
 */
public final class EventDealer {

  /** Another one than that of the order of learning, so that replicas do not follow it. */
  private static final long SEED = 1;

  private final EventHash hash = new EventHash(SEED);
  private final long exchangeMs;
  private final long offsetMs;
  private final int replicas;

  /**
   * Deals events.
   *
   * @param exchangeMs length of an interval, ms, at least 1
   * @param offsetMs time at which an interval starts, ms
   * @param replicas at least 1
   */
  public EventDealer(long exchangeMs, long offsetMs, int replicas) {
    this.exchangeMs = exchangeMs;
    this.offsetMs = offsetMs;
    this.replicas = replicas;
  }

  /** The interval that an event time, ms, belongs to. */
  public long interval(long eventTime) {
    return Math.floorDiv(eventTime - offsetMs, exchangeMs);
  }

  /** The time at which an interval starts, ms. */
  long startOf(long interval) {
    return interval * exchangeMs + offsetMs;
  }

  /** The replica that learns an event, in {@code 0 .. replicas - 1}. */
  public int replica(ClickEvent event) {
    return Mix64.reduce(hash.of(event), replicas);
  }
}
