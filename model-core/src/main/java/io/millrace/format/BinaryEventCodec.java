package io.millrace.format;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Owns the compact binary form of an event, little-endian:
 *
 * <pre>
 * offset  size  what
 *      0     1  0xC1, a byte that starts no JSON and no UTF-8 text
 *      1     1  version: 2 if the missing dense values are known, else 1
 *      2     4  fingerprint of the schema
 *      6     8  event time, milliseconds since the epoch
 *     14     4  label, float32: 0, 1 or NaN
 *     18    4D  dense columns after their transform, float32; in version 2, NaN if missing
 *            ?  for each field: number of ids n (varint, 7 bits a byte, low bits first), then 8n: ids
 * </pre>
 *
 * <p>The fingerprint makes a record of another schema a reject. The record holds no raw values.
 */
public final class BinaryEventCodec implements EventDecoder {

  private static final byte MAGIC = (byte) 0xC1;
  private static final byte UNKNOWN_MISSING = 1;
  private static final byte VERSION = 2;
  private static final int HEADER = 18;

  private final Schema schema;
  private final EventLimits limits;
  private final int fingerprint;
  private final int denseColumns;
  private final int fields;

  /** Version of the record that is being decoded. */
  private int version;

  /** A codec for events of {@code schema}. */
  public BinaryEventCodec(Schema schema, EventLimits limits) {
    this.schema = schema;
    this.limits = limits;
    fingerprint = schema.fingerprint();
    denseColumns = schema.dense().size();
    fields = schema.fields().size();
  }

  /** The event's bytes. */
  public byte[] encode(ClickEvent event) {
    if (event.dense().length != denseColumns || event.fields() != fields) {
      throw new IllegalArgumentException(
          "event must have "
              + denseColumns
              + " dense columns and "
              + fields
              + " fields but had "
              + event.dense().length
              + " and "
              + event.fields());
    }
    ByteBuffer out =
        ByteBuffer.allocate(HEADER + 4 * denseColumns + 5 * fields + 8 * event.ids().length)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).put(event.missing() == null ? UNKNOWN_MISSING : VERSION);
    out.putInt(fingerprint).putLong(event.eventTime());
    out.putFloat(event.label());
    for (int d = 0; d < denseColumns; d++) {
      out.putFloat(event.missing(d) ? Float.NaN : event.dense()[d]);
    }
    for (int f = 0; f < fields; f++) {
      putVarint(out, event.offsets()[f + 1] - event.offsets()[f]);
      for (int i = event.offsets()[f]; i < event.offsets()[f + 1]; i++) {
        out.putLong(event.ids()[i]);
      }
    }
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  private static void putVarint(ByteBuffer out, int value) {
    int rest = value;
    while (rest >= 0x80) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  /** Writes events in the binary form, and rows that are no events as their raw bytes. */
  static RowWriter writer(Schema schema, EventLimits limits) {
    BinaryEventCodec codec = new BinaryEventCodec(schema, limits);
    return row -> row.decoded() instanceof ClickEvent event ? codec.encode(event) : row.line();
  }

  /** Whether bytes begin as a record of this form does. */
  static boolean begins(byte[] bytes, int from, int length) {
    return length > HEADER
        && bytes[from] == MAGIC
        && (bytes[from + 1] == UNKNOWN_MISSING || bytes[from + 1] == VERSION);
  }

  @Override
  public Decoded decode(byte[] buffer, int from, int length, long row) {
    if (length > limits.maxRecordBytes()) {
      return TextEventDecoder.tooLarge(limits, length);
    }
    ByteBuffer in = ByteBuffer.wrap(buffer, from, length).order(ByteOrder.LITTLE_ENDIAN);
    String fault = header(in);
    return fault == null ? body(in) : notParseable(fault);
  }

  private String header(ByteBuffer in) {
    if (in.remaining() < HEADER + 4 * denseColumns + 9 * fields) {
      return "a binary record must have at least "
          + (HEADER + 4 * denseColumns + 9 * fields)
          + " bytes but had "
          + in.remaining();
    }
    if (in.get() != MAGIC) {
      return "a binary record must start with the byte 0xC1";
    }
    version = in.get();
    if (version != VERSION && version != UNKNOWN_MISSING) {
      return "a binary record's version must be 1 or 2 but was " + version;
    }
    int theirs = in.getInt();
    if (theirs != fingerprint) {
      return String.format(
          "a binary record's schema must be %08x but was %08x: it was written with other columns or"
              + " transforms",
          fingerprint, theirs);
    }
    return null;
  }

  private Decoded body(ByteBuffer in) {
    long time = in.getLong();
    float label = in.getFloat();
    Reject reject =
        EventAssembler.checkRange(limits, schema.time().column(), time, () -> time + " ms");
    if (reject != null) {
      return reject;
    }
    if (Float.isNaN(label) && !schema.label().optional()) {
      return new Reject(
          Reject.Reason.MISSING_LABEL,
          schema.label().column() + " must have a value but was missing");
    }
    if (!Float.isNaN(label) && label != 0 && label != 1) {
      return new Reject(
          Reject.Reason.WRONG_TYPE,
          schema.label().column() + " must be 0 or 1 in a binary record but was " + label);
    }
    float[] dense = new float[denseColumns];
    long[] missing = version == VERSION ? ClickEvent.noneMissing() : null;
    for (int d = 0; d < denseColumns; d++) {
      dense[d] = in.getFloat();
      if (missing != null && Float.isNaN(dense[d])) {
        dense[d] = schema.dense().get(d).missing();
        missing = ClickEvent.mark(missing, d, denseColumns);
      }
      if (!Float.isFinite(dense[d])) {
        return new Reject(
            Reject.Reason.NOT_FINITE,
            schema.dense().get(d).column() + " must be finite but was " + dense[d]);
      }
    }
    return withIds(in, time, label == 0 ? 0 : label, dense, missing); // -0 is 0
  }

  private Decoded withIds(ByteBuffer in, long time, float label, float[] dense, long[] missing) {
    long[] ids = new long[in.remaining() / 8];
    int[] offsets = new int[fields + 1];
    int at = 0;
    for (int f = 0; f < fields; f++) {
      int n = varint(in);
      if (n < 1 || n > in.remaining() / 8) {
        return notParseable("a binary record must hold the ids that it announces");
      }
      if (n > limits.maxIdsPerField()) {
        return new Reject(
            Reject.Reason.TOO_LARGE,
            schema.fields().get(f).column()
                + " must have at most "
                + limits.maxIdsPerField()
                + " values but had "
                + n);
      }
      for (int i = 0; i < n; i++) {
        ids[at++] = in.getLong();
      }
      offsets[f + 1] = at;
    }
    if (in.hasRemaining()) {
      return notParseable("a binary record must end after its last id");
    }
    long[] exact = at == ids.length ? ids : Arrays.copyOf(ids, at);
    return new ClickEvent(time, label, dense, exact, offsets, missing);
  }

  /** A varint of up to 5 bytes, or -1. */
  private static int varint(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; shift < 35 && in.hasRemaining(); shift += 7) {
      int b = in.get();
      value |= (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
    return -1;
  }

  private static Reject notParseable(String message) {
    return new Reject(Reject.Reason.NOT_PARSEABLE, message);
  }
}
