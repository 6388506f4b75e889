package io.millrace.format;

import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.Schema.Field;

/**
 * Decodes records in Avro's binary encoding, with or without the prefix of a schema registry: a
 * byte 0 and the id of the writer's schema, 4 bytes, big-endian.
 *
 * <p>It walks over the Avro schema and hands the texts of the columns to the {@link
 * EventAssembler}: whole numbers as digits, floats and doubles as their shortest decimal text,
 * enums as their symbol, booleans as true or false, bytes as UTF-8, decimals as decimal numbers. So
 * a record gives the event that a row of text with these values gives. Records and maps are steps
 * of a column's path ({@link ColumnTree}); null is missing. A time that is a timestamp or a date
 * has the unit of its type, whatever the job file says about times.
 */
final class AvroEventDecoder implements EventDecoder {

  /** Greatest depth of nested values; a schema may contain itself. */
  private static final int MAX_DEPTH = 100;

  /** Most bytes of a decimal number; more have more digits than any number that is read. */
  private static final int MAX_DECIMAL = 160;

  /** Bytes of a registry's prefix. */
  static final int PREFIX = 5;

  private final EventLimits limits;
  private final EventAssembler assembler;
  private final ColumnTree tree;
  private final Schema type;
  private final int schemaId;
  private final AvroInput in = new AvroInput();

  /** Bytes of the assembler that are used. */
  private int used;

  /** Entries of lists and maps that the record may still have: one of nulls takes no bytes. */
  private long items;

  /**
   * A decoder.
   *
   * @param type the record's Avro schema
   * @param schemaId id of the writer's schema in the prefix, or {@link RecordForm#NO_ID}
   */
  AvroEventDecoder(
      io.millrace.event.Schema schema,
      EventLimits limits,
      Schema type,
      int schemaId,
      ValueListener listener) {
    this.limits = limits;
    this.type = type;
    this.schemaId = schemaId;
    assembler = new EventAssembler(schema, limits, listener);
    tree = new ColumnTree(assembler.columns());
  }

  @Override
  public Decoded decode(byte[] buffer, int from, int length, long row) {
    if (length > limits.maxRecordBytes()) {
      return TextEventDecoder.tooLarge(limits, length);
    }
    int prefix = schemaId == RecordForm.NO_ID ? 0 : PREFIX;
    try {
      if (prefix > 0) {
        checkPrefix(buffer, from, length);
      }
      walk(buffer, from + prefix, from + length);
      return assembler.assemble(row);
    } catch (BrokenRecord e) {
      return new Reject(Reject.Reason.NOT_PARSEABLE, e.getMessage());
    }
  }

  private void checkPrefix(byte[] buffer, int from, int length) throws BrokenRecord {
    if (length < PREFIX || buffer[from] != 0) {
      throw new BrokenRecord(
          "a record must begin with a byte 0 and the schema id "
              + schemaId
              + ", as kafka.schema_id is set, but begins with "
              + ForeignForm.hex(buffer, from, length));
    }
    int id = ForeignForm.schemaId(buffer, from);
    if (id != schemaId) {
      throw new BrokenRecord(
          "a record's writer schema must have the id %d (kafka.schema_id) but has %d"
              .formatted(schemaId, id));
    }
  }

  /** Collects the values of one record, which must end with the bytes. */
  private void walk(byte[] buffer, int from, int end) throws BrokenRecord {
    assembler.begin();
    tree.begin();
    used = 0;
    items = limits.maxRecordBytes();
    in.start(buffer, from, end);
    members(type, tree.root(), 0);
    if (in.remaining() > 0) {
      throw new BrokenRecord(
          "an Avro record must end with its last value but has %d bytes more"
              .formatted(in.remaining()));
    }
  }

  private void members(Schema record, ColumnTree.Node node, int depth) throws BrokenRecord {
    for (Field field : record.getFields()) {
      member(field.schema(), node == null ? null : node.get(field.name()), depth);
    }
  }

  /** Reads a value under a key; {@code entry} is null if none of it is read. */
  private void member(Schema any, ColumnTree.Entry entry, int depth) throws BrokenRecord {
    Schema schema = branch(any);
    int slot = tree.fill(entry);
    if (slot >= 0) {
      assembler.open(slot, schema.getType() == Schema.Type.ARRAY);
    }
    switch (schema.getType()) {
      case RECORD, MAP -> object(schema, entry, slot, checked(depth));
      case ARRAY -> array(schema.getElementType(), slot, checked(depth));
      default -> scalar(schema, slot);
    }
  }

  private static int checked(int depth) throws BrokenRecord {
    if (depth == MAX_DEPTH) {
      throw new BrokenRecord("an Avro record must be nested at most " + MAX_DEPTH + " deep");
    }
    return depth + 1;
  }

  private Schema branch(Schema schema) throws BrokenRecord {
    return schema.isUnion()
        ? schema.getTypes().get(in.readIndex(schema.getTypes().size(), "branch of a union"))
        : schema;
  }

