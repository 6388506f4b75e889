package io.millrace.state;

import io.millrace.event.RejectedRecord;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Key and value with their lengths, -1 for null; then the rest in the order of the record. */
public final class RejectedRecordFormat implements RecordFormat<RejectedRecord> {
  private static final long serialVersionUID = 1L;

  @Override
  public Class<RejectedRecord> type() {
    return RejectedRecord.class;
  }

  @Override
  public void write(RejectedRecord record, DataOutput out) throws IOException {
    Texts.writeBytes(record.key(), out);
    Texts.writeBytes(record.value(), out);
    Texts.write(record.topic(), out);
    out.writeInt(record.partition());
    out.writeLong(record.offset());
    Texts.write(record.reason(), out);
    Texts.write(record.message(), out);
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
