package io.millrace.state;

import io.millrace.watch.Losses;
import io.millrace.watch.Traffic;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * An input of the watch: the traffic of a sub-window, the losses of a student or the teacher in
 * one, or the message that the teacher has reported all losses up to a sub-window.
 *
 * @param traffic as one reader has counted it; else null
 * @param arm the student's name; else null
 * @param losses of a student or the teacher; else null
 * @param subWindow of the maps' grid: in which the teacher reports losses, or up to which it has
 *     reported all; else 0
 */
public record WatchPiece(Traffic traffic, String arm, Losses losses, long subWindow) {

  /** Traffic of one reader. */
  public static WatchPiece of(Traffic traffic) {
    return new WatchPiece(traffic, null, null, 0);
  }

  /** Losses of a student. */
  public static WatchPiece of(String arm, Losses losses) {
    return new WatchPiece(null, arm, losses, 0);
  }

  /** Losses of the teacher, reported in a sub-window of the maps' grid. */
  public static WatchPiece ofTeacher(Losses losses, long subWindow) {
    return new WatchPiece(null, null, losses, subWindow);
  }

  /** The teacher has reported all losses that it reports in a sub-window or before it. */
  public static WatchPiece complete(long subWindow) {
    return new WatchPiece(null, null, null, subWindow);
  }

  /**
   * {@code i8 0 | arm} and the numbers of a student's losses in order; {@code i8 1} and the
   * traffic; {@code i8 2 | sub-window} and the numbers of the teacher's; or {@code i8 3 |
   * sub-window}.
   */
  public static final class Format implements RecordFormat<WatchPiece> {
    private static final long serialVersionUID = 1L;
    private static final int STUDENT = 0;
    private static final int TRAFFIC = 1;
    private static final int TEACHER = 2;
    private static final int COMPLETE = 3;

    @Override
    public Class<WatchPiece> type() {
      return WatchPiece.class;
    }

    @Override
    public void write(WatchPiece record, DataOutput out) throws IOException {
      if (record.traffic != null) {
        out.writeByte(TRAFFIC);
        record.traffic.write(out);
      } else if (record.arm != null) {
        out.writeByte(STUDENT);
        Texts.write(record.arm, out);
        write(record.losses, out);
      } else {
        out.writeByte(record.losses != null ? TEACHER : COMPLETE);
        out.writeLong(record.subWindow);
        if (record.losses != null) {
          write(record.losses, out);
        }
      }
    }

    private static void write(Losses losses, DataOutput out) throws IOException {
      out.writeLong(losses.subWindow());
      out.writeLong(losses.events());
      out.writeLong(losses.clicks());
      out.writeDouble(losses.sum());
      out.writeDouble(losses.squares());
      out.writeDouble(losses.ofClicks());
    }

    @Override
    public WatchPiece read(int version, DataInput in) throws IOException {
      int kind = in.readByte();
      return switch (kind) {
        case STUDENT -> of(Texts.read(in), losses(in));
        case TRAFFIC -> of(Traffic.read(in));
        case TEACHER -> {
          long subWindow = in.readLong();
          yield ofTeacher(losses(in), subWindow);
        }
        case COMPLETE -> complete(in.readLong());
        default -> throw new IOException("watch piece: kind must be in 0..3 but was " + kind);
      };
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
