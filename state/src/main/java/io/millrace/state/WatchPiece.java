package io.millrace.state;

import io.millrace.stream.Losses;
import io.millrace.stream.Traffic;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What is told of one sub-window to those that watch for change: traffic, or a student's losses.
 *
 * @param traffic as one reader has seen it; else null
 * @param arm the student's name; null for traffic
 * @param losses of that student; null for traffic
 */
public record WatchPiece(Traffic traffic, String arm, Losses losses) {

  /** Traffic of one reader. */
  public static WatchPiece of(Traffic traffic) {
    return new WatchPiece(traffic, null, null);
  }

  /** Losses of a student. */
  public static WatchPiece of(String arm, Losses losses) {
    return new WatchPiece(null, arm, losses);
  }

  /** {@code i8 1} and the traffic, or {@code i8 0 | arm} and the numbers of the losses in order. */
  public static final class Format implements RecordFormat<WatchPiece> {
    private static final long serialVersionUID = 1L;

    @Override
    public Class<WatchPiece> type() {
      return WatchPiece.class;
    }

    @Override
    public void write(WatchPiece record, DataOutput out) throws IOException {
      out.writeBoolean(record.traffic != null);
      if (record.traffic != null) {
        record.traffic.write(out);
      } else {
        Texts.write(record.arm, out);
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
      if (in.readBoolean()) {
        return of(Traffic.read(in));
      }
      return of(
          Texts.read(in),
          new Losses(
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readDouble(),
              in.readDouble(),
              in.readDouble()));
    }
  }
}
