package io.millrace.file.parquet;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.TimeUnit;

/**
 * A column that is a value or a list of values, and how its values are written in JSON:
 *
 * <pre>
 * boolean                      true, false
 * integers, decimals, floats   a number, in as few digits as give the value back
 * string, enum, JSON, bytes    a string
 * timestamp, INT96             a string such as 2026-01-31T09:30:00.123Z
 * date, time of day            2026-01-31, 09:30:00.123
 * UUID                         a string of 36 characters
 * </pre>
 *
 * <p>A list may have any of the forms that writers have used: a group of a repeated group with one
 * value (three levels), a group of a repeated value (two levels), or a repeated value.
 */
final class ParquetColumn {

  private final String name;
  private final String[] path;
  private final Footer.Node value;
  private final boolean list;

  /** Definition level from which on an element is there, though it may be null. */
  private final int elementLevel;

  /** Definition level of a value that is not null. */
  private final int valueLevel;

  private final BiFunction<Instant, Boolean, String> times;

  private ParquetColumn(List<Footer.Node> nodes, BiFunction<Instant, Boolean, String> times) {
    this.name = nodes.get(0).name();
    this.path = nodes.stream().map(Footer.Node::name).toArray(String[]::new);
    this.value = nodes.get(nodes.size() - 1);
    this.times = times;
    int level = 0;
    int repeated = 0;
    for (Footer.Node node : nodes) {
      level += node.element().getRepetition_type().name().equals("REQUIRED") ? 0 : 1;
      repeated = node.isRepeated() ? level : repeated;
    }
    list = repeated > 0;
    elementLevel = repeated;
    valueLevel = level;
  }

  /**
   * The column of a field at the top.
   *
   * @param times how a timestamp is written; its second argument is whether it is in UTC. Null for
   *     ISO 8601
   * @throws IOException if it is neither a value nor a list of values
   */
  static ParquetColumn of(Footer.Node field, BiFunction<Instant, Boolean, String> times)
      throws IOException {
    List<Footer.Node> nodes = new ArrayList<>(List.of(field));
    int repeated = field.isRepeated() ? 1 : 0;
    Footer.Node last = field;
    while (last.children().size() == 1) {
      last = last.children().get(0);
      nodes.add(last);
      repeated += last.isRepeated() ? 1 : 0;
    }
    boolean value = nodes.size() == 1 && last.element().isSetType();
    boolean list = repeated == 1 && last.element().isSetType() && (value || isList(field));
    if (repeated == 0 ? !value : !list) {
      throw new IOException(
          "its column '" + field.name() + "' must be a value or a list of values but is a group");
    }
    return new ParquetColumn(nodes, times == null ? Instants::iso : times);
  }

  private static boolean isList(Footer.Node field) {
    SchemaElement element = field.element();
    return element.getConverted_type() == ConvertedType.LIST
        || (element.isSetLogicalType() && element.getLogicalType().isSetLIST());
  }

  String name() {
    return name;
  }

  String[] path() {
    return path;
  }

  /**
   * Writes the column's member of the next row, behind a comma if the object has members; nothing
   * for null or an empty list.
   */
  void write(ColumnReader in, JsonText out) throws IOException {
    if (!list) {
      if (in.getCurrentDefinitionLevel() == valueLevel) {
        key(out);
        value(in, out);
      }
      in.consume();
      return;
    }
    boolean any = in.getCurrentDefinitionLevel() >= elementLevel;
    if (any) {
      key(out);
      out.raw('[');
    }
    boolean first = true;
    do {
      if (any) {
        element(in, out, first);
      }
      first = false;
      in.consume();
    } while (in.getCurrentRepetitionLevel() > 0);
    if (any) {
      out.raw(']');
    }
  }

  private void element(ColumnReader in, JsonText out, boolean first) throws IOException {
    if (!first) {
      out.raw(',');
    }
    if (in.getCurrentDefinitionLevel() == valueLevel) {
      value(in, out);
    } else {
      out.raw("null");
    }
  }

