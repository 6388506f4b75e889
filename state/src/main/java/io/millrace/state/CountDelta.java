package io.millrace.state;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Accesses and clicks that one subtask has counted for one shard of a field in one sub-window of a
 * pane. Without ids it is an announcement: the sub-window had events, so every shard closes it.
 *
 * @param shard {@code number of the field * shards + shard of the ids}: the key, see {@link
 *     io.millrace.event.Schema#numbers}
 * @param subWindow the sub-window they belong to, numbered as in {@link io.millrace.time.MapGrid}
 * @param ids each at most once, in any order
 * @param counts accesses of each id, at least 1
 * @param clicks clicks among the accesses of each id
 */
@SuppressWarnings("ArrayRecordComponent") // columns of a table; never written after construction
public record CountDelta(int shard, long subWindow, long[] ids, long[] counts, long[] clicks) {

  private static final long[] NONE = {};

  /** Announces that a sub-window had events. */
  public static CountDelta touch(int shard, long subWindow) {
    return new CountDelta(shard, subWindow, NONE, NONE, NONE);
  }

  /** Zeros for {@code n} ids; the caller fills it before it is emitted. */
  public static CountDelta ofSize(int shard, long subWindow, int n) {
    return new CountDelta(shard, subWindow, new long[n], new long[n], new long[n]);
  }

  /**
   * {@code i32 shard | i64 sub-window | i32 n | (i64 id, i64 count, i64 clicks) each}; version 1
   * had no clicks.
   */
  public static final class Format implements RecordFormat<CountDelta> {
    private static final long serialVersionUID = 1L;

    @Override
    public Class<CountDelta> type() {
      return CountDelta.class;
    }

    @Override
    public int version() {
      return 2;
    }

    @Override
    public void write(CountDelta record, DataOutput out) throws IOException {
      out.writeInt(record.shard);
      out.writeLong(record.subWindow);
      out.writeInt(record.ids.length);
      for (int i = 0; i < record.ids.length; i++) {
        out.writeLong(record.ids[i]);
        out.writeLong(record.counts[i]);
        out.writeLong(record.clicks[i]);
      }
    }

    @Override
    public CountDelta read(int version, DataInput in) throws IOException {
      int shard = in.readInt();
      long subWindow = in.readLong();
      CountDelta delta = ofSize(shard, subWindow, in.readInt());
      for (int i = 0; i < delta.ids.length; i++) {
        delta.ids[i] = in.readLong();
        delta.counts[i] = in.readLong();
        delta.clicks[i] = version > 1 ? in.readLong() : 0;
      }
      return delta;
    }
  }
}
