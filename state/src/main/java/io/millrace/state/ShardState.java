package io.millrace.state;

import io.millrace.counts.CountRules;
import io.millrace.counts.CountTable;
import io.millrace.counts.PageCache;
import io.millrace.counts.PagedCounts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * The counts of one shard between heap and keyed state: its pages are in {@link ShardPages}, and
 * all else in one value.
 *
 * <pre>
 * i8 format, 2 | i32 sub-windows per pane | i64 newest sub-window closed | the counts as PagedCounts writes them
 * </pre>
 *
 * <p>Format 1 did not tell sub-windows of a pane apart. A sub-window of a pane closes once: what
 * comes for it afterwards, as after a restart, is of the next one, and refused if its pane has
 * ended. If a pane has other sub-windows than when the shard was written, those closed of a pane
 * that has not ended are open again.
 */
public final class ShardState {

  private static final int FORMAT = 2;

  private final CountRules rules;
  private final PagedCounts counts;
  private long lastClosed = Long.MIN_VALUE;
  private boolean dirty;

  /**
   * An empty shard.
   *
   * @param shard the key
   * @param cache pages of all shards of the task
   */
  public ShardState(CountRules rules, int shard, PageCache cache) throws IOException {
    this.rules = rules;
    this.counts = new PagedCounts(rules, shard, cache);
  }

  /** The counts. */
  public PagedCounts counts() {
    return counts;
  }

  /** True if it has changed since it was last written or read. */
  public boolean dirty() {
    return dirty;
  }

  /**
   * Adds accesses: to their sub-window, or to the one that is open now if theirs has closed.
   *
   * @return false, and nothing happens, if their pane has ended
   */
  public boolean add(CountDelta delta) throws IOException {
    long subWindow =
        Math.max(delta.subWindow(), lastClosed == Long.MIN_VALUE ? lastClosed : lastClosed + 1);
    if (rules.pane(subWindow) != rules.pane(delta.subWindow())) {
      return false;
    }
    if (delta.ids().length > 0) {
      counts.add(subWindow, delta.ids(), delta.counts(), delta.clicks());
      dirty = true;
    }
    return true;
  }

  /** The newest sub-window that has closed, {@code Long.MIN_VALUE} if there is none. */
  public long lastClosed() {
    return lastClosed;
  }

  /** Closes a sub-window; if it is the last one, the pane is to be ended next. */
  public void closeSubWindow(long subWindow) throws IOException {
    lastClosed = subWindow;
    dirty = true;
    counts.closeSubWindow(subWindow);
  }

  /**
   * The counts at the end of a sub-window that has closed, as {@link PagedCounts#tableAt} gives
   * them.
   */
  public CountTable tableAt(long subWindow) throws IOException {
    dirty = true; // tables may be cut down, and then have other pages
    return counts.tableAt(subWindow);
  }

  /** Ends a pane. */
  public CountTable closePane(long pane) throws IOException {
    lastClosed = rules.lastSubWindow(pane);
    dirty = true;
    return counts.closePane(pane);
  }

  /** The shard without its pages. */
  public byte[] write() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(FORMAT);
    out.writeInt(rules.perPane());
    out.writeLong(lastClosed);
    counts.writeState(out);
    dirty = false;
    return bytes.toByteArray();
  }

  /** Reads what {@link #write} wrote; a shard that is not as it was written is dirty then. */
  public void read(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    int format = in.readByte();
    if (format < 1 || format > FORMAT) {
      throw new IOException("shard: format must be in 1.." + FORMAT + " but was " + format);
    }
    lastClosed = renumbered(format == 1 ? 1 : in.readInt(), in.readLong());
    dirty = counts.readState(in);
  }

  /**
   * The last sub-window closed, as panes are parted now, of the last pane that had closed as a
   * whole.
   */
  private long renumbered(int perPane, long subWindow) {
    return perPane == rules.perPane() || subWindow == Long.MIN_VALUE
        ? subWindow
        : rules.lastSubWindow(Math.floorDiv(subWindow + 1, perPane) - 1);
  }
}
