package io.millrace.snapshot;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A {@link Schema} as JSON: a published model contains how raw values become its inputs. A key that
 * says nothing new ({@code "number": false}, no {@code missing} texts, {@code numbers} that are
 * positions) is left out, as in manifests of earlier versions.
 */
final class SchemaJson {

  private SchemaJson() {}

  static void write(Schema schema, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("dense");
    for (DenseColumn column : schema.dense()) {
      writeDense(column, json);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("categorical");
    for (CategoricalField field : schema.fields()) {
      json.writeStartObject();
      json.writeStringField("name", field.name());
      json.writeStringField("column", field.column());
      json.writeStringField("separator", field.separator());
      json.writeNumberField("expected_ids", field.expectedIds());
      if (field.number()) {
        json.writeBooleanField("number", true);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    writeLabel(schema.label(), json);
    writeTime(schema.time(), json);
    if (!schema.missing().isEmpty()) {
      json.writeFieldName("missing");
      json.writeArray(schema.missing().toArray(new String[0]), 0, schema.missing().size());
    }
    if (!schema.numberedByPosition()) {
      int[] numbers = schema.numbers().stream().mapToInt(number -> number).toArray();
      json.writeFieldName("numbers");
      json.writeArray(numbers, 0, numbers.length);
    }
    json.writeEndObject();
  }

  private static void writeDense(DenseColumn column, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", column.name());
    json.writeStringField("column", column.column());
    json.writeNumberField("missing", (double) column.missing());
    json.writeObjectFieldStart("transform");
    if (column.transform() instanceof Transform.Log1p log) {
      json.writeStringField("kind", "log1p");
      json.writeNumberField("scale", log.scale());
    } else if (column.transform() instanceof Transform.Standardise standardise) {
      json.writeStringField("kind", "standardise");
      json.writeNumberField("mean", standardise.mean());
      json.writeNumberField("deviation", standardise.deviation());
    } else if (column.transform() instanceof Transform.Bucketise buckets) {
      json.writeStringField("kind", "bucketise");
      json.writeArrayFieldStart("boundaries");
      for (double boundary : buckets.boundaries()) {
        json.writeNumber(boundary);
      }
      json.writeEndArray();
    } else {
      json.writeStringField("kind", "identity");
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeLabel(LabelColumn label, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("label");
    json.writeStringField("column", label.column());
    json.writeArrayFieldStart("positive");
    for (String positive : label.positive()) {
      json.writeString(positive);
    }
    json.writeEndArray();
    json.writeNumberField("threshold", label.threshold());
    json.writeBooleanField("optional", label.optional());
    json.writeEndObject();
  }

  private static void writeTime(TimeColumn time, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("time");
    if (time instanceof TimeColumn.Epoch epoch) {
      json.writeStringField("kind", "epoch");
      json.writeStringField("column", epoch.column());
      json.writeStringField("unit", epoch.unit().name().toLowerCase(Locale.ROOT));
      if (!epoch.zone().isEmpty()) {
        json.writeStringField("zone", epoch.zone());
      }
    } else if (time instanceof TimeColumn.Pattern pattern) {
      json.writeStringField("kind", "pattern");
      json.writeStringField("column", pattern.column());
      json.writeStringField("pattern", pattern.pattern());
      json.writeNumberField("year", pattern.year());
      json.writeStringField("zone", pattern.zone());
    } else if (time instanceof TimeColumn.MadeUp madeUp) {
      json.writeStringField("kind", "made_up");
      json.writeNumberField("events_per_day", madeUp.eventsPerDay());
      json.writeNumberField("start", madeUp.start());
    }
    json.writeEndObject();
  }

  static Schema read(JsonTree json) throws IOException {
    List<DenseColumn> dense = new ArrayList<>();
    for (JsonTree column : json.list("dense")) {
      dense.add(
          new DenseColumn(
              column.text("name"),
              column.text("column"),
              transform(column.at("transform")),
              (float) column.number("missing")));
    }
    List<CategoricalField> fields = new ArrayList<>();
    for (JsonTree field : json.list("categorical")) {
      fields.add(
          new CategoricalField(
              field.text("name"),
              field.text("column"),
              field.text("separator"),
              field.integer("expected_ids"),
              field.has("number") && field.flag("number")));
    }
    List<String> missing = json.has("missing") ? json.texts("missing") : List.of();
    List<Integer> numbers = new ArrayList<>();
    for (JsonTree number : json.has("numbers") ? json.list("numbers") : List.<JsonTree>of()) {
      numbers.add(Math.toIntExact(number.asLong()));
    }
    return new Schema(
        dense, fields, label(json.at("label")), time(json.at("time")), missing, numbers);
  }

  private static Transform transform(JsonTree json) throws IOException {
    String kind = json.text("kind");
    return switch (kind) {
      case "identity" -> new Transform.Identity();
      case "log1p" -> new Transform.Log1p(json.number("scale"));
      case "standardise" ->
          new Transform.Standardise(json.number("mean"), json.number("deviation"));
      case "bucketise" -> {
        List<Double> boundaries = new ArrayList<>();
        for (JsonTree boundary : json.list("boundaries")) {
          boundaries.add(boundary.asDouble());
        }
        yield new Transform.Bucketise(boundaries);
      }
      default -> throw new IllegalArgumentException("unknown transform '" + kind + "'");
    };
  }

  private static LabelColumn label(JsonTree json) throws IOException {
    return new LabelColumn(
        json.text("column"),
        json.texts("positive"),
        json.number("threshold"),
        json.flag("optional"));
  }

  private static TimeColumn time(JsonTree json) throws IOException {
    String kind = json.text("kind");
    return switch (kind) {
      case "epoch" ->
          new TimeColumn.Epoch(
              json.text("column"),
              TimeColumn.Unit.valueOf(json.text("unit").toUpperCase(Locale.ROOT)),
              json.has("zone") ? json.text("zone") : "");
      case "pattern" ->
          new TimeColumn.Pattern(
              json.text("column"), json.text("pattern"), json.int32("year"), json.text("zone"));
      case "made_up" ->
          new TimeColumn.MadeUp(json.integer("events_per_day"), json.integer("start"));
      default -> throw new IllegalArgumentException("unknown kind of time '" + kind + "'");
    };
  }
}