  private void key(JsonText out) {
    if (out.bytes[out.length - 1] != '{') {
      out.raw(',');
    }
    out.string(name).raw(':');
  }

  private void value(ColumnReader in, JsonText out) throws IOException {
    switch (value.element().getType()) {
      case BOOLEAN -> out.raw(String.valueOf(in.getBoolean()));
      case INT32 -> integer(in.getInteger(), Integer.toUnsignedLong(in.getInteger()), out);
      case INT64 -> integer(in.getLong(), in.getLong(), out);
      case FLOAT -> out.raw(String.valueOf(in.getFloat()));
      case DOUBLE -> out.raw(String.valueOf(in.getDouble()));
      case INT96 -> out.string(times.apply(Instants.int96(in.getBinary().getBytes()), true));
      case BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY -> bytes(in.getBinary().getBytes(), out);
    }
  }

  private void integer(long number, long unsigned, JsonText out) {
    SchemaElement element = value.element();
    LogicalType type = logical();
    if (isDecimal()) {
      out.raw(decimal(BigInteger.valueOf(number)));
    } else if (type != null && type.isSetTIMESTAMP()) {
      TimeUnit unit = type.getTIMESTAMP().getUnit();
      time(number, Instants.perSecond(unit), type.getTIMESTAMP().isIsAdjustedToUTC(), out);
    } else if (type != null && type.isSetTIME()) {
      out.string(Instants.timeOfDay(number, Instants.perSecond(type.getTIME().getUnit())));
    } else if (type != null && type.isSetINTEGER()) {
      out.raw(type.getINTEGER().isSigned ? Long.toString(number) : Long.toUnsignedString(unsigned));
    } else if (element.isSetConverted_type()) {
      converted(element.getConverted_type(), number, unsigned, out);
    } else {
      out.raw(Long.toString(number));
    }
  }

  private void converted(ConvertedType type, long number, long unsigned, JsonText out) {
    switch (type) {
      case DATE -> out.string(Instants.date((int) number));
      case TIMESTAMP_MILLIS -> time(number, 1_000, true, out);
      case TIMESTAMP_MICROS -> time(number, 1_000_000, true, out);
      case TIME_MILLIS -> out.string(Instants.timeOfDay(number, 1_000));
      case TIME_MICROS -> out.string(Instants.timeOfDay(number, 1_000_000));
      case UINT_8, UINT_16, UINT_32, UINT_64 -> out.raw(Long.toUnsignedString(unsigned));
      default -> out.raw(Long.toString(number));
    }
  }

  private void time(long number, long perSecond, boolean utc, JsonText out) {
    out.string(times.apply(Instants.instant(number, perSecond), utc));
  }

  private void bytes(byte[] bytes, JsonText out) throws IOException {
    LogicalType type = logical();
    if (isDecimal()) {
      out.raw(decimal(new BigInteger(bytes)));
    } else if (type != null && type.isSetUUID()) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      out.string(new UUID(in.getLong(), in.getLong()).toString());
    } else if (type != null && type.isSetFLOAT16()) {
      throw new IOException("its column '" + name + "' must not be FLOAT16; write it as FLOAT");
    } else {
      out.string(bytes);
    }
  }

  private LogicalType logical() {
    SchemaElement element = value.element();
    return element.isSetLogicalType() ? element.getLogicalType() : null;
  }

  private boolean isDecimal() {
    LogicalType type = logical();
    return (type != null && type.isSetDECIMAL())
        || value.element().getConverted_type() == ConvertedType.DECIMAL;
  }

  private String decimal(BigInteger unscaled) {
    LogicalType type = logical();
    int scale =
        type != null && type.isSetDECIMAL()
            ? type.getDECIMAL().getScale()
            : value.element().getScale();
    return new BigDecimal(unscaled, scale).toPlainString();
  }
}
