package io.millrace.state;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * How far a reader is in a partition of the events topic, for those who look for partitions without
 * events, and for the end of the topic's history.
 *
 * @param partition number of the partition
 * @param hadEvents whether it has had an event since the last record about it
 * @param newest time of its newest event that the reader has passed on, ms; {@link Long#MIN_VALUE}
 *     if it has passed on none since its start
 * @param next offset of the record that is read next; negative if unknown
 * @param caughtUp whether the reader has read all that there is in its partitions
 */
public record PartitionProgress(
    int partition, boolean hadEvents, long newest, long next, boolean caughtUp) {

  /** {@code i32 partition | i8 hadEvents | i64 newest | i64 next | i8 caughtUp}. */
  public static final class Format implements RecordFormat<PartitionProgress> {
    private static final long serialVersionUID = 1L;

    @Override
    public Class<PartitionProgress> type() {
      return PartitionProgress.class;
    }

    @Override
    public int version() {
      return 2;
    }

    @Override
    public void write(PartitionProgress record, DataOutput out) throws IOException {
      out.writeInt(record.partition);
      out.writeBoolean(record.hadEvents);
      out.writeLong(record.newest);
      out.writeLong(record.next);
      out.writeBoolean(record.caughtUp);
    }

    /** Version 1 knew a pane, and neither time nor offset; the next record about it has both. */
    @Override
    public PartitionProgress read(int version, DataInput in) throws IOException {
      int partition = in.readInt();
      if (version == 1) {
        in.readLong();
        return new PartitionProgress(partition, false, Long.MIN_VALUE, -1, in.readBoolean());
      }
      return new PartitionProgress(
          partition, in.readBoolean(), in.readLong(), in.readLong(), in.readBoolean());
    }
  }
}
