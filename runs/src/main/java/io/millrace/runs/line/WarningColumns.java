package io.millrace.runs.line;

import static io.millrace.runs.line.Column.text;
import static io.millrace.runs.line.Column.whole;
import static io.millrace.runs.line.Column.wholeOrNull;

import io.millrace.event.Warning;

/** Columns of {@code warnings.jsonl}. {@code docs/schema} says what each means. */
public final class WarningColumns {

  public static final Column<Warning> KIND = text("kind", w -> w.kind().key());
  public static final Column<Warning> TIME = whole("time", Warning::time);
  public static final Column<Warning> PLACE = text("place", Warning::place);
  public static final Column<Warning> MESSAGE = text("message", Warning::message);

  /** A line. */
  public static final LineType<Warning> LINE =
      new LineType<>(
          "warnings.jsonl",
          Columns.of(
              KIND,
              TIME,
              wholeOrNull("seed", Warning::seed),
              PLACE,
              whole("count", Warning::count),
              MESSAGE));

  private WarningColumns() {}
}
