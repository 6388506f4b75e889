package io.millrace.format;

import io.millrace.event.CategoricalField;
import io.millrace.event.TimeColumn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/**
 * Writes the rows of a {@link FuzzedLog} in each form, by code that shares nothing with the writers
 * that are tested: texts by hand, Avro by its own library.
 */
final class FuzzedForms {

  private static final List<String> SEPARATORS = List.of(",", "\t", ";", "|", "::", "§", "~");

  private static final int PRECISION = 100;
  private static final int SCALE = 50;

  private static final List<String> ENCODINGS =
      List.of("utf-8", "utf-8", "utf-16", "utf-16le", "iso-8859-1", "windows-1252");

  private final FuzzedLog log;
  private final Random random;
  private final Map<String, String> separators = new TreeMap<>();

  FuzzedForms(FuzzedLog log) {
    this.log = log;
    random = log.random();
    for (CategoricalField field : log.schema.fields()) {
      separators.put(field.column(), field.separator());
    }
  }

  /**
   * A file.
   *
   * @param columns of a file without a header; else empty
   * @param separator of cells; empty for jsonl
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Text(byte[] bytes, List<String> columns, String separator, String encoding) {}

  /**
   * A file of csv or tsv with any separator, encoding and order of columns, with or without a
   * header; cells may have quotes where csv allows them, and blanks around the parts of a list.
   */
  Text cells(TextFormat format) {
    List<String> columns = new ArrayList<>(log.columns);
    Collections.shuffle(columns, random);
    String separator = format == TextFormat.CSV ? log.pick(SEPARATORS) : unquotedSeparator();
    boolean tabs = format == TextFormat.CSV || !separator.equals("\t");
    List<String> lines = new ArrayList<>();
    boolean header = random.nextInt(4) > 0;
    if (header) {
      lines.add(line(format, separator, columns));
    }
    for (Map<String, Object> row : log.rows) {
      lines.add(
          line(
              format,
              separator,
              columns.stream().map(column -> cell(column, row.get(column), tabs)).toList()));
    }
    return text(lines, header ? List.of() : columns, separator);
  }

  /** The lines of {@link #json} in any encoding. */
  Text jsonLines() {
    return text(json(), List.of(), "");
  }

  private Text text(List<String> lines, List<String> columns, String separator) {
    String text = String.join(log.pick(List.of("\n", "\r\n")), lines) + "\n";
    List<String> encodings =
        ENCODINGS.stream().filter(e -> Charset.forName(e).newEncoder().canEncode(text)).toList();
    String encoding = log.pick(encodings);
    boolean mark = encoding.startsWith("utf") && random.nextInt(4) == 0;
    String marked = mark && !encoding.equals("utf-16") ? '\uFEFF' + text : text; // Java marks it
    return new Text(marked.getBytes(Charset.forName(encoding)), columns, separator, encoding);
  }

  /** A separator that is in no cell: tsv has no quotes. */
  private String unquotedSeparator() {
    List<String> cells = new ArrayList<>(log.columns);
    log.rows.forEach(row -> row.forEach((column, value) -> cells.add(plainCell(column, value))));
    return log.pick(
        SEPARATORS.stream().filter(s -> cells.stream().noneMatch(c -> mustQuote(c, s))).toList());
  }

  private String plainCell(String column, Object value) {
    return value instanceof List<?> list
        ? list.stream().map(Object::toString).collect(Collectors.joining(separators.get(column)))
        : value.toString();
  }

  /** A list's parts may have blanks around them, and empty parts between them. */
  private String cell(String column, Object value, boolean tabs) {
    if (!(value instanceof List<?> list)) {
      return value == null ? "" : respelled(column, value.toString());
    }
    List<String> blanks =
        tabs ? List.of("", "", "", " ", "\t", " \t ") : List.of("", "", " ", "  ");
    return list.stream()
        .map(part -> log.pick(blanks) + respelled(column, part.toString()) + log.pick(blanks))
        .collect(Collectors.joining(separators.get(column)));
  }

