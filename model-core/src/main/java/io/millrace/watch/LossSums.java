package io.millrace.watch;

import io.millrace.metric.LogLoss;
import io.millrace.time.SubWindowEntry;
import io.millrace.time.WatchGrid;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Adds up the losses of a student or teacher by sub-window, in the order of {@link #add}. */
public final class LossSums {

  private final WatchGrid grid;
  private final Consumer<Losses> out;
  private final TreeMap<Long, Sums> open = new TreeMap<>();
  private final SubWindowEntry entry;
  private Sums last;
  private long lastSubWindow;
  private long closed = Long.MIN_VALUE;
  private long closing = Long.MIN_VALUE;

  private static final class Sums {
    long events;
    long clicks;
    double sum;
    double squares;
    double ofClicks;
  }

  /**
   * Sums of nothing.
   *
   * @param out receives the losses of each sub-window when it is closed, in order
   */
  public LossSums(WatchGrid grid, Consumer<Losses> out) {
    this.grid = grid;
    this.entry = new SubWindowEntry(grid);
    this.out = out;
  }

  /** Adds a prediction made for an event before it was learned from. */
  public void add(long eventTime, float p, float label) {
    long subWindow = grid.of(eventTime);
    if (subWindow <= closed || Float.isNaN(label)) {
      return;
    }
    if (last == null || subWindow != lastSubWindow) {
      last = open.computeIfAbsent(subWindow, s -> new Sums());
      lastSubWindow = subWindow;
    }
    double loss = LogLoss.of(p, label > 0);
    last.events++;
    if (label > 0) {
      last.clicks++;
      last.ofClicks += loss;
    }
    last.sum += loss;
    last.squares += loss * loss;
  }

  /** Takes a watermark, ms: only events that are in a batch already are added before it. */
  public void onWatermark(long watermark) {
    if (entry.enters(watermark)) {
      closing = Math.max(closing, grid.lastClosed(watermark));
    }
  }

  /** Closes the sub-windows before the last watermark; to be called when no event is in a batch. */
  public void close() {
    close(Long.MAX_VALUE);
  }

  /**
   * The same where events are gathered.
   *
   * @param gatheredFrom a time, ms, that none of them is before
   */
  public void close(long gatheredFrom) {
    long complete = gatheredFrom == Long.MAX_VALUE ? closing : grid.of(gatheredFrom) - 1;
    closed = Math.max(closed, Math.min(closing, complete));
    while (!open.isEmpty() && open.firstKey() <= closed) {
      Map.Entry<Long, Sums> entry = open.pollFirstEntry();
      Sums sums = entry.getValue();
      out.accept(
          new Losses(
              entry.getKey(), sums.events, sums.clicks, sums.sum, sums.squares, sums.ofClicks));
      last = null;
    }
  }

  /** Writes the sums. */
  public void writeState(DataOutput out) throws IOException {
    out.writeInt(grid.perPane());
    out.writeLong(closed);
    out.writeLong(closing);
    out.writeInt(open.size());
    for (Map.Entry<Long, Sums> entry : open.entrySet()) {
      out.writeLong(entry.getKey());
      out.writeLong(entry.getValue().events);
      out.writeLong(entry.getValue().clicks);
      out.writeDouble(entry.getValue().sum);
      out.writeDouble(entry.getValue().squares);
      out.writeDouble(entry.getValue().ofClicks);
    }
  }

  /** Reads what {@link #writeState} wrote; sums of sub-windows of another length are dropped. */
  public void readState(DataInput in) throws IOException {
    boolean same = in.readInt() == grid.perPane();
    closed = in.readLong();
    closing = in.readLong();
    open.clear();
    last = null;
    for (int n = in.readInt(); n > 0; n--) {
      Sums sums = new Sums();
      open.put(in.readLong(), sums);
      sums.events = in.readLong();
      sums.clicks = in.readLong();
      sums.sum = in.readDouble();
      sums.squares = in.readDouble();
      sums.ofClicks = in.readDouble();
    }
    if (!same) {
      closed = Long.MIN_VALUE;
      closing = Long.MIN_VALUE;
      open.clear();
    }
  }
}
