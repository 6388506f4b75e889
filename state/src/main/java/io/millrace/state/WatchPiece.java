package io.millrace.state;

import io.millrace.stream.Losses;
import io.millrace.stream.Traffic;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What is told to those that watch for change: the traffic of a sub-window, a student's losses of
 * one, or that the student has told all up to a part of a pane.
 *
 * @param traffic as one reader has seen it; else null
 * @param arm the student's name; null for traffic
 * @param losses of that student; else null
 * @param part in which losses are told, or up to which all are; 0 for traffic
 */
public record WatchPiece(Traffic traffic, String arm, Losses losses, long part) {

  /** Traffic of one reader. */
  public static WatchPiece of(Traffic traffic) {
    return new WatchPiece(traffic, null, null, 0);
  }

  /** Losses of a student. */
  public static WatchPiece of(String arm, Losses losses, long part) {
    return new WatchPiece(null, arm, losses, part);
  }

  /** Says that a student has told all losses that it tells in a part or before it. */
  public static WatchPiece complete(String arm, long part) {
    return new WatchPiece(null, arm, null, part);
  }

  /**
   * {@code i8 1} and the traffic; {@code i8 0 | arm | part} and the numbers of the losses in order;
   * or {@code i8 2 | arm | part}. Pieces are in no state.
   */
  public static final class Format implements RecordFormat<WatchPiece> {
    private static final long serialVersionUID = 1L;
    private static final int LOSSES = 0;
    private static final int TRAFFIC = 1;
    private static final int COMPLETE = 2;

    @Override
    public Class<WatchPiece> type() {
      return WatchPiece.class;
    }

    @Override
    public void write(WatchPiece record, DataOutput out) throws IOException {
      if (record.traffic != null) {
        out.writeByte(TRAFFIC);
        record.traffic.write(out);
        return;
      }
      out.writeByte(record.losses == null ? COMPLETE : LOSSES);
      Texts.write(record.arm, out);
      out.writeLong(record.part);
      if (record.losses != null) {
        out.writeLong(record.losses.subWindow());
        out.writeLong(record.losses.events());
        out.writeLong(record.losses.clicks());
        out.writeDouble(record.losses.sum());
        out.writeDouble(record.losses.squares());
        out.writeDouble(record.losses.ofClicks());
      }
    }

    @Override
    public WatchPiece read(int version, DataInput in) throws IOException {
      int kind = in.readByte();
      if (kind == TRAFFIC) {
        return of(Traffic.read(in));
      }
      String arm = Texts.read(in);
      long part = in.readLong();
      return kind == COMPLETE ? complete(arm, part) : of(arm, losses(in), part);
    }

    private static Losses losses(DataInput in) throws IOException {
      return new Losses(
          in.readLong(),
          in.readLong(),
          in.readLong(),
          in.readDouble(),
          in.readDouble(),
          in.readDouble());
    }
  }
}
