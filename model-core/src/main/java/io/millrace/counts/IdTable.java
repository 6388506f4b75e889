package io.millrace.counts;

import java.util.Arrays;

/**
 * A hash table from ids to a few 64-bit numbers each: open addressing with linear probing in one
 * array, so that an access touches one or two cache lines.
 *
 * <pre>
 * long[(capacity + 1) * (1 + width)]: id, number 1, ..., number width | id, ... | slot of the id 0
 * </pre>
 *
 * <p>A place with the id 0 is empty; the id 0 itself has the last place. Capacities are powers of
 * two, and at most three quarters of the places are taken. Ids are found by a position in the
 * array, which holds until the next {@link #claim} or {@link #removeIf}.
 */
public final class IdTable {

  private static final int LEAST = 16;

  /** Chooses among the ids of a table. */
  @FunctionalInterface
  public interface Choice {
    /** Whether the id at position {@code at} of {@code table} is chosen. */
    boolean test(IdTable table, int at);
  }

  private final int width;
  private long[] slots;
  private int mask;
  private int size;
  private boolean zero;

  /** An empty table with room for {@code expected} ids of {@code width} numbers each. */
  public IdTable(int width, int expected) {
    this.width = width;
    allocate(capacity(expected));
  }

  private static int capacity(int ids) {
    int wanted = Math.max(LEAST, ids + ids / 3 + 1);
    return Integer.highestOneBit(wanted - 1) << 1;
  }

  private void allocate(int capacity) {
    slots = new long[(capacity + 1) * (1 + width)];
    mask = capacity - 1;
  }

  /** The hash that places an id; the upper half of {@link IdCounts#mix} chooses its shard. */
  public static int hash(long id) {
    return (int) IdCounts.mix(id);
  }

  /** Number of ids. */
  public int size() {
    return size;
  }

  /** Numbers per id. */
  int width() {
    return width;
  }

  /** Bytes of the array. */
  long bytes() {
    return 8L * slots.length;
  }

  /** Places, without that of the id 0. */
  int capacity() {
    return mask + 1;
  }

  /** Position of an id, or -1. */
  public int find(long id, int hash) {
    if (id == 0) {
      return zero ? zeroPosition() : -1;
    }
    for (int place = hash & mask; ; place = (place + 1) & mask) {
      int at = place * (1 + width);
      if (slots[at] == id) {
        return at;
      }
      if (slots[at] == 0) {
        return -1;
      }
    }
  }

  private int zeroPosition() {
    return (mask + 1) * (1 + width);
  }

  /** Position of an id, which gets one with zeros if it has none. */
  public int claim(long id, int hash) {
    if (id == 0) {
      size += zero ? 0 : 1;
      zero = true;
      return zeroPosition();
    }
    for (int place = hash & mask; ; place = (place + 1) & mask) {
      int at = place * (1 + width);
      if (slots[at] == id) {
        return at;
      }
      if (slots[at] == 0) {
        return take(at, id, hash);
      }
    }
  }

  private int take(int at, long id, int hash) {
    if (4L * (size + 1) > 3L * (mask + 1)) {
      resize((mask + 1) << 1, (table, position) -> false);
      return claim(id, hash);
    }
    slots[at] = id;
    size++;
    return at;
  }

  /** Drops ids, and shrinks the array to what the others need. */
  public void removeIf(Choice dropped) {
    int left = 0;
    for (int at = next(-1); at >= 0; at = next(at)) {
      left += dropped.test(this, at) ? 0 : 1;
    }
    if (left < size) {
      resize(capacity(left), dropped);
    }
  }

  private void resize(int capacity, Choice dropped) {
    IdTable old = new IdTable(this);
    allocate(capacity);
    size = 0;
    zero = false;
    for (int at = old.next(-1); at >= 0; at = old.next(at)) {
      if (!dropped.test(old, at)) {
        putAll(old, at);
      }
    }
  }

  /** A second view of a table, on the same array. */
  private IdTable(IdTable same) {
    width = same.width;
    slots = same.slots;
    mask = same.mask;
    size = same.size;
    zero = same.zero;
  }

  /** Drops all ids; the array shrinks only if it was far larger than they needed. */
  public void clear() {
    int again = capacity(size);
    if (again < capacity() / 4) {
      allocate(again);
    } else {
      Arrays.fill(slots, 0);
    }
    size = 0;
    zero = false;
  }

  /** Copies an id and its numbers from a table of the same width. */
  void putAll(IdTable from, int position) {
    long id = from.slots[position];
    int at = claim(id, hash(id));
    System.arraycopy(from.slots, position + 1, slots, at + 1, width);
  }

  /** Adds all numbers of a table of the same width, as integers. */
  void addAll(IdTable more) {
    for (int from = more.next(-1); from >= 0; from = more.next(from)) {
      long id = more.slots[from];
      int at = claim(id, hash(id));
      for (int c = 1; c <= width; c++) {
        slots[at + c] += more.slots[from + c];
      }
    }
  }

  /**
   * The next position that is taken, in no particular order.
   *
   * @param at a position, or -1 for the first one
   * @return -1 after the last one
   */
  public int next(int at) {
    int end = zeroPosition();
    for (int next = at < 0 ? 0 : at + 1 + width; next < end; next += 1 + width) {
      if (slots[next] != 0) {
        return next;
      }
    }
    return zero && at < end ? end : -1;
  }

  /** The id at a position. */
  public long id(int at) {
    return slots[at];
  }

  /** One of the numbers at a position; {@code column} counts from 0. */
  public long get(int at, int column) {
    return slots[at + 1 + column];
  }

  /** Sets one of the numbers at a position. */
  public void set(int at, int column, long value) {
    slots[at + 1 + column] = value;
  }

  /** Adds to one of the numbers at a position. */
  public void add(int at, int column, long more) {
    slots[at + 1 + column] += more;
  }

  /** One of the numbers at a position, as a floating-point number. */
  double getDouble(int at, int column) {
    return Double.longBitsToDouble(get(at, column));
  }

  /** Sets one of the numbers at a position to the bits of a floating-point number. */
  void setDouble(int at, int column, double value) {
    set(at, column, Double.doubleToRawLongBits(value));
  }
}
