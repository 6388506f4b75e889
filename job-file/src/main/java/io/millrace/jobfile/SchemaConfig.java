package io.millrace.jobfile;

import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads the section {@code schema}. */
final class SchemaConfig {

  private SchemaConfig() {}

  static Schema read(ConfigSection section) {
    LabelColumn label = label(section.section("label"));
    TimeColumn time = time(section.section("time"));
    List<DenseColumn> dense = new ArrayList<>();
    section.sections("dense").forEach(entry -> dense.addAll(dense(entry)));
    List<CategoricalField> fields = new ArrayList<>();
    section.sections("categorical").forEach(entry -> fields.addAll(fields(entry)));
    try {
      return new Schema(dense, fields, label, time);
    } catch (IllegalArgumentException e) {
      throw section.error(e);
    }
  }

  private static LabelColumn label(ConfigSection section) {
    String column = section.name("column");
    List<String> positive = section.texts("positive");
    double threshold = section.number("threshold");
    boolean optional = section.flag("optional");
    try {
      return new LabelColumn(column, positive, threshold, optional);
    } catch (IllegalArgumentException e) {
      throw section.error(e);
    }
  }

  private static TimeColumn time(ConfigSection section) {
    String column = section.text("column");
    String unit = section.text("unit");
    String pattern = section.text("pattern");
    int year = section.smallInteger("year");
    String zone = section.text("zone");
    long perDay = section.integer("events_per_day");
    long start = start(section);
    if (column.isEmpty() == (perDay == 0)) {
      throw section.error("column", "must be set, or else events_per_day,");
    }
    try {
      if (perDay > 0) {
        return new TimeColumn.MadeUp(perDay, start);
      }
      return pattern.isEmpty()
          ? new TimeColumn.Epoch(column, TimeColumn.Unit.valueOf(unit.toUpperCase(Locale.ROOT)))
          : new TimeColumn.Pattern(column, pattern, year, zone);
    } catch (IllegalArgumentException e) {
      throw section.error(e);
    }
  }

  private static long start(ConfigSection section) {
    try {
      return Instant.parse(section.text("start")).toEpochMilli();
    } catch (DateTimeParseException e) {
      throw section.error("start", "must be a time such as 2024-01-01T00:00:00Z");
    }
  }

  private static List<DenseColumn> dense(ConfigSection section) {
    List<String> columns = ColumnNames.expand(section.texts("columns"));
    Transform transform = transform(section);
    float missing = (float) section.number("missing");
    try {
      return columns.stream().map(c -> new DenseColumn(c, c, transform, missing)).toList();
    } catch (IllegalArgumentException e) {
      throw section.error(e);
    }
  }

  private static Transform transform(ConfigSection section) {
    String kind = section.text("transform");
    double scale = section.number("scale");
    double mean = section.number("mean");
    double deviation = section.number("deviation");
    List<Double> boundaries = boundaries(section);
    try {
      return switch (kind) {
        case "log1p" -> new Transform.Log1p(scale);
        case "standardise" -> new Transform.Standardise(mean, deviation);
        case "bucketise" -> new Transform.Bucketise(boundaries);
        default -> new Transform.Identity();
      };
    } catch (IllegalArgumentException e) {
      throw section.error(e);
    }
  }

  private static List<Double> boundaries(ConfigSection section) {
    try {
      return section.texts("boundaries").stream().map(Double::valueOf).toList();
    } catch (NumberFormatException e) {
      throw section.error("boundaries", "must be a list of numbers");
    }
  }

  private static List<CategoricalField> fields(ConfigSection section) {
    List<String> columns = ColumnNames.expand(section.texts("columns"));
    Map<String, Long> expected = section.counts("expected_ids", columns);
    String separator = section.text("separator");
    String name = section.text("name");
    if (!name.isEmpty() && columns.size() != 1) {
      throw section.error("name", "must be empty for an entry of " + columns.size() + " columns");
    }
    try {
      return columns.stream()
          .map(c -> new CategoricalField(name.isEmpty() ? c : name, c, separator, expected.get(c)))
          .toList();
    } catch (IllegalArgumentException e) {
      throw section.error(e);
    }
  }
}
