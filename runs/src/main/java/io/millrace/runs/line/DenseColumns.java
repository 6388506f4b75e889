package io.millrace.runs.line;

import static io.millrace.runs.line.Column.number;
import static io.millrace.runs.line.Column.text;
import static io.millrace.runs.line.Column.whole;

import io.millrace.watch.DenseLine;

/**
 * Columns of the lines in {@code drift.jsonl} that are about dense columns. {@code docs/schema}
 * says what each means.
 */
public final class DenseColumns {

  /** Kind of a line about a dense column. */
  public static final String DENSE = "dense";

  public static final Column<DenseLine> EVENTS = whole("events", DenseLine::events);
  public static final Column<DenseLine> MEAN = number("mean", DenseLine::mean).gauge("mean");
  public static final Column<DenseLine> DEVIATION =
      number("deviation", DenseLine::deviation).gauge("deviation");
  public static final Column<DenseLine> MISSING =
      number("missing", DenseLine::missing).gauge("missing_ratio");
  public static final Column<DenseLine> KS = number("ks", DenseLine::ks).gauge("ks_ratio");

  /** A line. */
  public static final LineType<DenseLine> LINE =
      new LineType<>(
          DriftColumns.LINE.file(),
          Columns.<DenseLine>of(
                  text(DriftColumns.KIND.key(), line -> DENSE),
                  text(DriftColumns.FIELD.key(), DenseLine::field),
                  whole(DriftColumns.SEED.key(), DenseLine::seed),
                  whole(DriftColumns.START.key(), DenseLine::windowStart),
                  whole(DriftColumns.END.key(), DenseLine::windowEnd))
              .and(EVENTS, MEAN, DEVIATION, MISSING, KS));

  private DenseColumns() {}
}
