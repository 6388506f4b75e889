package io.millrace.runs.line;

import static io.millrace.runs.line.Column.text;
import static io.millrace.runs.line.Column.whole;

import io.millrace.values.HotValues.HotValue;

/**
 * Columns of {@code values.jsonl}: the raw value of a frequent id. {@code docs/schema} says what
 * each means.
 */
public final class ValueColumns {

  /** A field's name and a value of it. */
  public record Named(String field, HotValue value) {}

  public static final Column<Named> FIELD = text("field", Named::field);
  public static final Column<HotValue> ID = whole("id", HotValue::id);
  public static final Column<HotValue> VALUE = text("value", HotValue::value);
  public static final Column<HotValue> COUNT = whole("count", HotValue::count);
  public static final Column<HotValue> ERROR = whole("error", HotValue::error);

  /** A line. */
  public static final LineType<Named> LINE =
      new LineType<>(
          "values.jsonl",
          Columns.of(FIELD).and("", Named::value, Columns.of(ID, VALUE, COUNT, ERROR)));

  private ValueColumns() {}

  /**
   * Whether a count says how frequent a value is: the occurrences that may have been missed are at
   * most a tenth of those counted.
   */
  public static boolean telling(long count, long error) {
    return error <= count / 10.;
  }
}
