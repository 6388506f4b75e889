package io.millrace.state;

import io.millrace.stream.CountRules;
import io.millrace.stream.CountTable;
import io.millrace.stream.PageCache;
import io.millrace.stream.PagedCounts;
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
 * i8 format, 1 | i64 newest pane closed | the counts as PagedCounts writes them
 * </pre>
 *
 * <p>A pane closes once: what comes for it afterwards, from a partition that was idle and has woken
 * up, is refused.
 */
public final class ShardState {

  private static final int FORMAT = 1;

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
   * Adds accesses.
   *
   * @return false, and nothing happens, if their pane has closed
   */
  public boolean add(CountDelta delta) throws IOException {
    if (delta.pane() <= lastClosed) {
      return false;
    }
    if (delta.ids().length > 0) {
      counts.add(delta.pane(), delta.ids(), delta.counts(), delta.clicks());
      dirty = true;
    }
    return true;
  }

  /** Ends a pane. */
  public CountTable closePane(long pane) throws IOException {
    lastClosed = pane;
    dirty = true;
    return counts.closePane(pane);
  }

  /** The shard without its pages. */
  public byte[] write() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(FORMAT);
    out.writeLong(lastClosed);
    counts.writeState(out);
    dirty = false;
    return bytes.toByteArray();
  }

  /** Reads what {@link #write} wrote; a shard of an older format is dirty then. */
  public void read(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    int format = in.readByte();
    if (format != FORMAT) {
      throw new IOException("shard: format must be " + FORMAT + " but was " + format);
    }
    lastClosed = in.readLong();
    dirty = counts.readState(in);
  }
}
