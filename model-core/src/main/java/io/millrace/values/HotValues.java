package io.millrace.values;

import io.millrace.event.Schema;
import io.millrace.event.SchemaChange;
import io.millrace.format.ValueListener;
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
 * highest upper bounds stay. A value that is met for the first time may have been dropped before,
 * with at most the largest upper bound that was ever dropped: that is its error. So the truth is in
 * {@code [count, count + error]}, and a value that occurs often enough stays (the idea of
 * "space-saving", Metwally et al. 2005, with batched eviction). Amortised O(1) per value. Values
 * over 64 bytes are cut. Not thread-safe.
 *
 * <p>The counts of several dictionaries can be added (Agarwal et al. 2012, "Mergeable summaries").
 * A value that only one of them holds may have been dropped by the other, which adds the other's
 * largest dropped bound to its error.
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
   * @param count occurrences that were counted, at least 1; the truth is not less
   * @param error occurrences that may have been missed: the truth is at most {@code count + error};
   *     0 if the count is exact
   */
  public record HotValue(long id, String value, long count, long error) {}

  /**
   * The counts of a dictionary for one field.
   *
   * @param values the most frequent first
   * @param dropped upper bound on the occurrences of any value that is not there, 0 if none was
   *     dropped
   */
  public record Counted(List<HotValue> values, long dropped) {

    public Counted {
      values = List.copyOf(values);
    }

    /** {@code i64 dropped | i32 n | n times (i64 id | i64 count | i64 error | value)}. */
    public void write(DataOutput out) throws IOException {
      out.writeLong(dropped);
      out.writeInt(values.size());
      for (HotValue value : values) {
        out.writeLong(value.id());
        out.writeLong(value.count());
        out.writeLong(value.error());
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
        long error = in.readLong();
        values.add(new HotValue(id, in.readUTF(), count, error));
      }
      return new Counted(values, dropped);
    }

    /**
     * Reads {@code i64 dropped | i32 n | n times (i64 id | i64 count | value)}, which older
     * programs wrote. Their counts were at most {@code dropped} too large, and after an addition at
     * most {@code dropped} too small.
     */
    public static Counted readWithoutErrors(DataInput in) throws IOException {
      long dropped = in.readLong();
      List<HotValue> values = new ArrayList<>();
      for (int n = in.readInt(); n > 0; n--) {
        long id = in.readLong();
        long old = in.readLong();
        long count = Math.max(1, old - dropped);
        values.add(new HotValue(id, in.readUTF(), count, old + dropped - count));
      }
      return new Counted(values, 2 * dropped);
    }
  }

  private static final class Entry {
    final String value;
    long count;
    long error;

    Entry(String value, long count, long error) {
      this.value = value;
      this.count = count;
      this.error = error;
    }

    long most() {
      return count + error;
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
    fields.get(field).put(id, new Entry(value, 1, dropped[field]));
    pruneIfFull(field);
  }

  private void pruneIfFull(int field) {
    if (fields.get(field).size() >= 2L * capacity) {
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
   * Adds the counts of a dictionary of another schema.
   *
   * @param counted by field of the former schema
   * @param change from that schema to the one of this dictionary
   */
  public void add(List<Counted> counted, SchemaChange change) {
    List<Counted> moved = new ArrayList<>();
    for (int from : change.fields()) {
      boolean known = from != SchemaChange.NEW && from < counted.size();
      moved.add(known ? counted.get(from) : new Counted(List.of(), 0));
    }
    add(moved);
  }

  /**
   * Adds the counts of another dictionary over other events. An empty dictionary becomes equal to
   * the one whose {@link #counted} it gets.
   */
  public void add(List<Counted> counted) {
    for (int f = 0; f < counted.size(); f++) {
      add(f, counted.get(f));
      pruneIfFull(f);
    }
  }

  private void add(int field, Counted other) {
    Long2ObjectOpenHashMap<Entry> entries = fields.get(field);
    if (other.dropped() > 0) {
      entries.values().forEach(entry -> entry.error += other.dropped());
    }
    for (HotValue value : other.values()) {
      Entry entry = entries.get(value.id());
      if (entry == null) {
        long error = dropped[field] + value.error();
        entries.put(value.id(), new Entry(value.value(), value.count(), error));
      } else {
        entry.count += value.count();
        entry.error += value.error() - other.dropped();
      }
    }
    dropped[field] += other.dropped();
  }

  /** Keeps the values of the largest upper bounds, without sorting all values. */
  private void prune(int field) {
    Long2ObjectOpenHashMap<Entry> all = fields.get(field);
    long[] counts = all.values().stream().mapToLong(Entry::most).toArray();
    Arrays.sort(counts);
    int cold = counts.length - capacity;
    long least = counts[cold];
    Long2ObjectOpenHashMap<Entry> kept = new Long2ObjectOpenHashMap<>(2 * capacity);
    LongArrayList ties = new LongArrayList();
    all.long2ObjectEntrySet()
        .fastForEach(
            e -> {
              if (e.getValue().most() > least) {
                kept.put(e.getLongKey(), e.getValue());
              } else if (e.getValue().most() == least) {
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

  /**
   * The {@code n} values of a field that were counted most often, the smaller id first among equal
   * counts.
   */
  public List<HotValue> top(int field, int n) {
    List<HotValue> all = new ArrayList<>();
    fields
        .get(field)
        .long2ObjectEntrySet()
        .fastForEach(
            e -> {
              Entry entry = e.getValue();
              all.add(new HotValue(e.getLongKey(), entry.value, entry.count, entry.error));
            });
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
