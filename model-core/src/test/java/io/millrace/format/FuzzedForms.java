package io.millrace.format;

import io.millrace.event.CategoricalField;
import io.millrace.event.Schema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
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

  /** Lines of csv or tsv, a header first; each may have quotes where csv allows them. */
  List<String> cells(TextFormat format) {
    List<String> lines = new ArrayList<>();
    lines.add(line(format, log.columns));
    for (Map<String, Object> row : log.rows) {
      lines.add(
          line(format, log.columns.stream().map(column -> cell(column, row.get(column))).toList()));
    }
    return lines;
  }

  private String cell(String column, Object value) {
    return value instanceof List<?> list
        ? list.stream().map(Object::toString).collect(Collectors.joining(separators.get(column)))
        : value == null ? "" : value.toString();
  }

  private String line(TextFormat format, List<String> cells) {
    return format == TextFormat.TSV
        ? String.join("\t", cells)
        : cells.stream().map(this::quoted).collect(Collectors.joining(","));
  }

  private String quoted(String cell) {
    boolean must = cell.contains(",") || cell.startsWith("\"");
    return must || (!cell.isEmpty() && random.nextInt(5) == 0)
        ? '"' + cell.replace("\"", "\"\"") + '"'
        : cell;
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
    if (value instanceof List<?> list && (list.size() > 1 || random.nextBoolean())) {
      return random.nextInt(4) == 0
          ? string(cell(column, list))
          : list.stream().map(v -> single(v.toString())).collect(Collectors.joining(",", "[", "]"));
    }
    return value == null ? log.pick(List.of("null", "\"\"", "[]")) : single(cell(column, value));
  }

  /** A number or a flag may be written as such, or as text. */
  private String single(String text) {
    boolean literal =
        text.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?|true|false|NaN|Infinity");
    return literal && random.nextInt(3) > 0 ? text : string(text);
  }

  private static String string(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** An Avro schema that can hold the log; null if a column's name is none in Avro. */
  org.apache.avro.Schema avro() {
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
  private org.apache.avro.Schema record(String name, Map<String, Object> tree) {
    var fields = SchemaBuilder.record(name).namespace("fuzz").fields();
    for (Map.Entry<String, Object> entry : tree.entrySet()) {
      org.apache.avro.Schema type =
          entry.getValue() instanceof Map<?, ?> below
              ? record(name + "_" + entry.getKey(), (Map<String, Object>) below)
              : type(entry.getValue().toString());
      fields = fields.name(entry.getKey()).type(type).noDefault();
    }
    return fields.endRecord();
  }

  /** A type that holds all values of the column exactly. */
  private org.apache.avro.Schema type(String column) {
    List<String> texts = new ArrayList<>();
    boolean lists = false;
    boolean missing = false;
    for (Map<String, Object> row : log.rows) {
      Object value = row.get(column);
      missing |= value == null;
      if (value instanceof List<?> list) {
        lists |= list.size() > 1;
        list.forEach(v -> texts.add(v.toString()));
      } else if (value != null) {
        texts.add(value.toString());
      }
    }
    org.apache.avro.Schema type = log.pick(types(column, texts));
    if (lists) {
      type = org.apache.avro.Schema.createArray(type);
    }
    boolean canBeEmpty =
        lists
            || type.getType() == org.apache.avro.Schema.Type.STRING
            || type.getType() == org.apache.avro.Schema.Type.BYTES;
    return missing && (!canBeEmpty || random.nextBoolean())
        ? SchemaBuilder.unionOf().nullType().and().type(type).endUnion()
        : type;
  }

  private List<org.apache.avro.Schema> types(String column, List<String> texts) {
    List<org.apache.avro.Schema> types = new ArrayList<>();
    var make = SchemaBuilder.builder();
    types.add(make.stringType());
    types.add(make.bytesType());
    if (texts.stream().allMatch(t -> t.matches("0|-?[1-9]\\d{0,17}"))) {
      types.add(make.longType());
    }
    if (texts.stream().allMatch(t -> t.matches("0|-?[1-9]\\d{0,8}"))) {
      types.add(make.intType());
    }
    if (texts.stream().allMatch(t -> t.matches("true|false"))) {
      types.add(make.booleanType());
    }
    if (isNumber(column) && texts.stream().allMatch(FuzzedForms::isDouble)) {
      types.add(make.doubleType());
      if (texts.stream().allMatch(FuzzedForms::isFloat)) {
        types.add(make.floatType());
      }
    }
    return types;
  }

  /** Whether a column is read as a number alone, so that its spelling does not count. */
  private boolean isNumber(String column) {
    Schema schema = log.schema;
    return !separators.containsKey(column)
        && schema.dense().stream().anyMatch(d -> d.column().equals(column));
  }

  private static boolean isDouble(String text) {
    return text.strip().matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")
        && Double.isFinite(Double.parseDouble(text));
  }

  private static boolean isFloat(String text) {
    return Double.parseDouble(Decimals.text(Float.parseFloat(text))) == Double.parseDouble(text);
  }

  /** Avro records, with {@code prefix} before each. */
  List<byte[]> avro(org.apache.avro.Schema type, byte[] prefix) throws IOException {
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

  private static Object datum(org.apache.avro.Schema type, String path, Map<String, Object> row) {
    if (type.getType() == org.apache.avro.Schema.Type.RECORD) {
      GenericData.Record record = new GenericData.Record(type);
      for (org.apache.avro.Schema.Field field : type.getFields()) {
        String below = path.isEmpty() ? field.name() : path + "." + field.name();
        record.put(field.pos(), datum(field.schema(), below, row));
      }
      return record;
    }
    Object value = row.get(path);
    if (type.isUnion()) {
      return value == null ? null : datum(type.getTypes().get(1), path, row);
    }
    if (type.getType() == org.apache.avro.Schema.Type.ARRAY) {
      List<?> list = value instanceof List<?> l ? l : value == null ? List.of() : List.of(value);
      return list.stream().map(v -> single(type.getElementType(), v.toString())).toList();
    }
    Object only = value instanceof List<?> list ? list.get(0) : value;
    return single(type, only == null ? "" : only.toString());
  }

  private static Object single(org.apache.avro.Schema type, String text) {
    return switch (type.getType()) {
      case LONG -> Long.parseLong(text);
      case INT -> Integer.parseInt(text);
      case DOUBLE ->
          new BigDecimal(text.strip()).signum() == 0 && text.contains("-")
              ? -0.0
              : Double.parseDouble(text);
      case FLOAT -> Float.parseFloat(text);
      case BOOLEAN -> Boolean.parseBoolean(text);
      case BYTES -> ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      default -> text;
    };
  }
}
