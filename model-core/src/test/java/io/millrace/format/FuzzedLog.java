package io.millrace.format;

import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A random schema with random rows, before they are written in any form.
 *
 * <p>A value is a text, or a list of texts for a column with a separator; a missing value is
 * absent, or a text of {@code format.missing}. Only what all forms can say is made: no tabs or line
 * breaks (tsv has no quotes), no control characters, no empty texts (csv cannot tell them from
 * missing), no blanks at the ends of a list's texts (cells are trimmed), and no separator inside
 * them. Some logs are not for cells ({@link #inCells}): these have lists of any texts in all
 * fields.
 *
 * <p>To extend it: add spellings to the lists below, a way to spell a schema to {@link #schema}, or
 * a kind of value to {@link #value}. What a form can say differently (a number or a text, a list or
 * a cell) belongs to {@link FuzzedForms}.
 */
final class FuzzedLog {

  private static final List<String> NAMES =
      List.of("price", "age", "site", "tags", "user.id", "user.geo.city", "user.age", "ctx.site");

  private static final List<String> ODD_NAMES =
      List.of("größe", "a b", "C-1", "日本", "x.", ".y", "a..b", "\"q\"", "1st", "semi;colon");

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-0",
          "1",
          "1.0",
          "7",
          "007",
          "0.5",
          ".5",
          "5.",
          "+3",
          "-2.25",
          "1e3",
          "1E-3",
          "-1.5e+2",
          " 4",
          "4 ",
          "0.1",
          "0.30000000000000004",
          "123456789012345678",
          "1234567890123456789012",
          "16777217",
          "9007199254740993",
          "3.4e38",
          "1e-46",
          "0.12345678901234567890123");

  private static final List<String> NO_NUMBERS =
      List.of(
          "abc", "NaN", "nan", "Infinity", "-inf", "1e999", "1e39", "true", "1,5", "0x10", "--1");

  private static final List<String> LABELS =
      List.of("0", "1", "0", "1", "true", "false", "True", "1.0", "0.49", "2", "-1");

  private static final List<String> IDS =
      List.of(
          "a",
          "b",
          "site_1",
          "7",
          "7.0",
          "007",
          "-7",
          "1e3",
          "true",
          "false",
          "null",
          "NA",
          "größe",
          "日本語",
          "😀",
          "a b",
          " a",
          "b ",
          "\"quoted\"",
          "it's",
          "x,y",
          "x;y",
          "x|y",
          "x::y",
          "x:",
          ":x",
          "§ 7",
          "-",
          "\\N",
          "a\\b",
          "<tag>",
          "%20",
          "user.id",
          "2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "99999999999999999999999",
          "0.1",
          "{}",
          "[1]");

  /** Values of a field of numbers; some are no numbers. */
  private static final List<String> NUMBER_IDS =
      List.of(
          "1",
          "1.0",
          "1e0",
          "+1",
          "01",
          "007",
          "7",
          "7.00",
          "70e-1",
          " 7",
          "7 ",
          "-0",
          "0",
          "0.0e5",
          "-7.50",
          ".5",
          "5.",
          "9007199254740992",
          "9007199254740993",
          "9007199254740993.0",
          "9223372036854775808",
          "123456789012345678901234567890",
          "1e30",
          "1E400",
          "1e-500",
          "1e1234567890",
          "1e",
          ".",
          "--1",
          "0x10",
          "1,5",
          "NaN",
          "true",
          "abc");

  /** Texts that may mean a missing value. */
  private static final List<String> MISSING =
      List.of("NA", "null", "\\N", "-", "n/a", "-1", "NaN", "?");

  private static final List<String> ZONES = List.of("", "UTC", "Europe/Berlin", "+05:30");

  private static final List<String> SEPARATORS = List.of("|", ";", "::", " ", "ab");

  private final Random random;

  /** Values of fields; in some logs all of them fit Latin-1 and any separator of cells. */
  private final List<String> ids;

  private final Map<String, List<String>> pools = new HashMap<>();

  final Schema schema;

  /** All columns of the log, with some that the schema does not read, in file order. */
  final List<String> columns;

  /** Values by column. */
  final List<Map<String, Object>> rows = new ArrayList<>();

  /** Whether cells of csv and tsv can hold the log. */
  final boolean inCells;

  /** Milliseconds since 1970 of the good times, by their texts. */
  final Map<String, Long> times = new HashMap<>();

  FuzzedLog(long seed, int size) {
    random = new Random(seed);
    boolean plain = random.nextInt(3) == 0;
    ids = plain ? IDS.stream().filter(id -> id.matches("[ -~ü§ßö&&[^,;|:]]+")).toList() : IDS;
    List<String> names = new ArrayList<>(NAMES);
    if (!plain && random.nextInt(3) == 0) {
      names.addAll(ODD_NAMES);
    }
    Collections.shuffle(names, random);
    schema = schema(names);
    inCells = random.nextInt(6) > 0;
    Set<String> all = new LinkedHashSet<>(schema.columns());
    all.addAll(List.of("note", "session"));
    columns = new ArrayList<>(all);
    Collections.shuffle(columns, random);
    for (int i = 0; i < size; i++) {
      rows.add(row());
    }
  }

  private Schema schema(List<String> names) {
    int next = 0;
    List<DenseColumn> dense = new ArrayList<>();
    for (int d = random.nextInt(4); d > 0; d--) {
      String name = names.get(next++);
      dense.add(new DenseColumn(name, name, pick(TRANSFORMS), random.nextInt(3) - 1));
    }
    List<CategoricalField> fields = new ArrayList<>();
    for (int f = 1 + random.nextInt(3); f > 0; f--) {
      boolean shared = !dense.isEmpty() && random.nextInt(10) == 0;
      String name = shared ? "f" + f : names.get(next++);
      String column = shared ? dense.get(0).column() : name;
      String separator = !shared && random.nextInt(3) == 0 ? pick(SEPARATORS) : "";
      fields.add(new CategoricalField(name, column, separator, 100, random.nextInt(3) == 0));
    }
    List<String> missing = new ArrayList<>();
    for (int m = random.nextInt(6) - 2; m > 0; m--) {
      missing.add(pick(MISSING));
    }
    return new Schema(dense, fields, label(missing), time(), missing);
  }

  private static final List<Transform> TRANSFORMS =
      List.of(
          new Transform.Identity(),
          new Transform.Log1p(.5),
          new Transform.Standardise(3, 2),
          new Transform.Bucketise(List.of(0.0, 0.5, 1.0, 4.0)));

  private LabelColumn label(List<String> missing) {
    List<String> positive = new ArrayList<>();
    if (random.nextInt(3) == 0) {
      positive.addAll(List.of(pick(LABELS), pick(ids), "yes"));
      positive.removeAll(missing);
    }
    return new LabelColumn("click", positive, .5, random.nextBoolean());
  }

  private TimeColumn time() {
    return switch (random.nextInt(6)) {
      case 0 -> new TimeColumn.Pattern("ts", "uuuu-MM-dd HH:mm:ss", 1970, "UTC");
      case 1 -> new TimeColumn.Pattern("ts", "uuuu-MM-dd'T'HH:mm:ss[.SSS]XXX", 1970, "UTC");
      case 2 -> new TimeColumn.MadeUp(1 + random.nextInt(100_000), 1_700_000_000_000L);
      default -> new TimeColumn.Epoch("ts", pick(List.of(TimeColumn.Unit.values())), pick(ZONES));
    };
  }

  private Map<String, Object> row() {
    Map<String, Object> row = new LinkedHashMap<>();
    boolean bad = random.nextInt(6) == 0;
    for (String column : columns) {
      Object value = random.nextInt(8) == 0 && !needed(column) ? null : value(column, bad);
      if (value != null) {
        row.put(column, value);
      }
    }
    return random.nextInt(40) == 0 ? new LinkedHashMap<>() : row;
  }

  private boolean needed(String column) {
    return random.nextInt(8) != 0
        && (column.equals(schema.time().column()) || column.equals(schema.label().column()));
  }

  private Object value(String column, boolean bad) {
    if (random.nextInt(10) == 0 && !schema.missing().isEmpty() && !needed(column)) {
      return pick(schema.missing());
    }
    if (column.equals(schema.time().column())) {
      return bad && random.nextBoolean() ? pick(NO_NUMBERS) : timeText();
    }
    if (column.equals(schema.label().column())) {
      return bad && random.nextBoolean() ? pick(NO_NUMBERS) : pick(LABELS);
    }
    if (schema.dense().stream().anyMatch(d -> d.column().equals(column))) {
      return bad && random.nextInt(4) == 0 ? pick(NO_NUMBERS) : pick(pool(column, NUMBERS));
    }
    for (CategoricalField field : schema.fields()) {
      if (field.column().equals(column)) {
        return value(field);
      }
    }
    return pick(pool(column, ids));
  }

  /** The texts of a column: all, or two of them, which may fit a narrow type. */
  private List<String> pool(String column, List<String> texts) {
    return pools.computeIfAbsent(
        column, c -> random.nextInt(3) == 0 ? List.of(pick(texts), pick(texts)) : texts);
  }

  private Object value(CategoricalField field) {
    List<String> texts = pool(field.column(), field.number() ? NUMBER_IDS : ids);
    if (!inCells && (field.multiHot() || random.nextBoolean())) {
      return anyList(texts);
    }
    return field.multiHot() ? list(field.separator(), texts) : pick(texts);
  }

  /** A list as only JSON and Avro can have it. */
  private List<String> anyList(List<String> texts) {
    List<String> list = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      list.add(element(texts));
    }
    return list;
  }

  private String element(List<String> texts) {
    boolean missing = random.nextInt(6) == 0;
    return missing && schema.missing().isEmpty() ? "" : pick(missing ? schema.missing() : texts);
  }

  /** A list of one text is a text: a cell cannot say more. */
  private Object list(String separator, List<String> texts) {
    List<String> list = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      String text = element(texts).strip();
      if ((text + separator).indexOf(separator) == text.length()) {
        list.add(text);
      }
    }
    return list.isEmpty() ? null : list;
  }

  private String timeText() {
    if (schema.time() instanceof TimeColumn.Epoch epoch) {
      return random.nextInt(3) == 0 ? isoTime(epoch) : numericTime(epoch);
    }
    int day = 1 + random.nextInt(28);
    return schema.time() instanceof TimeColumn.Pattern pattern && pattern.pattern().contains("XXX")
        ? "2021-03-%02dT10:%02d:00%s"
            .formatted(day, day, pick(List.of("Z", "+01:00", ".123Z", ".000-08:00")))
        : "2021-03-%02d 10:%02d:59".formatted(day, day);
  }

  private String numericTime(TimeColumn.Epoch epoch) {
    long ms = 1_600_000_000_000L + random.nextInt(1_000_000_000);
    String text =
        switch (epoch.unit()) {
          case S -> ms / 1_000 + pick(List.of("", ".25", ".0", ".123456", ".1239999"));
          case MS -> ms + pick(List.of("", ".9", ".0", ".99999"));
          case US -> ms + pick(List.of("000", "999", "999.5"));
          case NS -> ms + pick(List.of("123456", "000000", "999999"));
        };
    BigDecimal exact =
        new BigDecimal(text)
            .multiply(BigDecimal.valueOf(epoch.unit().times))
            .divide(BigDecimal.valueOf(epoch.unit().over), RoundingMode.FLOOR);
    times.put(text, exact.setScale(0, RoundingMode.FLOOR).longValueExact());
    return text;
  }

  /** A time of ISO 8601; one without an offset is good if the column has a zone. */
  private String isoTime(TimeColumn.Epoch epoch) {
    long ms = 1_600_000_000_000L + random.nextInt(1_000_000_000);
    String offset = pick(List.of("Z", "z", "+01:00", "-0530", "+14", " +02:00", " Z", "", ""));
    ZoneId zone =
        offset.isEmpty()
            ? ZoneId.of(epoch.zone().isEmpty() ? "UTC" : epoch.zone())
            : ZoneOffset.of(offset.strip().replace('z', 'Z'));
    LocalDateTime local = LocalDateTime.ofInstant(Instant.ofEpochMilli(ms), zone);
    String date = DateTimeFormatter.ofPattern("uuuu-MM-dd").format(local);
    String time = pick(List.of("HH:mm", "HH:mm:ss", "HH:mm:ss.SSS", "HH:mm:ss,SSS", "HH:mm:ss.S"));
    DateTimeFormatter clock = DateTimeFormatter.ofPattern(time);
    String text = date + pick(List.of("T", "t", " ")) + clock.format(local);
    LocalDateTime kept =
        local.toLocalDate().atTime(LocalTime.parse(clock.format(local).replace(',', '.')));
    if (!offset.isEmpty() || !epoch.zone().isEmpty()) {
      times.put(text + offset, kept.atZone(zone).toInstant().toEpochMilli());
    }
    return text + offset;
  }

  <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  Random random() {
    return random;
  }
}
