package io.millrace.watch;

import io.millrace.metric.Psi;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The traffic of one sub-window, or the share of it that one reader has counted: shares add up.
 *
 * @param subWindow number of the sub-window
 * @param events labelled events
 * @param clicks clicks among them
 * @param fields by field, in schema order
 */
public record Traffic(long subWindow, long events, long clicks, List<Field> fields) {

  /**
   * The ids of one field.
   *
   * @param bins accesses by a hash of the id ({@link Psi#bin}), {@code long[Psi.BINS]}
   * @param level of the sample: it holds each id with a probability of {@code 2^-level}
   * @param ids all ids of the sample that were accessed, ascending
   * @param counts accesses of each of these ids, in the same order
   */
  @SuppressWarnings("ArrayRecordComponent") // read where it arrives, and dropped
  public record Field(long[] bins, int level, long[] ids, long[] counts) {}

  /** Writes sub-window, events, clicks, then each field: bins, level, ids with their counts. */
  public void write(DataOutput out) throws IOException {
    out.writeLong(subWindow);
    out.writeLong(events);
    out.writeLong(clicks);
    out.writeInt(fields.size());
    for (Field field : fields) {
      for (long bin : field.bins()) {
        out.writeLong(bin);
      }
      out.writeByte(field.level());
      out.writeInt(field.ids().length);
      for (int i = 0; i < field.ids().length; i++) {
        out.writeLong(field.ids()[i]);
        out.writeLong(field.counts()[i]);
      }
    }
  }

  /** Reads what {@link #write} wrote. */
  public static Traffic read(DataInput in) throws IOException {
    long subWindow = in.readLong();
    long events = in.readLong();
    long clicks = in.readLong();
    List<Field> fields = new ArrayList<>();
    for (int f = in.readInt(); f > 0; f--) {
      long[] bins = new long[Psi.BINS];
      for (int b = 0; b < bins.length; b++) {
        bins[b] = in.readLong();
      }
      int level = in.readByte();
      long[] ids = new long[in.readInt()];
      long[] counts = new long[ids.length];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = in.readLong();
        counts[i] = in.readLong();
      }
      fields.add(new Field(bins, level, ids, counts));
    }
    return new Traffic(subWindow, events, clicks, fields);
  }
}
