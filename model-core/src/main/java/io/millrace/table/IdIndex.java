package io.millrace.table;

import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Gives each id a row of its own, up to a bound, and forgets the least used ids beyond it.
 *
 * <p>Every id carries an access count that {@link #decay} shrinks, so that "least used" means
 * lately. When the bound is reached a tenth of the ids is evicted at once, the smallest counts
 * first and the smaller id among equals, so the cost per new id stays constant.
 */
public final class IdIndex {

  private final int maxIds;
  private final Long2IntOpenHashMap rowOf = new Long2IntOpenHashMap();
  private long[] ids = new long[16];
  private float[] counts = new float[16];
  private int size;

  /** An index of at most {@code maxIds} ids. */
  public IdIndex(int maxIds) {
    if (maxIds < 1) {
      throw new IllegalArgumentException("max_ids must be >= 1 but was " + maxIds);
    }
    this.maxIds = maxIds;
    rowOf.defaultReturnValue(-1);
  }

  /** Number of ids held. */
  public int size() {
    return size;
  }

  /** The id that owns {@code row}. */
  public long id(int row) {
    return ids[row];
  }

  /** The row of {@code id}, or -1. */
  public int find(long id) {
    return rowOf.get(id);
  }

  /** True if {@code more} ids fit without {@link #evict}. */
  public boolean fits(int more) {
    return (long) size + more <= maxIds;
  }

  /** The row of {@code id}, which becomes row {@link #size} if it is new. Counts one access. */
  public int access(long id) {
    int row = rowOf.get(id);
    if (row < 0) {
      row = size++;
      if (row == ids.length) {
        int capacity = (int) Math.min(Integer.MAX_VALUE - 8, ids.length * 2L);
        ids = Arrays.copyOf(ids, capacity);
        counts = Arrays.copyOf(counts, capacity);
      }
      ids[row] = id;
      counts[row] = 0;
      rowOf.put(id, row);
    }
    counts[row]++;
    return row;
  }

  /** Multiplies every count with {@code factor}. */
  public void decay(double factor) {
    for (int r = 0; r < size; r++) {
      counts[r] *= (float) factor;
    }
  }

  /**
   * Forgets the least used tenth, at least one id.
   *
   * @return the rows that stay, ascending; row {@code i} is what the i-th of them was
   */
  public int[] evict() {
    int drop = Math.max(1, maxIds / 10);
    int[] byUse = new int[size];
    for (int r = 0; r < size; r++) {
      byUse[r] = r;
    }
    IntArrays.quickSort(
        byUse,
        (a, b) -> {
          int order = Float.compare(counts[a], counts[b]);
          return order != 0 ? order : Long.compare(ids[a], ids[b]);
        });
    int[] kept = Arrays.copyOfRange(byUse, Math.min(drop, size), size);
    Arrays.sort(kept);
    rowOf.clear();
    for (int i = 0; i < kept.length; i++) {
      ids[i] = ids[kept[i]];
      counts[i] = counts[kept[i]];
      rowOf.put(ids[i], i);
    }
    size = kept.length;
    return kept;
  }

  /** Bytes a server needs to find rows by id: 8 an id, as ids are stored in row order. */
  public long servingBytes() {
    return (long) size * Long.BYTES;
  }

  /** Bytes while training: hash slots of an id and a row at load 3/4, and id and count by row. */
  public long trainingBytes() {
    return ((long) (size / .75)) * (Long.BYTES + Integer.BYTES)
        + (long) size * (Long.BYTES + Float.BYTES);
  }

  /** Writes ids and counts in row order. */
  public void writeState(DataOutput out) throws IOException {
    out.writeInt(size);
    for (int r = 0; r < size; r++) {
      out.writeLong(ids[r]);
      out.writeFloat(counts[r]);
    }
  }

  /** Reads what {@link #writeState} wrote. */
  public void readState(DataInput in) throws IOException {
    size = in.readInt();
    ids = new long[Math.max(16, size)];
    counts = new float[Math.max(16, size)];
    rowOf.clear();
    rowOf.ensureCapacity(size);
    for (int r = 0; r < size; r++) {
      ids[r] = in.readLong();
      counts[r] = in.readFloat();
      rowOf.put(ids[r], r);
    }
  }
}
