package io.millrace.replica;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.FieldTable;
import io.millrace.hash.MapVersion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The bytes of what all replicas are told between events. They travel between tasks of one job
 * only, and are in no state:
 *
 * <pre>
 * attempt   u8 0 | i64 number of this attempt of the job; the first message of it
 * end       u8 1 | i64 interval
 * begin     u8 2 | i32 merges | each i64 interval, values
 * start     u8 3 | bool first | model
 * resume    u8 4 | i64 newest interval that is merged | model
 * follow    u8 5 | i32 former replicas | i64 newest interval that is merged
 * shared    u8 6 | i64 number of the merges in {@link SharedMemory}, in place of begin
 *
 * model     i32 fields with a map | each i32 field, i32 bytes, the map | state of the model
 * </pre>
 */
final class ReplicaMessages {

  static final int ATTEMPT = 0;
  static final int END = 1;
  static final int BEGIN = 2;
  static final int START = 3;
  static final int RESUME = 4;
  static final int FOLLOW = 5;
  static final int SHARED = 6;

  /**
   * Most bytes of a part of a message: G1 has arrays apart from half a region on, 512 KiB at least.
   */
  static final int PART = 500_000;

  private ReplicaMessages() {}

  /** Writes a message. */
  @FunctionalInterface
  interface Writer {
    void write(DataOutput out) throws IOException;
  }

  static void writeMerges(List<Merge> merges, DataOutput out) throws IOException {
    out.writeInt(merges.size());
    for (Merge merge : merges) {
      out.writeLong(merge.interval());
      merge.values().write(out);
    }
  }

  static List<Merge> readMerges(DataInput in) throws IOException {
    List<Merge> merges = new ArrayList<>();
    for (int n = in.readInt(); n > 0; n--) {
      merges.add(new Merge(in.readLong(), ModelValues.read(in)));
    }
    return merges;
  }

  /**
   * Writes a model with its maps.
   *
   * @param maps the map that each field uses, null where it has none
   */
  static void writeModel(ClickModel model, IntFunction<MapVersion> maps, DataOutput out)
      throws IOException {
    List<FieldTable> mapped =
        model.fields().stream().filter(field -> maps.apply(field.field()) != null).toList();
    out.writeInt(mapped.size());
    for (FieldTable field : mapped) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      maps.apply(field.field()).writeTo(bytes);
      out.writeInt(field.field());
      out.writeInt(bytes.size());
      out.write(bytes.toByteArray());
    }
    model.writeState(out);
  }

  /** Reads what {@link #writeModel} wrote into a model of the same arm. */
  static void readModel(ClickModel model, DataInput in) throws IOException {
    for (int n = in.readInt(); n > 0; n--) {
      int field = in.readInt();
      byte[] bytes = new byte[in.readInt()];
      in.readFully(bytes);
      MapVersion map = MapVersion.readFrom(new ByteArrayInputStream(bytes), "the owner's model");
      model.fields().get(field).restoreHash(map.toHash());
    }
    model.readState(in);
  }
}
