package io.millrace.event;

import java.util.Map;
import java.util.TreeMap;

/**
 * Totals of the records of a run: {@code read = trained + rejected + droppedLate}. Lost events were
 * never read.
 *
 * @param trained events trained on, late ones included
 * @param lateTrained the late ones among them
 * @param droppedLate late events dropped
 * @param rejects records that are not events, by reason
 * @param lost events that Kafka had deleted before they were read
 */
public record EventTotals(
    long trained, long lateTrained, long droppedLate, Map<String, Long> rejects, long lost) {

  public EventTotals {
    rejects = Map.copyOf(rejects);
  }

  /** Totals of records of which none is lost. */
  public EventTotals(long trained, long lateTrained, long droppedLate, Map<String, Long> rejects) {
    this(trained, lateTrained, droppedLate, rejects, 0);
  }

  /** Totals of no records. */
  public static EventTotals none() {
    return new EventTotals(0, 0, 0, Map.of());
  }

  /** Records that were read. */
  public long read() {
    return trained + rejected() + droppedLate;
  }

  /** Records that are not events. */
  public long rejected() {
    return rejects.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The sum of these totals and others. */
  public EventTotals plus(EventTotals other) {
    Map<String, Long> sum = new TreeMap<>(rejects);
    other.rejects.forEach((reason, n) -> sum.merge(reason, n, Long::sum));
    return new EventTotals(
        trained + other.trained,
        lateTrained + other.lateTrained,
        droppedLate + other.droppedLate,
        sum,
        lost + other.lost);
  }
}
