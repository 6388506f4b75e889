package io.millrace.table;

import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Gives each id a row of its own, up to a bound, and evicts the least used ids beyond it.
 *
 * <p>Every id has an access count that {@link #decay} reduces, so that recent accesses count more.
 * At the bound, a tenth of the ids is evicted at once, the smallest counts first and the smaller id
 * among equals; so the cost per new id stays constant.
 */
public final class IdIndex {

  private final int maxIds;
  private final Long2IntOpenHashMap rowOf = new Long2IntOpenHashMap();
  private long[] ids = new long[16];
  private float[] counts = new float[16];
  private final RowGuard countGuard = new RowGuard();
  private int size;

  /** An index of at most {@code maxIds} ids. */
  public IdIndex(int maxIds) {
    if (maxIds < 1) {
      throw new IllegalArgumentException("max_ids must be >= 1 but was " + maxIds);
    }
    this.maxIds = maxIds;
    rowOf.defaultReturnValue(-1);
  }

  /** Number of ids. */
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
    return access(id, 1);
  }

  /** The same with a number of accesses, at least 0. */
  public int access(long id, float accesses) {
    int row = rowOf.get(id);
    if (row < 0) {
      row = size++;
      if (row == ids.length) {
        int capacity = (int) Math.min(Integer.MAX_VALUE - 8, ids.length * 2L);
        ids = Arrays.copyOf(ids, capacity);
        counts = Arrays.copyOf(counts, capacity);
        countGuard.replaced();
      }
      ids[row] = id;
      counts[row] = 0;
      rowOf.put(id, row);
    }
    if (!countGuard.idle()) {
      countGuard.beforeChange(row);
    }
    counts[row] += accesses;
    return row;
  }

  /** The access count of {@code row}, which is 0 afterwards. */
  public float takeCount(int row) {
    countGuard.beforeChange(row);
    float count = counts[row];
    counts[row] = 0;
    return count;
  }

  /** Multiplies every count by {@code factor}. */
  public void decay(double factor) {
    leaveCounts();
    for (int r = 0; r < size; r++) {
      counts[r] *= (float) factor;
    }
  }

  /** Replaces the counts by a copy if a frozen state still needs them. */
  private void leaveCounts() {
    if (!countGuard.idle()) {
      counts = counts.clone();
      countGuard.replaced();
    }
  }

  /**
   * Evicts the least used tenth, at least one id.
   *
   * @return the rows that stay, ascending; the i-th of them becomes row {@code i}
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
    leaveCounts();
    ids =
        ids.clone(); // never changed in place, as a frozen state may read them until it is written
    rowOf.clear();
    for (int i = 0; i < kept.length; i++) {
      ids[i] = ids[kept[i]];
      counts[i] = counts[kept[i]];
      rowOf.put(ids[i], i);
    }
    size = kept.length;
    return kept;
  }

  /** Bytes a server needs to find rows by id: 8 per id, because ids are stored in row order. */
  public long servingBytes() {
    return (long) size * Long.BYTES;
  }

  /** Bytes while training: hash slots with id and row at load 3/4, and id and count per row. */
  public long trainingBytes() {
    return ((long) (size / .75)) * (Long.BYTES + Integer.BYTES)
        + (long) size * (Long.BYTES + Float.BYTES);
  }

  /** Writes ids and counts in row order. */
  public void writeState(DataOutput out) throws IOException {
    out.writeInt(size);
    FrozenRows frozen = countGuard.freeze(out, counts, 1, size);
    if (frozen == null) {
      new Entries().write(out, ids, counts, 0, size);
      return;
    }
    long[] asTheyAre = ids;
    FrozenState.writeLater(out, o -> write(o, asTheyAre, frozen));
  }

  private static void write(DataOutput out, long[] ids, FrozenRows counts) throws IOException {
    Entries entries = new Entries();
    float[] block = new float[counts.blockRows()];
    int first = 0;
    for (int n = counts.next(block); n > 0; n = counts.next(block)) {
      entries.write(out, ids, block, first, n);
      first += n;
    }
  }

  /** Reads and writes ids with counts in blocks: {@code i64 id | f32 count}, big-endian. */
  private static final class Entries {
    private static final int BYTES = Long.BYTES + Float.BYTES;
    private static final int MOST = 4096;

    private final byte[] bytes = new byte[MOST * BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);

    /** Writes {@code ids[first ..]} with {@code counts[0 .. n)}. */
    void write(DataOutput out, long[] ids, float[] counts, int first, int n) throws IOException {
      for (int from = 0; from < n; from += MOST) {
        int to = Math.min(n, from + MOST);
        buffer.clear();
        for (int i = from; i < to; i++) {
          buffer.putLong(ids[first + i]).putFloat(counts[i]);
        }
        out.write(bytes, 0, buffer.position());
      }
    }

    /** Reads {@code ids[0 .. n)} and {@code counts[0 .. n)}. */
    void read(DataInput in, long[] ids, float[] counts, int n) throws IOException {
      for (int from = 0; from < n; from += MOST) {
        int to = Math.min(n, from + MOST);
        in.readFully(bytes, 0, (to - from) * BYTES);
        buffer.clear();
        for (int i = from; i < to; i++) {
          ids[i] = buffer.getLong();
          counts[i] = buffer.getFloat();
        }
      }
    }
  }

  /** Reads what {@link #writeState} wrote. */
  public void readState(DataInput in) throws IOException {
    size = in.readInt();
    ids = new long[Math.max(16, size)];
    counts = new float[Math.max(16, size)];
    countGuard.replaced();
    new Entries().read(in, ids, counts, size);
    rowOf.clear();
    rowOf.ensureCapacity(size);
    for (int r = 0; r < size; r++) {
      rowOf.put(ids[r], r);
    }
  }
}
