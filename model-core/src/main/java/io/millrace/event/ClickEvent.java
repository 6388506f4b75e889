package io.millrace.event;

/**
 * One impression and what became of it: the unit that every part of Millrace passes along.
 *
 * <p>Categorical fields are stored flat. Field {@code f} holds the ids {@code
 * ids[offsets[f]..offsets[f + 1])}: one for a single-valued field, several for a multi-hot one, and
 * the field's own <em>missing</em> id where there was no value, so a field is never empty.
 *
 * @param eventTime when it happened, milliseconds since 1970-01-01T00:00:00Z
 * @param label 1 for a click (or what the schema calls positive), 0 otherwise, NaN if unknown
 * @param dense transformed dense features in schema order, {@code float[denseColumns]}
 * @param ids 64-bit ids of all fields, field by field; see {@link IdEncoder}
 * @param offsets {@code int[fields + 1]}, ascending, from 0 to {@code ids.length}
 */
@SuppressWarnings("ArrayRecordComponent") // the hot path: arrays are shared, never written
public record ClickEvent(long eventTime, float label, float[] dense, long[] ids, int[] offsets)
    implements Decoded {

  /** Number of categorical fields. */
  public int fields() {
    return offsets.length - 1;
  }

  /** True for a click. */
  public boolean clicked() {
    return label == 1;
  }

  /** True where the label is known. */
  public boolean labelled() {
    return !Float.isNaN(label);
  }
}
