package io.millrace.state;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A record of the topic of updates on its way to Kafka.
 *
 * @param arm name of the student, the record's key
 * @param partition of the topic, at least 0
 * @param value bytes as {@link io.millrace.snapshot.UpdateCodec} draws them
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are passed on, never written or compared
public record UpdateChunk(String arm, int partition, byte[] value) {

  /** Arm, {@code i32 partition}, value. */
  public static final class Format implements RecordFormat<UpdateChunk> {
    private static final long serialVersionUID = 1L;

    @Override
    public Class<UpdateChunk> type() {
      return UpdateChunk.class;
    }

    @Override
    public void write(UpdateChunk record, DataOutput out) throws IOException {
      Texts.write(record.arm, out);
      out.writeInt(record.partition);
      Texts.writeBytes(record.value, out);
    }

    @Override
    public UpdateChunk read(int version, DataInput in) throws IOException {
      return new UpdateChunk(Texts.read(in), in.readInt(), Texts.readBytes(in));
    }
  }
}
