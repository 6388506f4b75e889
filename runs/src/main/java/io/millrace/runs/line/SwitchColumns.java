package io.millrace.runs.line;

import static io.millrace.runs.line.Column.flag;
import static io.millrace.runs.line.Column.number;
import static io.millrace.runs.line.Column.text;
import static io.millrace.runs.line.Column.whole;

import io.millrace.student.SwitchLine;

/**
 * Columns of {@code switches.jsonl}: the regret of an arm after a switch to new maps. {@code
 * docs/schema} says what each means.
 */
public final class SwitchColumns {

  public static final Column<SwitchLine> ARM = text("arm", SwitchLine::arm);
  public static final Column<SwitchLine> SEED = whole("seed", SwitchLine::seed);
  public static final Column<SwitchLine> TIME = whole("time", SwitchLine::time);
  public static final Column<SwitchLine> MAP_VERSION = whole("map_version", SwitchLine::mapVersion);
  public static final Column<SwitchLine> BEFORE_VERSION =
      whole("before_version", SwitchLine::beforeVersion);
  public static final Column<SwitchLine> EVENTS =
      whole("events", SwitchLine::events).gauge("regret_events");
  public static final Column<SwitchLine> LOGLOSS = number("logloss", SwitchLine::logLoss);
  public static final Column<SwitchLine> SHADOW_LOGLOSS =
      number("shadow_logloss", SwitchLine::shadowLogLoss);
  public static final Column<SwitchLine> REGRET =
      number("regret", SwitchLine::regret).gauge("regret_nats");

  public static final Column<SwitchLine> ACCEPTED = flag("accepted", SwitchLine::accepted);

  /** A line. */
  public static final LineType<SwitchLine> LINE =
      new LineType<>(
          "switches.jsonl",
          Columns.of(ARM, SEED, TIME, MAP_VERSION, BEFORE_VERSION)
              .and(EVENTS, LOGLOSS, SHADOW_LOGLOSS, REGRET, ACCEPTED));

  private SwitchColumns() {}
}
