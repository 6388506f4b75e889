package io.millrace.state;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * How far a reader is in a partition of the events topic, for those who look for partitions without
 * events.
 *
 * @param partition a partition that has had an event since the last record about it
 * @param pane index of the newest pane that its events have reached
 * @param caughtUp whether the reader has read all that there is in its partitions
 */
public record PartitionProgress(int partition, long pane, boolean caughtUp) {

  /** {@code i32 partition | i64 pane | i8 caughtUp}. */
  public static final class Format implements RecordFormat<PartitionProgress> {
    private static final long serialVersionUID = 1L;

    @Override
    public Class<PartitionProgress> type() {
      return PartitionProgress.class;
    }

    @Override
    public void write(PartitionProgress record, DataOutput out) throws IOException {
      out.writeInt(record.partition);
      out.writeLong(record.pane);
      out.writeBoolean(record.caughtUp);
    }

    @Override
    public PartitionProgress read(int version, DataInput in) throws IOException {
      return new PartitionProgress(in.readInt(), in.readLong(), in.readBoolean());
    }
  }
}
