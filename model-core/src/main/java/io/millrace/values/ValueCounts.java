package io.millrace.values;

import io.millrace.format.ValueListener;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Exact counts of all ids of each field, and the raw values of the most frequent ones. Takes 20 to
 * 40 bytes for each distinct id, without bound: for samples. {@link HotValues} counts streams.
 *
 * <p>A value is named when its count exceeds the smallest of the named ones, so that the names are
 * at any time those of the largest counts. Not thread-safe.
 */
public final class ValueCounts implements ValueListener {

  private static final int MAX_BYTES = 64;

  private final int named;
  private final List<Field> fields = new ArrayList<>();

  /** A named value; equal counts keep the order in which they were reached. */
  private record Named(long id, String value, long count) {}

  private static final class Field {
    final Long2LongOpenHashMap counts = new Long2LongOpenHashMap();
    final List<Named> top = new ArrayList<>();
  }

  /**
   * Counts of nothing.
   *
   * @param fields number of fields
   * @param named values of each field whose names are kept, at least 1
   */
  public ValueCounts(int fields, int named) {
    this.named = named;
    for (int f = 0; f < fields; f++) {
      this.fields.add(new Field());
    }
  }

  @Override
  public void value(int field, long id, byte[] bytes, int from, int length) {
    Field counted = fields.get(field);
    long count = counted.counts.addTo(id, 1) + 1;
    List<Named> top = counted.top;
    if (top.size() == named && count <= top.get(named - 1).count()) {
      return;
    }
    String value = new String(bytes, from, Math.min(length, MAX_BYTES), StandardCharsets.UTF_8);
    top.removeIf(v -> v.id() == id);
    top.add(new Named(id, value, count));
    top.sort(Comparator.comparingLong(Named::count).reversed());
    if (top.size() > named) {
      top.remove(named);
    }
  }

  /** Number of distinct values of a field, missing ones left out. */
  public int distinct(int field) {
    return fields.get(field).counts.size();
  }

  /** The most frequent values of a field with their counts, such as {@code a (12)}. */
  public List<String> top(int field) {
    return fields.get(field).top.stream().map(v -> v.value() + " (" + v.count() + ")").toList();
  }
}