  private String line(TextFormat format, String separator, List<String> cells) {
    return format == TextFormat.TSV
        ? String.join(separator, cells)
        : cells.stream()
            .map(cell -> quoted(cell, separator))
            .collect(Collectors.joining(separator));
  }

  private String quoted(String cell, String separator) {
    boolean must = mustQuote(cell, separator) || cell.startsWith("\"");
    return must || (!cell.isEmpty() && random.nextInt(5) == 0)
        ? '"' + cell.replace("\"", "\"\"") + '"'
        : cell;
  }

  /** Whether the first separator at or after the cell is not the one behind it. */
  private static boolean mustQuote(String cell, String separator) {
    return (cell + separator).indexOf(separator) < cell.length();
  }

  /** Another text of the same number, where its spelling does not count. */
  private String respelled(String column, String text) {
    if (!isNumber(column)
        || log.schema.missing().contains(text)
        || !isDecimal(text)
        || random.nextBoolean()) {
      return text;
    }
    BigDecimal number = new BigDecimal(text.strip());
    if (number.signum() == 0 || Math.abs(number.scale()) > 300) {
      return text; // -0 is not 0; as for the others, long texts are no numbers
    }
    String other =
        log.pick(
            List.of(
                number.toPlainString(),
                number.stripTrailingZeros().toString(),
                number.unscaledValue() + "e" + -number.scale(),
                number.setScale(Math.max(1, number.scale())).toPlainString(),
                number.signum() > 0 ? "+0" + number.toPlainString() : text));
    return log.schema.missing().contains(other) ? text : other;
  }

  /** JSON objects: keys in any order, paths as objects or as keys with dots. */
  List<String> json() {
    return log.rows.stream().map(this::object).toList();
  }

  private String object(Map<String, Object> row) {
    List<String> columns = new ArrayList<>(log.columns);
    Collections.shuffle(columns, random);
    boolean nested = random.nextBoolean();
    Map<String, Object> tree = new LinkedHashMap<>();
    for (String column : columns) {
      Object value = row.get(column);
      if (value != null || random.nextBoolean()) {
        put(tree, column, value(column, value), nested);
      }
    }
    return write(tree);
  }

  @SuppressWarnings("unchecked") // made here
  private static void put(Map<String, Object> tree, String column, String json, boolean nested) {
    int dot = column.indexOf('.');
    boolean path = dot > 0 && dot < column.length() - 1 && !column.contains("..");
    if (path && nested) {
      Object below =
          tree.computeIfAbsent(column.substring(0, dot), k -> new LinkedHashMap<String, Object>());
      put((Map<String, Object>) below, column.substring(dot + 1), json, true);
    } else {
      tree.put(column, json);
    }
  }

