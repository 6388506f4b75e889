package io.millrace.watch;

import io.millrace.event.ClickEvent;
import io.millrace.event.WindowSpec;
import io.millrace.spec.JobSpec;
import java.util.Map;
import java.util.TreeMap;

/** Summaries of the dense columns by pane, over the events on time. */
public final class DensePanes {

  private final WindowSpec windows;
  private final int columns;
  private final TreeMap<Long, DenseSummary> panes = new TreeMap<>();
  private long lastPane;
  private DenseSummary last;

  /** No events yet. */
  public DensePanes(JobSpec job) {
    this.windows = job.windows();
    this.columns = job.schema().dense().size();
  }

  /** Adds an event; does nothing without dense columns. */
  public void add(ClickEvent event) {
    if (columns > 0) {
      pane(windows.pane(event.eventTime())).add(event);
    }
  }

  /** The summary of a pane, to be added to. */
  DenseSummary pane(long pane) {
    if (last == null || lastPane != pane) {
      lastPane = pane;
      last = panes.computeIfAbsent(pane, p -> new DenseSummary(columns));
    }
    return last;
  }

  /** Returns and removes all summaries, by pane. */
  public Map<Long, DenseSummary> take() {
    Map<Long, DenseSummary> taken = Map.copyOf(panes);
    panes.clear();
    last = null;
    return taken;
  }

  /** Returns and removes the first pane if a watermark, ms, has closed it; else null. */
  Map.Entry<Long, DenseSummary> takeClosed(long watermark) {
    if (panes.isEmpty() || !windows.closed(panes.firstKey(), watermark)) {
      return null;
    }
    last = null;
    return panes.pollFirstEntry();
  }

  /** All summaries by pane, ascending. */
  Map<Long, DenseSummary> all() {
    return panes;
  }
}
