package io.millrace.snapshot;

import io.millrace.math.Float16;
import io.millrace.snapshot.ModelUpdate.FieldChange;
import io.millrace.snapshot.ModelUpdate.LinearChange;
import io.millrace.snapshot.ModelUpdate.NetworkChange;
import io.millrace.table.RowFormat;
import io.millrace.table.StoredRows;
import java.nio.BufferUnderflowException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of an update, as the chunks of {@link UpdateCodec} hold them, little-endian. {@code n x
 * T} is {@code i32 n} and then n values; rows have a {@link RowFormat}, 0 FLOAT32, 1 FLOAT16, 2
 * BF16, 3 INT8:
 *
 * <pre>
 * body      i64 model version | i32 map version | i64 time of the last event | i64 events learned
 *           | u8 parts, 1 for a network, 2 for a linear part, 3 for both | network | linear part
 * network   MLP | MLP | i32 fields | fields                             bottom, then top
 * MLP       i32 arrays | each array n x f32
 * field     i32 its number | u8 0, n x i32 rows; or 1, n x i64 ids | rows
 * rows      u8 1 | dense                                                whole rows
 *           u8 2 | i32 length | dense | n x f32                         short rows, projection
 * dense     u8 format | i32 length | i32 rows | each row as its format stores it
 * linear    n x i32 slots | u8 4, n x f32; or 2, n x f16                weights
 * </pre>
 */
final class UpdateBody {

  private static final int NETWORK = 1;
  private static final int LINEAR = 2;
  private static final int ROWS = 0;
  private static final int IDS = 1;
  private static final int DENSE = 1;
  private static final int FACTORS = 2;

  /** By their numbers, which never change. */
  private static final List<RowFormat> FORMATS =
      List.of(RowFormat.FLOAT32, RowFormat.FLOAT16, RowFormat.BF16, RowFormat.INT8);

  private UpdateBody() {}

  static byte[] write(ModelUpdate update) {
    ByteWriter out = new ByteWriter();
    UpdateHeader header = update.header();
    out.i64(header.modelVersion());
    out.i32(header.mapVersion());
    out.i64(header.lastEventTime());
    out.i64(header.eventsLearned());
    out.u8(
        (update.network().isPresent() ? NETWORK : 0) | (update.linear().isPresent() ? LINEAR : 0));
    update.network().ifPresent(network -> write(network, out));
    update.linear().ifPresent(linear -> write(linear, out));
    return out.bytes();
  }

  private static void write(NetworkChange network, ByteWriter out) {
    writeMlp(network.bottom(), out);
    writeMlp(network.top(), out);
    out.i32(network.fields().size());
    network.fields().forEach(field -> write(field, out));
  }

  private static void writeMlp(float[][] arrays, ByteWriter out) {
    out.i32(arrays.length);
    for (float[] array : arrays) {
      out.f32s(array);
    }
  }

  private static void write(FieldChange field, ByteWriter out) {
    out.i32(field.field());
    if (field.ids().length > 0) {
      out.u8(IDS);
      out.i64s(field.ids());
    } else {
      out.u8(ROWS);
      out.i32s(field.rows());
    }
    write(field.values(), out);
  }

  private static void write(StoredRows rows, ByteWriter out) {
    if (rows instanceof StoredRows.Dense dense) {
      out.u8(DENSE);
      write(dense, out);
    } else if (rows instanceof StoredRows.Factors factors) {
      out.u8(FACTORS);
      out.i32(factors.length());
      write(factors.narrow(), out);
      out.f32s(factors.projection());
    } else {
      throw new IllegalArgumentException(
          "rows of an update must be dense or factors but were " + rows.getClass().getSimpleName());
    }
  }

  private static void write(StoredRows.Dense rows, ByteWriter out) {
    out.u8(FORMATS.indexOf(rows.format()));
    out.i32(rows.length());
    out.i32(rows.count());
    byte[] bytes = new byte[Math.toIntExact(rows.bytes())];
    rows.read(StoredRows.Dense.Part.ROWS, 0, bytes, bytes.length);
    out.raw(bytes);
  }

