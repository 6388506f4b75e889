package io.millrace.watch;

import io.millrace.event.ClickEvent;
import io.millrace.event.SchemaChange;
import io.millrace.spec.JobSpec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/**
 * How the dense columns change from one pane to the next. Takes events one by one, or the summaries
 * of several readers; the lines are the same to the bit.
 */
public final class DenseDrift {

  private static final long NONE = Long.MIN_VALUE;

  private final JobSpec job;
  private final long seed;
  private final DensePanes panes;
  private DenseSummary before;
  private long lastClosed = NONE;

  /** Has seen no event. */
  public DenseDrift(JobSpec job, long seed) {
    this.job = job;
    this.seed = seed;
    this.panes = new DensePanes(job);
  }

  /** Adds an event on time. */
  public void add(ClickEvent event) {
    panes.add(event);
  }

  /** Adds the summaries of a reader by pane; those of panes that have closed are dropped. */
  public void addAll(Map<Long, DenseSummary> summaries) {
    summaries.forEach(
        (pane, summary) -> {
          if (pane > lastClosed) {
            panes.pane(pane).addAll(summary);
          }
        });
  }

  /** Ends the panes that a watermark, ms, completes, in order; emits a line for each column. */
  public void onWatermark(long watermark, Consumer<DenseLine> lines) {
    Map.Entry<Long, DenseSummary> closed = panes.takeClosed(watermark);
    while (closed != null) {
      lastClosed = closed.getKey();
      for (int d = 0; d < job.schema().dense().size(); d++) {
        lines.accept(line(d, lastClosed, closed.getValue()));
      }
      before = closed.getValue();
      closed = panes.takeClosed(watermark);
    }
  }

  private DenseLine line(int column, long pane, DenseSummary now) {
    return new DenseLine(
        job.schema().dense().get(column).name(),
        seed,
        job.windows().paneStart(pane),
        job.windows().paneEnd(pane),
        now.events(),
        now.moments(column).mean(),
        now.moments(column).deviation(),
        now.missing(column),
        before == null ? Double.NaN : before.histogram(column).distance(now.histogram(column)));
  }

  /** Writes the open panes and the one before. */
  public void writeState(DataOutput out) throws IOException {
    out.writeLong(lastClosed);
    out.writeBoolean(before != null);
    if (before != null) {
      before.write(out);
    }
    out.writeInt(panes.all().size());
    for (Map.Entry<Long, DenseSummary> pane : panes.all().entrySet()) {
      out.writeLong(pane.getKey());
      pane.getValue().write(out);
    }
  }

  /**
   * Reads what {@link #writeState} wrote.
   *
   * @param change from the columns of the state to those of the job
   */
  public void readState(DataInput in, SchemaChange change) throws IOException {
    int[] from = change.dense();
    lastClosed = in.readLong();
    before = in.readBoolean() ? DenseSummary.read(in).moved(from) : null;
    panes.take();
    for (int n = in.readInt(); n > 0; n--) {
      panes.pane(in.readLong()).addAll(DenseSummary.read(in).moved(from));
    }
  }
}
