package io.millrace.event;

/**
 * One impression with its label: the unit that all components of Millrace exchange.
 *
 * <p>Categorical fields are stored flat. Field {@code f} holds the ids {@code
 * ids[offsets[f]..offsets[f + 1])}: one for a single-valued field, several for a multi-hot one, and
 * the field's own <em>missing</em> id where there was no value, so a field is never empty.
 *
 * @param eventTime time of the event, milliseconds since 1970-01-01T00:00:00Z
 * @param label 1 for a click (or what the schema calls positive), 0 otherwise, NaN if unknown
 * @param dense transformed dense features in schema order, {@code float[denseColumns]}
 * @param ids 64-bit ids of all fields, field by field; see {@link IdEncoder}
 * @param offsets {@code int[fields + 1]}, ascending, from 0 to {@code ids.length}
 * @param missing bit {@code d % 64} of {@code missing[d / 64]} is set where dense column {@code d}
 *     had no value; empty if all had one, null if unknown. Only components right after a decoder
 *     see it: {@link EventBytes} does not keep it
 */
@SuppressWarnings("ArrayRecordComponent") // the hot path: arrays are shared, never written
public record ClickEvent(
    long eventTime, float label, float[] dense, long[] ids, int[] offsets, long[] missing)
    implements Decoded {

  private static final long[] NONE_MISSING = {};

  /** An event without information on missing values. */
  public ClickEvent(long eventTime, float label, float[] dense, long[] ids, int[] offsets) {
    this(eventTime, label, dense, ids, offsets, null);
  }

  /**
   * Marks a dense column as missing.
   *
   * @param missing marks so far; changed unless empty
   * @param columns number of dense columns
   * @return the marks
   */
  public static long[] mark(long[] missing, int column, int columns) {
    long[] marks = missing.length > 0 ? missing : new long[(columns + 63) >> 6];
    marks[column >> 6] |= 1L << column;
    return marks;
  }

  /** Marks of an event without a missing value. */
  public static long[] noneMissing() {
    return NONE_MISSING;
  }

  /** True if a dense column is known to have had no value. */
  public boolean missing(int column) {
    return missing != null && missing.length > 0 && (missing[column >> 6] >>> column & 1) != 0;
  }

  /** Number of categorical fields. */
  public int fields() {
    return offsets.length - 1;
  }

  /** True for a click. */
  public boolean clicked() {
    return label == 1;
  }

  /** True if the label is known. */
  public boolean labelled() {
    return !Float.isNaN(label);
  }
}
