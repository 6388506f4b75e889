package io.millrace.event;

import io.millrace.math.XxHash64;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The canonical hash of an event: XXH64, with seed 0, of what was decoded. Equal rows have equal
 * hashes in every file and topic format. It orders events of equal time, and samples events.
 *
 * <pre>
 * i64 event time | f32 label | i32 dense columns | f32 each | i32 fields | i32 end offset each | i64 each id
 * </pre>
 *
 * <p>These bytes are little-endian; a NaN has the bits of {@link Float#NaN}. Marks of missing
 * values are no part of it. Cost: about 0.1 us for 26 ids and 13 dense columns, and no allocation
 * after the first events. Not thread-safe: it writes to a buffer of its own.
 */
public final class EventHash {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** Bytes besides those of values, offsets and ids. */
  private static final int FIXED = 20;

  private final long seed;
  private byte[] bytes = new byte[512];

  /** The canonical hash. */
  public EventHash() {
    this(0);
  }

  /** The hash of the same bytes with another seed. */
  public EventHash(long seed) {
    this.seed = seed;
  }

  /** The hash of one event. */
  public long of(ClickEvent event) {
    int ints = event.dense().length + event.fields();
    int length = FIXED + Integer.BYTES * ints + Long.BYTES * event.ids().length;
    if (bytes.length < length) {
      bytes = new byte[2 * length];
    }
    LONG.set(bytes, 0, event.eventTime());
    INT.set(bytes, 8, Float.floatToIntBits(event.label()));
    INT.set(bytes, 12, event.dense().length);
    writeIds(event, writeDense(event.dense(), 16));
    return XxHash64.hash(bytes, 0, length, seed);
  }

  private int writeDense(float[] dense, int from) {
    int at = from;
    for (float value : dense) {
      INT.set(bytes, at, Float.floatToIntBits(value));
      at += Integer.BYTES;
    }
    return at;
  }

  private void writeIds(ClickEvent event, int from) {
    int at = from;
    INT.set(bytes, at, event.fields());
    for (int f = 1; f < event.offsets().length; f++) {
      at += Integer.BYTES;
      INT.set(bytes, at, event.offsets()[f]);
    }
    at += Integer.BYTES;
    for (long id : event.ids()) {
      LONG.set(bytes, at, id);
      at += Long.BYTES;
    }
  }
}
