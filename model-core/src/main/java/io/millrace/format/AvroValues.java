package io.millrace.format;

import io.millrace.event.CategoricalField;
import io.millrace.event.TimeParser;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.Schema.Field;
import org.apache.avro.generic.GenericData;

/**
 * Converts the values of a row to those of an Avro schema: the text {@code 7} to an int, the text
 * {@code a|b} of a field with a separator to a list, the columns {@code user.id} and {@code
 * user.age} to a record {@code user}. A value that is missing, or is a text that means so, is null,
 * or empty where null is not allowed.
 *
 * <p>It only looks for a value that fits; {@link AvroEventWriter} checks that it reads back equal.
 */
final class AvroValues {

  /** Longest path of a value; a schema may contain itself. */
  private static final int MAX_PATH = 1_000;

  /** A value that does not fit its Avro type; the message says which. */
  static final class Unfit extends Exception {
    private static final long serialVersionUID = 1L;

    Unfit(String message) {
      super(message);
    }
  }

  private final Schema type;
  private final String timeColumn;

  /** What splits the cells of the columns that may hold several values. */
  private final Map<String, CellParts> splitters = new HashMap<>();

  /** Texts that mean a missing value, besides the empty text. */
  private final Set<String> missingTexts;

  private final TimeParser times;
  private Map<?, ?> row;

  AvroValues(Schema type, io.millrace.event.Schema schema) {
    this.type = type;
    timeColumn = schema.time().column();
    times = new TimeParser(schema.time());
    missingTexts = Set.copyOf(schema.missing());
    MissingTexts missing = new MissingTexts(schema.missing());
    schema.fields().stream()
        .filter(CategoricalField::multiHot)
        .forEach(field -> splitters.put(field.column(), new CellParts(field, missing)));
  }

  /** The record of a row, whose values are under the keys of {@code values}. */
  GenericData.Record record(Map<?, ?> values) throws Unfit {
    row = values;
    return record(type, "");
  }

  private GenericData.Record record(Schema schema, String prefix) throws Unfit {
    GenericData.Record record = new GenericData.Record(schema);
    for (Field field : schema.getFields()) {
      String path = prefix + field.name();
      record.put(field.pos(), value(field.schema(), path, JsonValues.find(row, path)));
    }
    return record;
  }

  /** The first type of a union that fits, null first if the value is missing. */
  private Object value(Schema schema, String path, Object value) throws Unfit {
    if (!schema.isUnion()) {
      return single(schema, path, value);
    }
    boolean missing = isMissing(value) && !hasBelow(path);
    if (missing && schema.isNullable()) {
      return null;
    }
    Unfit last = null;
    for (Schema branch : AvroColumns.branches(schema)) {
      try {
        return single(branch, path, value);
      } catch (Unfit e) {
        last = e;
      }
    }
    throw last == null ? new Unfit(path + " is null in the Avro schema") : last;
  }

  private boolean isMissing(Object value) {
    return value == null
        || "".equals(value)
        || (value instanceof String text && missingTexts.contains(text))
        || (value instanceof List<?> list && list.stream().allMatch(this::isMissing));
  }

  /** Whether the row has values of a record or map at {@code path}. */
  private boolean hasBelow(String path) {
    return row.keySet().stream().anyMatch(key -> key.toString().startsWith(path + "."));
  }

  private Object single(Schema schema, String path, Object value) throws Unfit {
    return switch (schema.getType()) {
      case RECORD -> nested(schema, path, value);
      case MAP -> map(schema.getValueType(), path, value);
      case ARRAY -> list(schema, path, value);
      default -> {
        Object only = isMissing(value) ? null : value;
        if (only instanceof List<?> list && list.size() == 1) {
          only = list.get(0);
        }
        if (only instanceof Map || only instanceof List) {
          throw unfit(schema, path, only instanceof Map ? "an object" : "a list");
        }
        yield scalar(schema, path, only == null ? "" : only.toString());
      }
    };
  }

  private Object nested(Schema schema, String path, Object value) throws Unfit {
    boolean isOther = !isMissing(value) && !(value instanceof Map);
    if ((isOther && !hasBelow(path)) || path.length() > MAX_PATH) {
      throw unfit(schema, path, value);
    }
    return record(schema, path + ".");
  }

