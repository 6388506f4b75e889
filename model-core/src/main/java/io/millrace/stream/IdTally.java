package io.millrace.stream;

import it.unimi.dsi.fastutil.longs.Long2LongMap;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/** Accesses and clicks by id. An id without a click takes no room for one. */
public final class IdTally {

  /** Receives one id's tally. */
  @FunctionalInterface
  public interface Visitor {
    /** {@code clicks} of the {@code accesses} were clicks. */
    void visit(long id, long accesses, long clicks);
  }

  private final Long2LongOpenHashMap accesses = new Long2LongOpenHashMap();
  private final Long2LongOpenHashMap clicks = new Long2LongOpenHashMap();

  /**
   * Adds to an id's tally.
   *
   * @param more accesses to add, at least 1
   * @param clicked how many of them were clicks
   * @return true if the id is new
   */
  public boolean add(long id, long more, long clicked) {
    if (clicked != 0) {
      clicks.addTo(id, clicked);
    }
    return accesses.addTo(id, more) == 0;
  }

  /** Number of ids. */
  public int size() {
    return accesses.size();
  }

  /** Visits every id, in no order. */
  public void forEach(Visitor visitor) {
    for (Long2LongMap.Entry entry : accesses.long2LongEntrySet()) {
      long id = entry.getLongKey();
      visitor.visit(id, entry.getLongValue(), clicks.get(id));
    }
  }

  /** Accesses of all ids. */
  public long accesses() {
    return accesses.values().longStream().sum();
  }

  /** Accesses of an id, 0 if it is unknown. */
  public long accesses(long id) {
    return accesses.get(id);
  }

  /** Clicks among the accesses of an id. */
  public long clicks(long id) {
    return clicks.get(id);
  }

  /** {@code i32 n}, then {@code i64 id, i64 accesses, i64 clicks} each, in order of id. */
  void write(DataOutput out) throws IOException {
    long[] ids = accesses.keySet().toLongArray();
    Arrays.sort(ids);
    out.writeInt(ids.length);
    for (long id : ids) {
      out.writeLong(id);
      out.writeLong(accesses.get(id));
      out.writeLong(clicks.get(id));
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param clicks false for a tally of a time when clicks were not counted
   */
  static IdTally read(DataInput in, boolean clicks) throws IOException {
    IdTally tally = new IdTally();
    for (int n = in.readInt(); n > 0; n--) {
      tally.add(in.readLong(), in.readLong(), clicks ? in.readLong() : 0);
    }
    return tally;
  }
}
