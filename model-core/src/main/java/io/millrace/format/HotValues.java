package io.millrace.format;

import io.millrace.event.Schema;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import it.unimi.dsi.fastutil.longs.LongComparators;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A bounded dictionary id → raw value of the most frequent ids of each field, so that reports can
 * say {@code site=1fbe01fe} instead of a hash.
 *
 * <p>Up to {@code 2 * capacity} values of a field are counted; then the {@code capacity} with the
 * highest counts stay. A new value starts at the largest count that was ever dropped, plus 1. So
 * counts are upper bounds, and a value that occurs often enough stays (the idea of "space-saving",
 * Metwally et al. 2005, with batched eviction). Amortised O(1) per value. Values over 64 bytes are
 * cut. The counts of several dictionaries can be added. Not thread-safe.
 */
public final class HotValues implements ValueListener {

  private static final int MAX_BYTES = 64;

  private final Schema schema;
  private final int capacity;
  private final List<Long2ObjectOpenHashMap<Entry>> fields = new ArrayList<>();
  private final long[] dropped;

  /**
   * A frequent value.
   *
   * @param id the id
   * @param value the raw value, cut at 64 bytes
   * @param count number of occurrences, an upper bound
   */
  public record HotValue(long id, String value, long count) {}

  /**
   * The counts of a dictionary for one field.
   *
   * @param values the most frequent first
   * @param dropped the largest count that was dropped, 0 if none was
   */
  public record Counted(List<HotValue> values, long dropped) {

    public Counted {
      values = List.copyOf(values);
    }

    /** {@code i64 dropped | i32 n | n times (i64 id | i64 count | value)}. */
    public void write(DataOutput out) throws IOException {
      out.writeLong(dropped);
      out.writeInt(values.size());
      for (HotValue value : values) {
        out.writeLong(value.id());
        out.writeLong(value.count());
        out.writeUTF(value.value());
      }
    }

    /** Reads what {@link #write} wrote. */
    public static Counted read(DataInput in) throws IOException {
      long dropped = in.readLong();
      List<HotValue> values = new ArrayList<>();
      for (int n = in.readInt(); n > 0; n--) {
        long id = in.readLong();
        long count = in.readLong();
        values.add(new HotValue(id, in.readUTF(), count));
      }
      return new Counted(values, dropped);
    }
  }

  private static final class Entry {
    final String value;
    long count;

    Entry(String value, long count) {
      this.value = value;
      this.count = count;
    }
  }

  /**
   * An empty dictionary.
   *
   * @param capacity values kept for each field, at least 1
   */
  public HotValues(Schema schema, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be >= 1 but was " + capacity);
    }
    this.schema = schema;
    this.capacity = capacity;
    dropped = new long[schema.fields().size()];
    schema.fields().forEach(f -> fields.add(new Long2ObjectOpenHashMap<>()));
  }

  @Override
  public void value(int field, long id, byte[] bytes, int from, int length) {
    Entry entry = fields.get(field).get(id);
    if (entry != null) {
      entry.count++;
      return;
    }
    int kept = Math.min(length, MAX_BYTES);
    String value = new String(bytes, from, kept, StandardCharsets.UTF_8);
    add(field, id, value, dropped[field] + 1);
  }

  private void add(int field, long id, String value, long count) {
    Long2ObjectOpenHashMap<Entry> entries = fields.get(field);
    entries.put(id, new Entry(value, count));
    if (entries.size() >= 2L * capacity) {
      prune(field);
    }
  }

  /** All counts, by field in schema order. */
  public List<Counted> counted() {
    List<Counted> counted = new ArrayList<>();
    for (int f = 0; f < dropped.length; f++) {
      counted.add(new Counted(top(f, Integer.MAX_VALUE), dropped[f]));
    }
    return counted;
  }

  /** Forgets everything. */
  public void clear() {
    fields.forEach(Long2ObjectOpenHashMap::clear);
    Arrays.fill(dropped, 0);
  }

  /**
   * Adds the counts of another dictionary over other events. An empty dictionary becomes equal to
   * the one whose {@link #counted} it gets.
   */
  public void add(List<Counted> counted) {
    for (int f = 0; f < counted.size(); f++) {
      long before = dropped[f];
      for (HotValue value : counted.get(f).values()) {
        Entry entry = fields.get(f).get(value.id());
        if (entry != null) {
          entry.count += value.count();
        } else {
          add(f, value.id(), value.value(), before + value.count());
        }
      }
      dropped[f] = Math.max(dropped[f], before + counted.get(f).dropped());
    }
  }

  /** Keeps the values that {@link #top} would return first, without sorting all of them. */
  private void prune(int field) {
    Long2ObjectOpenHashMap<Entry> all = fields.get(field);
    long[] counts = all.values().stream().mapToLong(entry -> entry.count).toArray();
    Arrays.sort(counts);
    int cold = counts.length - capacity;
    long least = counts[cold];
    Long2ObjectOpenHashMap<Entry> kept = new Long2ObjectOpenHashMap<>(2 * capacity);
    LongArrayList ties = new LongArrayList();
    all.long2ObjectEntrySet()
        .fastForEach(
            e -> {
              if (e.getValue().count > least) {
                kept.put(e.getLongKey(), e.getValue());
              } else if (e.getValue().count == least) {
                ties.add(e.getLongKey());
              }
            });
    ties.sort(LongComparators.NATURAL_COMPARATOR);
    for (int i = 0; kept.size() < capacity; i++) {
      kept.put(ties.getLong(i), all.get(ties.getLong(i)));
    }
    fields.set(field, kept);
    dropped[field] = Math.max(dropped[field], counts[cold - 1]);
  }

  /** The {@code n} most frequent values of a field, the smaller id first among equal counts. */
  public List<HotValue> top(int field, int n) {
    List<HotValue> all = new ArrayList<>();
    fields
        .get(field)
        .long2ObjectEntrySet()
        .fastForEach(
            e -> all.add(new HotValue(e.getLongKey(), e.getValue().value, e.getValue().count)));
    all.sort(Comparator.comparingLong(HotValue::count).reversed().thenComparing(HotValue::id));
    return all.size() <= n ? all : new ArrayList<>(all.subList(0, n));
  }

  /** {@code field=value} if the value is known, {@code field=#hex} of the id if not. */
  public String describe(int field, long id) {
    Entry entry = fields.get(field).get(id);
    String name = schema.fields().get(field).name();
    return name + "=" + (entry == null ? String.format("#%016x", id) : entry.value);
  }
}
