package io.millrace.linear;

import io.millrace.event.ClickEvent;
import io.millrace.event.Schema;
import io.millrace.math.Mix64;
import io.millrace.records.Copyable;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which weights an event uses: a slot for each of its ids, and for each dense value that of its
 * bin. A hash of (number of the column, id or bin) gives the slot, so two of them may share one.
 *
 * @param slots number of weights without the bias, at least 1
 * @param fields categorical fields
 * @param dense dense columns
 * @param bins bins per unit of a dense value; 0 to leave dense values out
 * @param numbers the number of each field and, after them, of each dense column, by which it is
 *     hashed; empty for the positions 0, 1, ... in this order
 */
public record LinearSlots(int slots, int fields, int dense, int bins, List<Integer> numbers)
    implements Copyable<LinearSlots> {

  /** Chooses the hash of columns; part of the format of published models. */
  private static final long SEED = 0x11EA2;

  /** Bins further from 0 than this are one bin. */
  private static final float MOST_BINS = 1 << 20;

  public LinearSlots {
    if (slots < 1) {
      throw new IllegalArgumentException("slots must be >= 1 but was " + slots);
    }
    if (bins < 0) {
      throw new IllegalArgumentException("bins must be >= 0 but was " + bins);
    }
    int columns = fields + dense;
    numbers =
        numbers.isEmpty() ? IntStream.range(0, columns).boxed().toList() : List.copyOf(numbers);
    if (numbers.size() != columns) {
      throw new IllegalArgumentException(
          "numbers must be %d but were %d".formatted(columns, numbers.size()));
    }
  }

  /** The slots of columns that are numbered by their positions. */
  public LinearSlots(int slots, int fields, int dense, int bins) {
    this(slots, fields, dense, bins, List.of());
  }

  /** The slots of the columns of a schema. */
  public static LinearSlots of(Schema schema, int slots, int bins) {
    return new LinearSlots(
        slots, schema.fields().size(), schema.dense().size(), bins, schema.numbers());
  }

  /** Keys of the fields and, after them, the dense columns, for {@link #of}. */
  long[] keys() {
    long[] keys = new long[fields + dense];
    for (int c = 0; c < keys.length; c++) {
      keys[c] = Mix64.key(Mix64.mix(numbers.get(c), SEED));
    }
    return keys;
  }

  /** Number of slots that an event uses. */
  int count(ClickEvent event) {
    return event.ids().length + (bins > 0 ? dense : 0);
  }

  /**
   * The slots of an event, in the order of its ids and then of its dense columns; a slot occurs
   * twice where two of them share it.
   *
   * @param keys those of {@link #keys}
   * @param to receives the slots from {@code at} on
   * @return the position after the last
   */
  int of(ClickEvent event, long[] keys, int[] to, int at) {
    long[] ids = event.ids();
    int[] offsets = event.offsets();
    for (int f = 0; f < fields; f++) {
      for (int i = offsets[f]; i < offsets[f + 1]; i++) {
        to[at++] = ofId(ids[i], keys[f]);
      }
    }
    if (bins > 0) {
      for (int c = 0; c < dense; c++) {
        to[at++] = ofDense(event.dense()[c], keys[fields + c]);
      }
    }
    return at;
  }

  /**
   * The slot of an id.
   *
   * @param key its field's among those of {@link #keys}
   */
  int ofId(long id, long key) {
    return Mix64.reduce(Mix64.mix(id ^ key), slots);
  }

  /** The slot of a dense value, with the key of its column; only with {@link #bins}. */
  int ofDense(float value, long key) {
    return Mix64.reduce(Mix64.mix(bin(value) ^ key), slots);
  }

  /** The bin of a dense value, {@code floor(bins * value)} within bounds. */
  private long bin(float value) {
    return (long) Math.floor(Math.max(-MOST_BINS, Math.min(MOST_BINS, value * bins)));
  }
}
