package io.millrace.time;

import io.millrace.event.Reject;
import io.millrace.event.Warning;
import java.time.Instant;

/**
 * What a {@link JumpGuard} says of events that are far ahead.
 *
 * @param column name of the time column
 * @param place the partition or file
 * @param maxJumpMs how far an event may be ahead, ms
 */
record JumpMessages(String column, String place, long maxJumpMs) {

  private String limit() {
    return maxJumpMs % 1000 == 0 ? maxJumpMs / 1000 + " s" : maxJumpMs + " ms";
  }

  /** An event of {@code time} stayed alone when the clock was at {@code clock}. */
  Reject reject(long time, long clock) {
    return new Reject(
        Reject.Reason.TIME_AHEAD_OF_STREAM,
        ("%s must be at most %s (limits.max_jump) after %s, the newest event time of its partition,"
                + " but was %s, and too few events came near it; if it is right, raise"
                + " limits.max_jump")
            .formatted(column, limit(), Instant.ofEpochMilli(clock), Instant.ofEpochMilli(time)));
  }

  /** So many events were rejected, the first of them at {@code first}. */
  Warning rejected(long count, long first, long clock) {
    String events = count == 1 ? "1 event" : count + " events";
    return warning(
        clock,
        count,
        ("%s of %s rejected as time_ahead_of_stream: more than %s (limits.max_jump) ahead of all"
                + " others, the first at %s; correct their time, or raise limits.max_jump")
            .formatted(events, place, limit(), Instant.ofEpochMilli(first)));
  }

  /** So many events are held, the first of them at {@code first}, until {@code need} are there. */
  Warning waiting(long count, long first, long clock, long need) {
    return warning(
        clock,
        count,
        ("events of %s wait, %d of them now, as they are more than %s (limits.max_jump) ahead of %s,"
                + " the first at %s; they pass once %d are near each other; if such gaps are normal,"
                + " raise limits.max_jump")
            .formatted(
                place,
                count,
                limit(),
                Instant.ofEpochMilli(clock),
                Instant.ofEpochMilli(first),
                need));
  }

  private Warning warning(long clock, long count, String message) {
    return new Warning(Warning.Kind.TIME_AHEAD, clock, null, place, count, message);
  }
}