  private static void write(LinearChange linear, ByteWriter out) {
    out.i32s(linear.slots());
    boolean half = true;
    for (float weight : linear.weights()) {
      half &= Float16.round(weight) == weight;
    }
    out.u8(half ? 2 : 4);
    if (half) {
      out.f16s(linear.weights());
    } else {
      out.f32s(linear.weights());
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param chunk any chunk of it
   * @throws IllegalArgumentException if it is not what was written
   */
  static ModelUpdate read(UpdateCodec.Chunk chunk, byte[] bytes) {
    ByteReader in = new ByteReader(bytes);
    try {
      ModelUpdate update = read(chunk, in);
      if (in.left() > 0) {
        throw new IllegalArgumentException("an update ends " + in.left() + " bytes too early");
      }
      return update;
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("an update is shorter than it says", e);
    }
  }

  private static ModelUpdate read(UpdateCodec.Chunk chunk, ByteReader in) {
    long modelVersion = in.i64();
    int mapVersion = in.i32();
    long lastEventTime = in.i64();
    long eventsLearned = in.i64();
    int parts = in.u8();
    UpdateHeader header =
        new UpdateHeader(
            chunk.arm(),
            chunk.epoch(),
            chunk.interval(),
            chunk.previous(),
            modelVersion,
            mapVersion,
            lastEventTime,
            eventsLearned);
    Optional<NetworkChange> network =
        (parts & NETWORK) != 0 ? Optional.of(readNetwork(in)) : Optional.empty();
    Optional<LinearChange> linear =
        (parts & LINEAR) != 0 ? Optional.of(readLinear(in)) : Optional.empty();
    return new ModelUpdate(header, network, linear);
  }

  private static NetworkChange readNetwork(ByteReader in) {
    float[][] bottom = readMlp(in);
    float[][] top = readMlp(in);
    int n = in.count(1);
    List<FieldChange> fields = new ArrayList<>();
    for (int f = 0; f < n; f++) {
      fields.add(readField(in));
    }
    return new NetworkChange(bottom, top, fields);
  }

  private static float[][] readMlp(ByteReader in) {
    float[][] arrays = new float[in.count(Integer.BYTES)][];
    for (int i = 0; i < arrays.length; i++) {
      arrays[i] = in.f32s();
    }
    return arrays;
  }

  private static FieldChange readField(ByteReader in) {
    int field = in.i32();
    int address = in.u8();
    int[] rows = address == ROWS ? in.i32s() : new int[0];
    long[] ids = address == IDS ? in.i64s() : new long[0];
    StoredRows values = readRows(in);
    if (address > IDS || values.count() != rows.length + ids.length) {
      throw new IllegalArgumentException(
          "field " + field + " of an update has other rows than it says");
    }
    return new FieldChange(field, rows, ids, values);
  }

  private static StoredRows readRows(ByteReader in) {
    int form = in.u8();
    return switch (form) {
      case DENSE -> readDense(in);
      case FACTORS -> {
        int length = in.size();
        yield new StoredRows.Factors(readDense(in), in.f32s(), length);
      }
      default ->
          throw new IllegalArgumentException("rows of an update have the unknown form " + form);
    };
  }

  private static StoredRows.Dense readDense(ByteReader in) {
    int number = in.u8();
    if (number >= FORMATS.size()) {
      throw new IllegalArgumentException("rows of an update have the unknown precision " + number);
    }
    RowFormat format = FORMATS.get(number);
    int length = in.size();
    int rowBytes = format.rowBytes(length);
    int count = in.count(rowBytes);
    byte[] bytes = in.raw(count * rowBytes);
    StoredRows.Dense.Builder rows = new StoredRows.Dense.Builder(format, count, length);
    rows.put(StoredRows.Dense.Part.ROWS, 0, bytes, bytes.length);
    return rows.build();
  }

  private static LinearChange readLinear(ByteReader in) {
    int[] slots = in.i32s();
    float[] weights = in.u8() == 2 ? in.f16s() : in.f32s();
    if (weights.length != slots.length) {
      throw new IllegalArgumentException(
          "an update has " + slots.length + " slots and " + weights.length + " weights");
    }
    return new LinearChange(slots, weights);
  }
}
