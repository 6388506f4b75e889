package io.millrace.event;

import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A bounded dictionary id → raw value of the most frequent ids of each field, so that reports can
 * say {@code site=1fbe01fe} instead of a hash.
 *
 * <p>Up to {@code 2 * capacity} values of a field are counted; then the {@code capacity} with the
 * highest counts stay. A newcomer starts at the largest count that was ever dropped, plus 1, so
 * that counts are upper bounds and a value that comes often enough gets in for good (the idea of
 * "space-saving", Metwally et al. 2005, with batched eviction). Amortised O(1) a value. Values over
 * 64 bytes are cut. Not thread-safe.
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
   * @param count how often it was seen, an upper bound
   */
  public record HotValue(long id, String value, long count) {}

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

  /** Adds what another dictionary, perhaps of another process, has counted. */
  public void add(int field, long id, String value, long count) {
    Long2ObjectOpenHashMap<Entry> entries = fields.get(field);
    Entry entry = entries.get(id);
    if (entry != null) {
      entry.count += count;
      return;
    }
    entries.put(id, new Entry(value, count));
    if (entries.size() >= 2L * capacity) {
      prune(field);
    }
  }

  private void prune(int field) {
    List<HotValue> all = top(field, Integer.MAX_VALUE);
    Long2ObjectOpenHashMap<Entry> entries = fields.get(field);
    for (HotValue cold : all.subList(capacity, all.size())) {
      entries.remove(cold.id());
      dropped[field] = Math.max(dropped[field], cold.count());
    }
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
