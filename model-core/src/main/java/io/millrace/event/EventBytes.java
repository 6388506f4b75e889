package io.millrace.event;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The bytes of an event in state and between operators; records from outside have codecs of their
 * own.
 *
 * <pre>
 * i64 event time | f32 label | i32 dense columns | f32 each | i32 fields | i32 end offset each | i64 each id
 * </pre>
 */
public final class EventBytes {

  private EventBytes() {}

  /** Writes one event. */
  public static void write(ClickEvent event, DataOutput out) throws IOException {
    out.writeLong(event.eventTime());
    out.writeFloat(event.label());
    out.writeInt(event.dense().length);
    for (float value : event.dense()) {
      out.writeFloat(value);
    }
    out.writeInt(event.fields());
    for (int f = 1; f < event.offsets().length; f++) {
      out.writeInt(event.offsets()[f]);
    }
    for (long id : event.ids()) {
      out.writeLong(id);
    }
  }

  /** Number of bytes that {@link #write} writes. */
  public static int length(ClickEvent event) {
    int head = Long.BYTES + Float.BYTES + 2 * Integer.BYTES;
    return head
        + event.dense().length * Float.BYTES
        + event.fields() * Integer.BYTES
        + event.ids().length * Long.BYTES;
  }

  /** Reads what {@link #write} wrote. */
  public static ClickEvent read(DataInput in) throws IOException {
    long eventTime = in.readLong();
    float label = in.readFloat();
    float[] dense = new float[in.readInt()];
    for (int i = 0; i < dense.length; i++) {
      dense[i] = in.readFloat();
    }
    int[] offsets = new int[in.readInt() + 1];
    for (int f = 1; f < offsets.length; f++) {
      offsets[f] = in.readInt();
    }
    long[] ids = new long[offsets[offsets.length - 1]];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = in.readLong();
    }
    return new ClickEvent(eventTime, label, dense, ids, offsets);
  }
}