  private Object map(Schema values, String path, Object value) throws Unfit {
    Map<String, Object> entries = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> object) {
      object.forEach((key, entry) -> entries.put(key.toString(), entry));
    }
    for (Object key : row.keySet()) {
      if (key.toString().startsWith(path + ".")) {
        entries.put(key.toString().substring(path.length() + 1), row.get(key));
      }
    }
    for (Map.Entry<String, Object> entry : entries.entrySet()) {
      entry.setValue(value(values, path + "." + entry.getKey(), entry.getValue()));
    }
    return entries;
  }

  private Object list(Schema schema, String path, Object value) throws Unfit {
    List<?> parts =
        value instanceof List<?> list ? list : isMissing(value) ? List.of() : parts(path, value);
    GenericData.Array<Object> array = new GenericData.Array<>(parts.size(), schema);
    for (Object part : parts) {
      if (!isMissing(part)) {
        array.add(value(schema.getElementType(), path, part));
      }
    }
    return array;
  }

  private List<?> parts(String path, Object value) {
    CellParts splitter = splitters.get(path);
    if (splitter == null || value instanceof Map) {
      return List.of(value);
    }
    byte[] cell = value.toString().getBytes(StandardCharsets.UTF_8);
    int n = splitter.split(cell, 0, cell.length);
    return IntStream.range(0, n)
        .mapToObj(
            p -> new String(cell, splitter.from(p), splitter.length(p), StandardCharsets.UTF_8))
        .toList();
  }

  private Object scalar(Schema schema, String path, String text) throws Unfit {
    try {
      return switch (schema.getType()) {
        case INT -> Math.toIntExact(whole(schema, path, text));
        case LONG -> whole(schema, path, text);
        case FLOAT -> Float.parseFloat(text);
        case DOUBLE -> Double.parseDouble(text);
        case BOOLEAN -> flag(schema, path, text);
        case ENUM -> symbol(schema, path, text);
        case BYTES -> ByteBuffer.wrap(bytes(schema, text));
        case FIXED -> new GenericData.Fixed(schema, sized(schema, path, text));
        default -> text;
      };
    } catch (ArithmeticException | NumberFormatException e) {
      throw unfit(schema, path, text);
    }
  }

  private long whole(Schema schema, String path, String text) throws Unfit {
    AvroTime unit = path.equals(timeColumn) ? AvroTime.of(schema) : null;
    if (unit == null) {
      return new BigDecimal(text.strip()).longValueExact();
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    long ms = times.parse(bytes, 0, bytes.length);
    if (times.brokenRule(ms) != null) {
      throw unfit(schema, path, text);
    }
    return unit.ofMillis(ms);
  }

  private boolean flag(Schema schema, String path, String text) throws Unfit {
    return switch (text) {
      case "true", "True", "TRUE", "1" -> true;
      case "false", "False", "FALSE", "0" -> false;
      default -> throw unfit(schema, path, text);
    };
  }

  private Object symbol(Schema schema, String path, String text) throws Unfit {
    if (!schema.hasEnumSymbol(text)) {
      throw unfit(schema, path, text);
    }
    return new GenericData.EnumSymbol(schema, text);
  }

  private static byte[] bytes(Schema schema, String text) {
    return schema.getLogicalType() instanceof LogicalTypes.Decimal decimal && !text.isEmpty()
        ? new BigDecimal(text.strip()).setScale(decimal.getScale()).unscaledValue().toByteArray()
        : text.getBytes(StandardCharsets.UTF_8);
  }

  /** Bytes of the size of a fixed type; those of a decimal are extended by their sign. */
  private byte[] sized(Schema schema, String path, String text) throws Unfit {
    byte[] bytes = bytes(schema, text);
    boolean decimal = schema.getLogicalType() instanceof LogicalTypes.Decimal;
    int more = schema.getFixedSize() - bytes.length;
    if (more < 0 || bytes.length == 0 || (more > 0 && !decimal)) {
      throw unfit(schema, path, text);
    }
    byte[] sized = new byte[schema.getFixedSize()];
    Arrays.fill(sized, 0, more, bytes[0] < 0 ? (byte) -1 : 0);
    System.arraycopy(bytes, 0, sized, more, bytes.length);
    return sized;
  }

  private Unfit unfit(Schema schema, String path, Object value) {
    String was = isMissing(value) ? "missing" : "'" + value + "'";
    return new Unfit(
        path + " must be of type " + AvroColumns.name(schema.getType()) + " but was " + was);
  }
}