  @SuppressWarnings("unchecked") // made here
  private static String write(Map<String, Object> tree) {
    return tree.entrySet().stream()
        .map(
            e ->
                string(e.getKey())
                    + ":"
                    + (e.getValue() instanceof Map<?, ?> below
                        ? write((Map<String, Object>) below)
                        : e.getValue()))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private String value(String column, Object value) {
    if (value instanceof List<?> list
        && (!log.inCells || list.size() > 1 || random.nextBoolean())) {
      return log.inCells && random.nextInt(4) == 0
          ? string(cell(column, list, true))
          : list.stream()
              .map(part -> single(respelled(column, part.toString())))
              .collect(Collectors.joining(",", "[", "]"));
    }
    return value == null
        ? log.pick(List.of("null", "\"\"", "[]"))
        : single(cell(column, value, true));
  }

  /** A number or a flag may be written as such, or as text. */
  private String single(String text) {
    boolean literal =
        text.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?|true|false|NaN|Infinity");
    return literal && random.nextInt(3) > 0 ? text : string(text);
  }

  private static String string(String text) {
    String escaped = text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\t", "\\t");
    return '"' + escaped + '"';
  }

  /** An Avro schema that can hold the log; null if a column's name is none in Avro. */
  Schema avro() {
    Map<String, Object> tree = new LinkedHashMap<>();
    List<String> columns = new ArrayList<>(log.columns);
    Collections.shuffle(columns, random);
    for (String column : columns) {
      if (!column.matches("[A-Za-z_]\\w*(\\.[A-Za-z_]\\w*)*")) {
        return null;
      }
      put(tree, column, column, true);
    }
    return record("Click", tree);
  }

  @SuppressWarnings("unchecked") // made here
  private Schema record(String name, Map<String, Object> tree) {
    var fields = SchemaBuilder.record(name).namespace("fuzz").fields();
    for (Map.Entry<String, Object> entry : tree.entrySet()) {
      Schema type =
          entry.getValue() instanceof Map<?, ?> below
              ? record(name + "_" + entry.getKey(), (Map<String, Object>) below)
              : type(entry.getValue().toString());
      fields = fields.name(entry.getKey()).type(type).noDefault();
    }
    return fields.endRecord();
  }

  /** A type that holds all values of the column exactly. */
  private Schema type(String column) {
    List<String> texts = new ArrayList<>();
    boolean lists = false;
    boolean missing = false;
    for (Map<String, Object> row : log.rows) {
      Object value = row.get(column);
      List<?> list = value instanceof List<?> l ? l : value == null ? List.of() : List.of(value);
      lists |= value instanceof List && (list.size() > 1 || !log.inCells);
      missing |= list.stream().allMatch(this::isMissing);
      list.stream().filter(v -> !isMissing(v)).forEach(v -> texts.add(v.toString()));
    }
    Schema type = log.pick(types(column, texts));
    boolean canBeEmpty = lists || holdsText(type);
    if (lists) {
      type = Schema.createArray(type);
    }
    return missing && (!canBeEmpty || random.nextBoolean())
        ? SchemaBuilder.unionOf().nullType().and().type(type).endUnion()
        : type;
  }

  private boolean isMissing(Object text) {
    return text.equals("") || log.schema.missing().contains(text.toString());
  }

  private static boolean holdsText(Schema type) {
    return type.getType() == Schema.Type.STRING
        || (type.getType() == Schema.Type.BYTES && type.getLogicalType() == null);
  }

  private List<Schema> types(String column, List<String> texts) {
    List<Schema> types = new ArrayList<>();
    var make = SchemaBuilder.builder();
    types.add(make.stringType());
    types.add(make.bytesType());
    boolean number = isNumber(column) && texts.stream().allMatch(FuzzedForms::isDecimal);
    boolean exact = number && texts.stream().noneMatch(t -> isDense(column) && isMinusZero(t));
    String whole = "0|-?[1-9]\\d*";
    if (texts.stream().allMatch(t -> isWhole(t, 63) && (exact || t.matches(whole)))) {
      types.add(make.longType());
    }
    if (texts.stream().allMatch(t -> isWhole(t, 31) && (exact || t.matches(whole)))) {
      types.add(make.intType());
    }
    if (texts.stream().allMatch(t -> t.matches("true|false"))) {
      types.add(make.booleanType());
    }
    boolean rounded = isDense(column) && !separators.containsKey(column);
    if (number && texts.stream().allMatch(t -> isDouble(t, rounded))) {
      types.add(make.doubleType());
      if (texts.stream().allMatch(FuzzedForms::isFloat)) {
        types.add(make.floatType());
      }
    }
    if (exact && texts.stream().allMatch(FuzzedForms::isScaled)) {
      types.add(
          LogicalTypes.decimal(PRECISION, SCALE).addToSchema(Schema.create(Schema.Type.BYTES)));
    }
    if (column.equals(log.schema.time().column()) && log.times.keySet().containsAll(texts)) {
      types.add(LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG)));
      types.add(LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG)));
    }
    return types;
  }

  /** Whether a column is read as a number alone, so that its spelling does not count. */
  private boolean isNumber(String column) {
    boolean texts =
        log.schema.fields().stream().anyMatch(f -> f.column().equals(column) && !f.number());
    boolean isTime =
        column.equals(log.schema.time().column()) && log.schema.time() instanceof TimeColumn.Epoch;
    return !texts && (isTime || isDense(column) || separators.containsKey(column));
  }

  private boolean isDense(String column) {
    return log.schema.dense().stream().anyMatch(d -> d.column().equals(column));
  }

  private static boolean isDecimal(String text) {
    return text.strip().matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,8})?");
  }

  private static boolean isMinusZero(String text) {
    return text.contains("-") && new BigDecimal(text.strip()).signum() == 0;
  }

  private static boolean isWhole(String text, int bits) {
    if (!isDecimal(text)) {
      return false;
    }
    BigDecimal number = new BigDecimal(text.strip()).stripTrailingZeros();
    return number.scale() <= 0
        && number.scale() > -30
        && number.toBigIntegerExact().bitLength() <= bits;
  }

  private static boolean isScaled(String text) {
    BigDecimal number = new BigDecimal(text.strip());
    return number.scale() <= SCALE && number.precision() - number.scale() <= PRECISION - SCALE;
  }

  /** Whether a double holds the number; one that is rounded to a double may be inexact. */
  private static boolean isDouble(String text, boolean rounded) {
    double value = Double.parseDouble(text);
    return Double.isFinite(value)
        && (rounded
            || new BigDecimal(Decimals.text(value)).compareTo(new BigDecimal(text.strip())) == 0);
  }

  private static boolean isFloat(String text) {
    return Double.parseDouble(Decimals.text(Float.parseFloat(text))) == Double.parseDouble(text);
  }

  /** Avro records, with {@code prefix} before each. */
  List<byte[]> avro(Schema type, byte[] prefix) throws IOException {
    List<byte[]> records = new ArrayList<>();
    GenericDatumWriter<Object> writer = new GenericDatumWriter<>(type);
    for (Map<String, Object> row : log.rows) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(prefix);
      BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
      writer.write(datum(type, "", row), encoder);
      encoder.flush();
      records.add(out.toByteArray());
    }
    return records;
  }

  private Object datum(Schema type, String path, Map<String, Object> row) {
    if (type.getType() == Schema.Type.RECORD) {
      GenericData.Record record = new GenericData.Record(type);
      for (Schema.Field field : type.getFields()) {
        String below = path.isEmpty() ? field.name() : path + "." + field.name();
        record.put(field.pos(), datum(field.schema(), below, row));
      }
      return record;
    }
    Object value = row.get(path);
    List<?> list = value instanceof List<?> l ? l : value == null ? List.of() : List.of(value);
    if (type.isUnion()) {
      boolean missing = list.stream().allMatch(this::isMissing);
      return missing ? null : datum(type.getTypes().get(1), path, row);
    }
    if (type.getType() == Schema.Type.ARRAY) {
      boolean texts = holdsText(type.getElementType());
      return list.stream()
          .filter(v -> texts || !isMissing(v))
          .map(v -> single(type.getElementType(), v.toString()))
          .toList();
    }
    return single(type, list.isEmpty() ? "" : list.get(0).toString());
  }

  private Object single(Schema type, String text) {
    if (type.getLogicalType() instanceof LogicalTypes.Decimal) {
      BigDecimal number = new BigDecimal(text.strip()).setScale(SCALE);
      return ByteBuffer.wrap(number.unscaledValue().toByteArray());
    }
    if (type.getLogicalType() != null) {
      boolean micros = type.getLogicalType() instanceof LogicalTypes.TimestampMicros;
      return log.times.get(text) * (micros ? 1_000 : 1);
    }
    return switch (type.getType()) {
      case LONG -> new BigDecimal(text.strip()).longValueExact();
      case INT -> new BigDecimal(text.strip()).intValueExact();
      case DOUBLE -> isMinusZero(text) ? -0.0 : Double.parseDouble(text);
      case FLOAT -> Float.parseFloat(text);
      case BOOLEAN -> Boolean.parseBoolean(text);
      case BYTES -> ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      default -> text;
    };
  }
}
