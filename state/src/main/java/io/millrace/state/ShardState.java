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
 * The counts of one shard and their form in keyed state: its pages are in {@link ShardPages}, all
 * else is in one value.
 *
 * <pre>
 * i8 format, 2 | i32 sub-windows per pane | i64 newest sub-window closed | the counts as PagedCounts writes them
 * </pre>
 *
 * <p>Format 1 had no sub-windows. A sub-window closes once. Its later accesses, as after a restart,
 * are counted in the next one, and refused if the pane has ended. If the state has another number
 * of sub-windows a pane than the rules, the closed ones of a pane that has not ended are open
 * again.
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

  /** True if the shard has changed since it was last written or read. */
  public boolean dirty() {
    return dirty;
  }

  /**
   * Adds accesses to their sub-window, or to the open one if theirs has closed.
   *
   * @return false if their pane has ended; then nothing is added
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

  /** Closes a sub-window; after the last one of a pane the caller ends the pane. */
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

  /** Ends a pane; returns the counts of every id known. */
  public CountTable closePane(long pane) throws IOException {
    lastClosed = rules.lastSubWindow(pane);
    dirty = true;
    return counts.closePane(pane);
  }

  /** Removes all counts and their pages. The shard is not used any more. */
  public void remove() throws IOException {
    counts.remove();
  }

  /** The bytes of the shard without its pages. */
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

  /** Reads what {@link #write} wrote; the shard is dirty if it now differs from these bytes. */
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
   * The last closed sub-window in the numbers of these rules: of another grid, only panes that had
   * closed as a whole count as closed.
   */
  private long renumbered(int perPane, long subWindow) {
    return perPane == rules.perPane() || subWindow == Long.MIN_VALUE
        ? subWindow
        : rules.lastSubWindow(Math.floorDiv(subWindow + 1, perPane) - 1);
  }
}
