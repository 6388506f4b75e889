package io.millrace.state;

import io.millrace.stream.CountOptions;
import io.millrace.stream.CountTable;
import io.millrace.stream.IdCounts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * The counts of one shard between heap and keyed state.
 *
 * <pre>
 * i8 format, 1 | i64 newest pane closed | the counts as IdCounts writes them
 * </pre>
 *
 * <p>A pane closes once: what comes for it afterwards, from a partition that was idle and has woken
 * up, is refused.
 */
public final class ShardState {

  private static final int FORMAT = 1;

  private final IdCounts counts;
  private long lastClosed = Long.MIN_VALUE;
  private boolean dirty;

  /** An empty shard. */
  public ShardState(CountOptions options, int panesPerWindow) {
    this.counts = IdCounts.of(options, panesPerWindow);
  }

  /** The counts. */
  public IdCounts counts() {
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
  public boolean add(CountDelta delta) {
    if (delta.pane() <= lastClosed) {
      return false;
    }
    for (int i = 0; i < delta.ids().length; i++) {
      counts.add(delta.pane(), delta.ids()[i], delta.counts()[i], delta.clicks()[i]);
    }
    dirty |= delta.ids().length > 0;
    return true;
  }

  /** Ends a pane. */
  public CountTable closePane(long pane) {
    lastClosed = pane;
    dirty = true;
    return counts.closePane(pane);
  }

  /** The shard as bytes. */
  public byte[] write() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(FORMAT);
    out.writeLong(lastClosed);
    counts.writeState(out);
    dirty = false;
    return bytes.toByteArray();
  }

  /** Reads what {@link #write} wrote. */
  public void read(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    int format = in.readByte();
    if (format != FORMAT) {
      throw new IOException("shard: format must be " + FORMAT + " but was " + format);
    }
    lastClosed = in.readLong();
    counts.readState(in);
    dirty = false;
  }
}
