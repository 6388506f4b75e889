package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.columns;
import static io.millrace.jobfile.Kind.counts;
import static io.millrace.jobfile.Kind.flag;
import static io.millrace.jobfile.Kind.instant;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.longInteger;
import static io.millrace.jobfile.Kind.name;
import static io.millrace.jobfile.Kind.number;
import static io.millrace.jobfile.Kind.numbers;
import static io.millrace.jobfile.Kind.positive;
import static io.millrace.jobfile.Kind.text;
import static io.millrace.jobfile.Kind.texts;

import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.TimePattern;
import io.millrace.event.Transform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Keys of the section {@code schema}: what the columns of an event mean. */
final class SchemaKeys {

  static final Keys KEYS = new Keys("schema");

  private static final Keys LABEL = KEYS.section("label");

  private static final ConfigKey<String> LABEL_COLUMN =
      LABEL.key("column", null, name()).doc("column that says whether an event is positive");

  private static final ConfigKey<List<String>> POSITIVE =
      LABEL
          .key("positive", "[]", texts())
          .doc(
              "texts that mean positive; any other text is negative; true and false may be written"
                  + " in any case; empty to use the threshold");

  private static final ConfigKey<Double> THRESHOLD =
      LABEL.key("threshold", "0.5", number()).doc("least number that means positive");

  private static final ConfigKey<Boolean> OPTIONAL =
      LABEL
          .key("optional", "false", flag())
          .doc("whether events without a label are accepted; they are only scored");

  private static final Keys TIME = KEYS.section("time");

  private static final ConfigKey<String> TIME_COLUMN =
      TIME.key("column", "", text()).doc("column that holds the event time");

  private static final ConfigKey<TimeColumn.Unit> UNIT =
      TIME.key("unit", "ms", choice(TimeColumn.Unit.class))
          .doc(
              "unit of a time that is a number, which counts from 1970-01-01, UTC; a text in ISO"
                  + " 8601 such as 2024-01-31T12:00:00.25Z needs neither unit nor pattern");

  private static final ConfigKey<String> PATTERN =
      TIME.key("pattern", "", text())
          .doc(
              "pattern of any other text, as in java.time's DateTimeFormatter, such as"
                  + " uuuu-MM-dd HH:mm:ss; it must determine a time, see [times](times.md); empty"
                  + " for numbers and ISO 8601");

  private static final ConfigKey<Integer> YEAR =
      TIME.key("year", "0", integer(0, 9999))
          .doc("year of times whose pattern has none; 0 if the pattern has one, which then counts");

  private static final ConfigKey<String> ZONE =
      TIME.key("zone", "", text())
          .doc(
              "time zone of texts that do not name theirs, such as Europe/Paris; empty: UTC for"
                  + " a pattern, and ISO 8601 texts must end in an offset. When clocks are set"
                  + " back, a local time that occurs twice is read as the earlier one; when they"
                  + " are set forward, a local time that is skipped is moved later by the length of"
                  + " the gap (02:30 becomes 03:30)");

  private static final ConfigKey<Long> EVENTS_PER_DAY =
      TIME.key("events_per_day", "0", longInteger(0, 1e11, "rows"))
          .doc(
              "for logs without a time column: number of rows per day of an artificial clock,"
                  + " rejected rows included; 0 for no artificial clock");

  private static final ConfigKey<Long> START =
      TIME.key("start", "2024-01-01T00:00:00Z", instant())
          .doc("time of the first row on the artificial clock");

  private static final Keys DENSE = KEYS.section("dense[]");

  private static final ConfigKey<List<String>> DENSE_COLUMNS =
      DENSE
          .key("columns", null, columns())
          .doc("numeric columns: a name, a list of names, or ranges such as I1..I13");

  private static final ConfigKey<String> TRANSFORM =
      DENSE
          .key("transform", "identity", choice("identity", "log1p", "standardise", "bucketise"))
          .doc(
              "identity: x; log1p: ln(1 + max(x, 0)) * scale; standardise: (x - mean) / deviation;"
                  + " bucketise: share of the boundaries that are <= x");

  private static final ConfigKey<Double> SCALE =
      DENSE.key("scale", "1", number()).doc("factor of log1p");

  private static final ConfigKey<Double> MEAN =
      DENSE.key("mean", "0", number()).doc("mean for standardise");

  private static final ConfigKey<Double> DEVIATION =
      DENSE.key("deviation", "1", positive()).doc("standard deviation for standardise");

  private static final ConfigKey<List<Double>> BOUNDARIES =
      DENSE.key("boundaries", "[]", numbers()).doc("boundaries for bucketise, in ascending order");

  private static final ConfigKey<Double> MISSING =
      DENSE
          .key("missing", "0", number())
          .doc("input of the network for a missing value; the transform is not applied to it");

  private static final Keys CATEGORICAL = KEYS.section("categorical[]");

  private static final ConfigKey<List<String>> FIELD_COLUMNS =
      CATEGORICAL
          .key("columns", null, columns())
          .doc("categorical columns: a name, a list of names, or ranges such as C1..C26");

  private static final ConfigKey<Map<String, Long>> EXPECTED_IDS =
      CATEGORICAL
          .key("expected_ids", null, counts())
          .doc(
              "number of distinct values to expect, the missing value included: one number for all"
                  + " columns of the entry, or a map from column to number; millrace check suggests"
                  + " the numbers");

