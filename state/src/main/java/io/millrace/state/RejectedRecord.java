package io.millrace.state;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A record of the events topic that is not an event.
 *
 * @param key the record's key, or null
 * @param value its bytes as they came, or null
 * @param topic where it was read
 * @param partition where it was read
 * @param offset where it was read
 * @param reason the kind of fault, by which rejects are counted
 * @param message one line for people
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are passed on, never written or compared
public record RejectedRecord(
    byte[] key,
    byte[] value,
    String topic,
    int partition,
    long offset,
    String reason,
    String message) {

  /** The same without key and value. */
  public RejectedRecord withoutBytes() {
    return new RejectedRecord(null, null, topic, partition, offset, reason, message);
  }

  /** Key and value with their lengths, -1 for null; then the rest in the order of the record. */
  public static final class Format implements RecordFormat<RejectedRecord> {
    private static final long serialVersionUID = 1L;

    @Override
    public Class<RejectedRecord> type() {
      return RejectedRecord.class;
    }

    @Override
    public void write(RejectedRecord record, DataOutput out) throws IOException {
      Texts.writeBytes(record.key, out);
      Texts.writeBytes(record.value, out);
      Texts.write(record.topic, out);
      out.writeInt(record.partition);
      out.writeLong(record.offset);
      Texts.write(record.reason, out);
      Texts.write(record.message, out);
    }

    @Override
    public RejectedRecord read(int version, DataInput in) throws IOException {
      return new RejectedRecord(
          Texts.readBytes(in),
          Texts.readBytes(in),
          Texts.read(in),
          in.readInt(),
          in.readLong(),
          Texts.read(in),
          Texts.read(in));
    }
  }
}
