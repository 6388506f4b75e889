package io.millrace.values;

import io.millrace.format.ValueListener;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * The raw values behind the ids of one event, for components that do not see its bytes.
 *
 * <pre>
 * value i:  fields[i] | ids[i] | bytes[ends[i-1] .. ends[i])
 * </pre>
 *
 * @param fields index of each value's field
 * @param ids each value's id
 * @param ends offset in {@code bytes} after each value; the first value starts at 0
 * @param bytes the values as UTF-8, one after the other
 */
@SuppressWarnings("ArrayRecordComponent") // columns of a table; never written after construction
public record EventValues(int[] fields, long[] ids, int[] ends, byte[] bytes) {

  /** No values, as in the binary form of events. */
  public static final EventValues NONE =
      new EventValues(new int[0], new long[0], new int[0], new byte[0]);

  /** Passes every value to {@code listener}. */
  public void forEach(ValueListener listener) {
    int from = 0;
    for (int i = 0; i < ids.length; i++) {
      listener.value(fields[i], ids[i], bytes, from, ends[i] - from);
      from = ends[i];
    }
  }

  /** {@code i32 n | n times (i32 field | i64 id | i32 end)}, then the bytes. */
  public void write(DataOutput out) throws IOException {
    out.writeInt(ids.length);
    for (int i = 0; i < ids.length; i++) {
      out.writeInt(fields[i]);
      out.writeLong(ids[i]);
      out.writeInt(ends[i]);
    }
    out.write(bytes);
  }

  /** Reads what {@link #write} wrote. */
  public static EventValues read(DataInput in) throws IOException {
    int n = in.readInt();
    EventValues values = new EventValues(new int[n], new long[n], new int[n], null);
    for (int i = 0; i < n; i++) {
      values.fields[i] = in.readInt();
      values.ids[i] = in.readLong();
      values.ends[i] = in.readInt();
    }
    byte[] bytes = new byte[n == 0 ? 0 : values.ends[n - 1]];
    in.readFully(bytes);
    return new EventValues(values.fields, values.ids, values.ends, bytes);
  }

  /** Collects the values of one event after the other. Not thread-safe. */
  public static final class Collector implements ValueListener {
    private int[] fields = new int[32];
    private long[] ids = new long[32];
    private int[] ends = new int[32];
    private byte[] bytes = new byte[512];
    private int size;
    private int used;

    @Override
    public void value(int field, long id, byte[] from, int start, int length) {
      if (size == ids.length) {
        fields = Arrays.copyOf(fields, 2 * size);
        ids = Arrays.copyOf(ids, 2 * size);
        ends = Arrays.copyOf(ends, 2 * size);
      }
      if (bytes.length - used < length) {
        bytes = Arrays.copyOf(bytes, Math.max(used + length, 2 * used));
      }
      System.arraycopy(from, start, bytes, used, length);
      used += length;
      fields[size] = field;
      ids[size] = id;
      ends[size++] = used;
    }

    /** The values since the last call. */
    public EventValues take() {
      if (size == 0) {
        return NONE;
      }
      EventValues values =
          new EventValues(
              Arrays.copyOf(fields, size),
              Arrays.copyOf(ids, size),
              Arrays.copyOf(ends, size),
              Arrays.copyOf(bytes, used));
      size = 0;
      used = 0;
      return values;
    }
  }
}
