package io.millrace.format;

import io.millrace.event.DidYouMean;
import io.millrace.event.TimeColumn;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.LogicalType;
import org.apache.avro.Schema;
import org.apache.avro.Schema.Field;

/** Checks that an Avro schema has the columns of a job, each of a type that can be read. */
final class AvroColumns {

  /** Most steps of a path that a message proposes; a schema may contain itself. */
  private static final int MAX_STEPS = 4;

  /** Most columns that a message lists. */
  private static final int SHOWN = 12;

  /** Types of a number: text may be one. */
  private static final Set<Schema.Type> NUMBER =
      EnumSet.of(
          Schema.Type.INT,
          Schema.Type.LONG,
          Schema.Type.FLOAT,
          Schema.Type.DOUBLE,
          Schema.Type.STRING,
          Schema.Type.BYTES,
          Schema.Type.FIXED);

  private static final Set<Schema.Type> LABEL = with(NUMBER, Schema.Type.BOOLEAN, Schema.Type.ENUM);
  private static final Set<Schema.Type> VALUE = with(LABEL, Schema.Type.ARRAY);

  /** Logical types that look like a time but name no moment. */
  private static final Set<String> NO_MOMENT =
      Set.of(
          "time-millis",
          "time-micros",
          "local-timestamp-millis",
          "local-timestamp-micros",
          "local-timestamp-nanos");

  private AvroColumns() {}

  private static Set<Schema.Type> with(Set<Schema.Type> types, Schema.Type... more) {
    Set<Schema.Type> all = EnumSet.copyOf(types);
    all.addAll(List.of(more));
    return all;
  }

  /**
   * Parses the JSON of an Avro schema, which must be a record.
   *
   * @throws IllegalArgumentException with the rule that it breaks
   */
  static Schema parse(String text) {
    Schema type;
    try {
      type = new Schema.Parser().parse(text);
    } catch (AvroRuntimeException e) {
      String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new IllegalArgumentException("must be an Avro schema (" + why + ")", e);
    }
    if (type.getType() != Schema.Type.RECORD) {
      throw new IllegalArgumentException(
          "must be the Avro schema of a record (it is of type " + name(type.getType()) + ")");
    }
    return type;
  }

  /**
   * Checks the columns.
   *
   * @throws IllegalArgumentException with the rule that is broken, such as {@code must have the
   *     column 'x' (...)}
   */
  static void check(Schema type, io.millrace.event.Schema columns) {
    String time = columns.time().column();
    check(type, time, "a time", NUMBER, false);
    checkMoment(type, columns.time());
    String label = columns.label().column();
    check(type, label, "a label", LABEL, columns.label().optional());
    columns.dense().forEach(d -> check(type, d.column(), "a number", NUMBER, false));
    columns.fields().forEach(f -> check(type, f.column(), "a value or a list", VALUE, false));
  }

  private static void check(
      Schema type, String column, String what, Set<Schema.Type> allowed, boolean optional) {
    List<Schema> found = new ArrayList<>();
    find(type, column, found);
    if (found.isEmpty() && !optional) {
      throw new IllegalArgumentException(
          "must have the column '%s' (its record %s has %s%s)"
              .formatted(column, type.getName(), shorten(paths(type)), hint(column, type)));
    }
    if (!found.isEmpty() && found.stream().noneMatch(s -> isOne(s, allowed))) {
      throw new IllegalArgumentException(
          "must have %s in the column '%s' (it is of type %s there)"
              .formatted(
                  what,
                  column,
                  found.stream().map(s -> name(s.getType())).collect(Collectors.joining(" or "))));
    }
  }

  private static boolean isOne(Schema schema, Set<Schema.Type> allowed) {
    return allowed.contains(schema.getType())
        && (schema.getType() != Schema.Type.ARRAY
            || branches(schema.getElementType()).stream()
                .anyMatch(s -> LABEL.contains(s.getType())));
  }

  private static void checkMoment(Schema type, TimeColumn time) {
    List<Schema> found = new ArrayList<>();
    find(type, time.column(), found);
    for (Schema schema : found) {
      LogicalType logical = schema.getLogicalType();
      if (logical != null && NO_MOMENT.contains(logical.getName())) {
        throw new IllegalArgumentException(
            "must have a moment in the column '%s' (it is of type %s there, which has no %s; use"
                    .formatted(
                        time.column(),
                        logical.getName(),
                        logical.getName().startsWith("time") ? "day" : "time zone")
                + " timestamp-millis or timestamp-micros)");
      }
    }
  }

  /** Adds the types, except null, that the value of a column may have. */
  private static void find(Schema any, String column, List<Schema> found) {
    int dot = column.indexOf('.');
    boolean path = dot > 0 && dot < column.length() - 1;
    for (Schema schema : branches(any)) {
      if (schema.getType() == Schema.Type.RECORD) {
        Field field = schema.getField(column);
        Field step = path && field == null ? schema.getField(column.substring(0, dot)) : null;
        if (field != null) {
          found.addAll(branches(field.schema()));
        } else if (step != null) {
          find(step.schema(), column.substring(dot + 1), found);
        }
      } else if (schema.getType() == Schema.Type.MAP) {
        found.addAll(branches(schema.getValueType()));
        if (path) {
          find(schema.getValueType(), column.substring(dot + 1), found);
        }
      }
    }
  }

  /** The schema itself, or the branches of a union, without null. */
  static List<Schema> branches(Schema schema) {
    return (schema.isUnion() ? schema.getTypes() : List.of(schema))
        .stream().filter(s -> s.getType() != Schema.Type.NULL).toList();
  }

  static String name(Schema.Type type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  private static String hint(String column, Schema type) {
    return DidYouMean.among(column, paths(type));
  }

  /** Paths of a record's values. */
  private static List<String> paths(Schema type) {
    List<String> paths = new ArrayList<>();
    paths(type, "", 1, paths);
    return paths;
  }

  private static void paths(Schema record, String prefix, int steps, List<String> paths) {
    for (Field field : record.getFields()) {
      String path = prefix + field.name();
      List<Schema> records =
          branches(field.schema()).stream().filter(s -> s.getType() == Schema.Type.RECORD).toList();
      if (records.isEmpty()) {
        paths.add(path);
      } else if (steps < MAX_STEPS) {
        records.forEach(s -> paths(s, path + ".", steps + 1, paths));
      }
    }
  }

  private static String shorten(List<String> columns) {
    return columns.size() <= SHOWN
        ? columns.toString()
        : columns.subList(0, SHOWN) + " and " + (columns.size() - SHOWN) + " more";
  }
}