  private static final ConfigKey<String> SEPARATOR =
      CATEGORICAL
          .key("separator", "", text())
          .doc("text that separates several values in a cell; empty for a single value");

  private static final ConfigKey<String> FIELD_NAME =
      CATEGORICAL
          .key("name", "", text())
          .doc("name of the field, only for an entry of one column; empty for the column's name");

  private static final ConfigKey<Boolean> NUMBER =
      CATEGORICAL
          .key("number", "false", flag())
          .doc(
              "whether 1, 1.0, 1e0 and the text \"1\" are one id; values that are no decimal numbers"
                  + " stay as they are; false: different texts are different ids");

  private SchemaKeys() {}

  /** The schema; {@code missing} are the texts that mean a missing value. */
  static Schema read(ConfigSection in, List<String> missing) {
    LabelColumn label = label(in.section(LABEL));
    TimeColumn time = time(in.section(TIME));
    List<DenseColumn> dense = new ArrayList<>();
    for (ConfigSection entry : in.sections(DENSE)) {
      List<DenseColumn> columns = dense(entry);
      checkNoLabel(entry, DENSE_COLUMNS, columns.stream().map(DenseColumn::column), label);
      dense.addAll(columns);
    }
    List<CategoricalField> fields = new ArrayList<>();
    for (ConfigSection entry : in.sections(CATEGORICAL)) {
      List<CategoricalField> columns = fields(entry);
      checkNoLabel(entry, FIELD_COLUMNS, columns.stream().map(CategoricalField::column), label);
      fields.addAll(columns);
    }
    return in.checked(() -> new Schema(dense, fields, label, time, missing));
  }

  /** A model that sees the label learns nothing else, and its figures are too good to be true. */
  private static void checkNoLabel(
      ConfigSection entry, ConfigKey<?> key, Stream<String> columns, LabelColumn label) {
    if (columns.anyMatch(label.column()::equals)) {
      throw entry.errorIn(
          key,
          "has the label column "
              + label.column()
              + ", which a model must not see; remove it from the features");
    }
  }

  private static LabelColumn label(ConfigSection in) {
    return in.checked(
        () ->
            new LabelColumn(
                in.get(LABEL_COLUMN), in.get(POSITIVE), in.get(THRESHOLD), in.get(OPTIONAL)));
  }

  private static TimeColumn time(ConfigSection in) {
    String column = in.get(TIME_COLUMN);
    TimeColumn.Unit unit = in.get(UNIT);
    String pattern = in.get(PATTERN);
    int year = in.get(YEAR);
    String zone = in.get(ZONE);
    long perDay = in.get(EVENTS_PER_DAY);
    long start = in.get(START);
    if (column.isEmpty() == (perDay == 0)) {
      throw in.error(TIME_COLUMN, "must be set, or else events_per_day,");
    }
    if (perDay > 0) {
      return in.checked(() -> new TimeColumn.MadeUp(perDay, start));
    }
    if (pattern.isEmpty()) {
      return in.checked(() -> new TimeColumn.Epoch(column, unit, zone));
    }
    TimeColumn time =
        in.checked(
            () -> new TimeColumn.Pattern(column, pattern, year, zone.isEmpty() ? "UTC" : zone));
    check(in, new TimePattern(pattern), year, zone);
    return time;
  }

  private static void check(ConfigSection in, TimePattern pattern, int year, String zone) {
    pattern
        .brokenRule(year > 0)
        .ifPresent(
            rule -> {
              throw in.error(PATTERN, rule);
            });
    pattern
        .brokenZoneRule(zone)
        .ifPresent(
            rule -> {
              throw in.error(ZONE, rule);
            });
  }

  private static List<DenseColumn> dense(ConfigSection in) {
    List<String> columns = in.get(DENSE_COLUMNS);
    Transform transform = in.checked(() -> transform(in));
    float missing = in.get(MISSING).floatValue();
    return in.checked(
        () -> columns.stream().map(c -> new DenseColumn(c, c, transform, missing)).toList());
  }

  private static Transform transform(ConfigSection in) {
    String kind = in.get(TRANSFORM);
    double scale = in.get(SCALE);
    double mean = in.get(MEAN);
    double deviation = in.get(DEVIATION);
    List<Double> boundaries = in.get(BOUNDARIES);
    return switch (kind) {
      case "log1p" -> new Transform.Log1p(scale);
      case "standardise" -> new Transform.Standardise(mean, deviation);
      case "bucketise" -> new Transform.Bucketise(boundaries);
      default -> new Transform.Identity();
    };
  }

  private static List<CategoricalField> fields(ConfigSection in) {
    List<String> columns = in.get(FIELD_COLUMNS);
    Map<String, Long> expected = in.counts(EXPECTED_IDS, columns);
    String separator = in.get(SEPARATOR);
    String name = in.get(FIELD_NAME);
    boolean number = in.get(NUMBER);
    if (!name.isEmpty() && columns.size() != 1) {
      throw in.error(FIELD_NAME, "must be empty for an entry of " + columns.size() + " columns");
    }
    return in.checked(
        () ->
            columns.stream()
                .map(
                    c ->
                        new CategoricalField(
                            name.isEmpty() ? c : name, c, separator, expected.get(c), number))
                .toList());
  }
}
