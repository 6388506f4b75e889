package io.millrace.state;

import io.millrace.counts.CountTable;
import io.millrace.maps.TeacherValues;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A piece of the input for the maps of one field at the end of a pane, or of a sub-window of one.
 *
 * @param field number of the field, see {@link io.millrace.event.Schema#numbers}: the key
 * @param subWindow the sub-window that ended, in {@code JobSpec.mapGrid}
 * @param builds whether maps are built; the same in all pieces of a sub-window
 * @param kind what it holds
 * @param counts of one shard, for {@link Kind#COUNTS}; else null
 * @param values of a teacher; else null
 */
public record MapPiece(
    int field, long subWindow, boolean builds, Kind kind, CountTable counts, TeacherValues values) {

  /** Added to the kind where no maps are built. */
  private static final int BUILDS_NONE = 16;

  /** What a piece holds. */
  public enum Kind {
    /** Counts of one shard. */
    COUNTS,
    /** Vectors of the teacher. */
    TEACHER,
    /** Vectors of the second teacher. */
    SECOND_TEACHER
  }

  /** Counts of one shard. */
  public static MapPiece of(int field, long subWindow, boolean builds, CountTable counts) {
    return new MapPiece(field, subWindow, builds, Kind.COUNTS, counts, null);
  }

  /** A teacher's vectors. */
  public static MapPiece of(
      int field, long subWindow, boolean builds, boolean second, TeacherValues values) {
    Kind kind = second ? Kind.SECOND_TEACHER : Kind.TEACHER;
    return new MapPiece(field, subWindow, builds, kind, null, values);
  }

  /**
   * {@code i32 field | i64 sub-window | i8 kind, plus 16 where no maps are built}, then the table;
   * the version is that of {@link CountTable}.
   */
  public static final class Format implements RecordFormat<MapPiece> {
    private static final long serialVersionUID = 1L;

    @Override
    public Class<MapPiece> type() {
      return MapPiece.class;
    }

    @Override
    public int version() {
      return CountTable.FORMAT;
    }

    @Override
    public void write(MapPiece record, DataOutput out) throws IOException {
      out.writeInt(record.field);
      out.writeLong(record.subWindow);
      out.writeByte(record.kind.ordinal() + (record.builds ? 0 : BUILDS_NONE));
      if (record.kind == Kind.COUNTS) {
        record.counts.write(out);
      } else {
        record.values.write(out);
      }
    }

    @Override
    public MapPiece read(int version, DataInput in) throws IOException {
      int field = in.readInt();
      long subWindow = in.readLong();
      int code = in.readByte();
      boolean builds = code < BUILDS_NONE;
      Kind kind = Kind.values()[code % BUILDS_NONE];
      return kind == Kind.COUNTS
          ? of(field, subWindow, builds, CountTable.read(in, version))
          : new MapPiece(field, subWindow, builds, kind, null, TeacherValues.read(in));
    }
  }
}
