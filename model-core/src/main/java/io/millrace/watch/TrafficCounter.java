package io.millrace.watch;

import io.millrace.event.ClickEvent;
import io.millrace.time.WatchGrid;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Counts events, clicks and the accesses of ids by sub-window, in about 10 KB to 150 KB for each
 * field of an open sub-window.
 *
 * <p>Every access falls into one of {@value io.millrace.metric.Psi#BINS} bins by a hash of its id,
 * for the PSI. The ids of a sample are also counted one by one, so that new ones are recognised.
 */
public final class TrafficCounter {

  private final WatchGrid grid;
  private final int fields;
  private final TreeMap<Long, JoinedTraffic> open = new TreeMap<>();
  private JoinedTraffic last;
  private long lastSubWindow;

  /** Counts of nothing. */
  public TrafficCounter(WatchGrid grid, int fields) {
    this.grid = grid;
    this.fields = fields;
  }

  /** Counts an event that is on time. */
  public void add(ClickEvent event) {
    long subWindow = grid.of(event.eventTime());
    if (last == null || lastSubWindow != subWindow) {
      last = open.computeIfAbsent(subWindow, s -> new JoinedTraffic(fields));
      lastSubWindow = subWindow;
    }
    last.add(event);
  }

  /** Emits and removes what has been counted, a sub-window at a time, in order of time. */
  public void drain(Consumer<Traffic> out) {
    open.forEach((subWindow, traffic) -> out.accept(traffic.of(subWindow)));
    open.clear();
    last = null;
  }
}