  private void object(Schema schema, ColumnTree.Entry entry, int slot, int depth)
      throws BrokenRecord {
    if (slot >= 0) {
      assembler.nested(slot);
    }
    ColumnTree.Node below = entry == null ? null : entry.below();
    if (below != null) {
      tree.enter(entry);
    }
    if (schema.getType() == Schema.Type.RECORD) {
      members(schema, below, depth);
      return;
    }
    for (long n = block(); n > 0; n = block()) {
      for (long i = 0; i < n; i++) {
        String key = text(string());
        member(schema.getValueType(), below == null ? null : below.get(key), depth);
      }
    }
  }

  private void array(Schema elements, int slot, int depth) throws BrokenRecord {
    for (long n = block(); n > 0; n = block()) {
      for (long i = 0; i < n; i++) {
        element(branch(elements), slot, depth);
      }
    }
  }

  private void element(Schema schema, int slot, int depth) throws BrokenRecord {
    switch (schema.getType()) {
      case RECORD, MAP -> object(schema, null, slot, checked(depth));
      case ARRAY -> {
        if (slot >= 0) {
          assembler.nested(slot);
        }
        array(schema.getElementType(), -1, checked(depth));
      }
      default -> scalar(schema, slot);
    }
  }

  /** Number of entries in the next block of a list or map; 0 at its end. */
  private long block() throws BrokenRecord {
    long n = in.readLong();
    if (n < 0) {
      n = -n;
      in.readLong(); // bytes of the block, for readers that skip it
    }
    if (n < 0 || n > items) {
      throw new BrokenRecord(
          "an Avro record must hold at most " + limits.maxRecordBytes() + " entries of lists");
    }
    items -= n;
    return n;
  }

  /** Reads a value that is no record, map or list; {@code slot} is -1 if it is skipped. */
  private void scalar(Schema schema, int slot) throws BrokenRecord {
    switch (schema.getType()) {
      case NULL -> {}
      case BOOLEAN -> put(slot, in.readBoolean() ? "true" : "false");
      case INT, LONG -> whole(schema, slot, in.readLong());
      case FLOAT -> {
        float value = in.readFloat();
        put(slot, slot < 0 ? "" : Decimals.text(value));
      }
      case DOUBLE -> {
        double value = in.readDouble();
        put(slot, slot < 0 ? "" : Decimals.text(value));
      }
      case ENUM -> {
        int symbol = in.readIndex(schema.getEnumSymbols().size(), "symbol of an enum");
        put(slot, schema.getEnumSymbols().get(symbol));
      }
      case FIXED ->
          bytes(schema, slot, new Slice(in.take(schema.getFixedSize()), schema.getFixedSize()));
      default -> bytes(schema, slot, string());
    }
  }

  private record Slice(int from, int length) {}

  /** Text or bytes with their length before them. */
  private Slice string() throws BrokenRecord {
    long length = in.readLong();
    return new Slice(in.take(length), (int) length);
  }

  private String text(Slice slice) {
    return new String(in.bytes, slice.from(), slice.length(), StandardCharsets.UTF_8);
  }

  private void whole(Schema schema, int slot, long value) throws BrokenRecord {
    if (schema.getType() == Schema.Type.INT && value != (int) value) {
      throw new BrokenRecord("an Avro record's int must have 32 bits but was " + value);
    }
    if (slot < 0) {
      return;
    }
    if (slot == assembler.timeSlot()) {
      AvroTime unit = AvroTime.of(schema);
      if (unit != null) {
        assembler.knownTime(unit.toMillis(value));
      }
    }
    put(slot, Long.toString(value));
  }

  private void bytes(Schema schema, int slot, Slice slice) throws BrokenRecord {
    if (slot < 0) {
      return;
    }
    LogicalType logical = schema.getLogicalType();
    if (logical instanceof LogicalTypes.Decimal decimal) {
      put(slot, decimal(slice, decimal.getScale()));
    } else if (!TextRow.isUtf8(in.bytes, slice.from(), slice.length())) {
      throw new BrokenRecord(assembler.columns().get(slot) + " must be UTF-8 but is not");
    } else {
      reserve(slice.length());
      System.arraycopy(in.bytes, slice.from(), assembler.bytes, used, slice.length());
      add(slot, slice.length());
    }
  }

  private String decimal(Slice slice, int scale) throws BrokenRecord {
    if (slice.length() > MAX_DECIMAL) {
      throw new BrokenRecord(
          "an Avro record's decimal must have at most %d bytes but had %d"
              .formatted(MAX_DECIMAL, slice.length()));
    }
    return slice.length() == 0
        ? ""
        : new BigDecimal(new BigInteger(in.bytes, slice.from(), slice.length()), scale)
            .toPlainString();
  }

  private void put(int slot, String text) {
    if (slot >= 0) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      reserve(utf8.length);
      System.arraycopy(utf8, 0, assembler.bytes, used, utf8.length);
      add(slot, utf8.length);
    }
  }

  private void reserve(int length) {
    if (assembler.bytes.length - used < length) {
      int size = Math.max(used + length, 2 * assembler.bytes.length);
      assembler.bytes = Arrays.copyOf(assembler.bytes, size);
    }
  }

  private void add(int slot, int length) {
    assembler.element(slot, used, length);
    used += length;
  }
}
