package io.millrace.state;

import io.millrace.stream.CountTable;
import io.millrace.stream.TeacherValues;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A part of what the maps of one field are built from at the end of a pane.
 *
 * @param field position of the field in the schema: the key
 * @param pane the pane that ended
 * @param kind what it holds
 * @param counts of one shard, for {@link Kind#COUNTS}; else null
 * @param values of a teacher; else null
 */
public record MapPiece(int field, long pane, Kind kind, CountTable counts, TeacherValues values) {

  /** What a piece holds. */
  public enum Kind {
    COUNTS,
    TEACHER,
    SECOND_TEACHER
  }

  /** Counts of one shard. */
  public static MapPiece of(int field, long pane, CountTable counts) {
    return new MapPiece(field, pane, Kind.COUNTS, counts, null);
  }

  /** A teacher's vectors. */
  public static MapPiece of(int field, long pane, boolean second, TeacherValues values) {
    return new MapPiece(field, pane, second ? Kind.SECOND_TEACHER : Kind.TEACHER, null, values);
  }

  /**
   * {@code i32 field | i64 pane | i8 kind}, then the table; the version is that of {@link
   * CountTable}.
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
      out.writeLong(record.pane);
      out.writeByte(record.kind.ordinal());
      if (record.kind == Kind.COUNTS) {
        record.counts.write(out);
      } else {
        record.values.write(out);
      }
    }

    @Override
    public MapPiece read(int version, DataInput in) throws IOException {
      int field = in.readInt();
      long pane = in.readLong();
      Kind kind = Kind.values()[in.readByte()];
      return kind == Kind.COUNTS
          ? of(field, pane, CountTable.read(in, version))
          : new MapPiece(field, pane, kind, null, TeacherValues.read(in));
    }
  }
}
