package io.millrace.runs.line;

import static io.millrace.runs.line.Column.list;
import static io.millrace.runs.line.Column.number;
import static io.millrace.runs.line.Column.text;
import static io.millrace.runs.line.Column.whole;

import com.fasterxml.jackson.databind.node.TextNode;
import io.millrace.watch.AlertLine;
import io.millrace.watch.PulseLine;
import io.millrace.watch.RefreshLine;

/**
 * Columns of what the watch reports: {@code alerts.jsonl}, {@code pulse.jsonl} and {@code
 * refreshes.jsonl}. {@code docs/schema} says what each means.
 */
public final class WatchColumns {

  public static final Column<AlertLine> TIME = whole("time", AlertLine::time);
  public static final Column<AlertLine> STREAM = text("stream", line -> line.stream().key());
  public static final Column<AlertLine> FIELD = text("field", AlertLine::field);
  public static final Column<AlertLine> ARM = text("arm", AlertLine::arm);
  public static final Column<AlertLine> VALUE = number("value", AlertLine::value);
  public static final Column<AlertLine> BEFORE = number("before", AlertLine::before);
  public static final Column<AlertLine> DETECTOR = text("detector", l -> l.detector().key());
  public static final Column<AlertLine> MESSAGE = text("message", AlertLine::message);

  /** A line of {@code alerts.jsonl}. */
  public static final LineType<AlertLine> ALERT =
      new LineType<>(
          "alerts.jsonl",
          Columns.of(
              TIME,
              STREAM,
              FIELD,
              ARM,
              DETECTOR,
              whole("seed", AlertLine::seed),
              VALUE,
              BEFORE,
              MESSAGE));

  /** A line of {@code pulse.jsonl}. */
  public static final LineType<PulseLine> PULSE =
      new LineType<>(
          "pulse.jsonl",
          Columns.of(
              whole("time", PulseLine::time),
              text("stream", line -> line.stream().key()),
              text("field", PulseLine::field),
              text("arm", PulseLine::arm),
              whole("seed", PulseLine::seed),
              number("value", PulseLine::value)));

  public static final Column<RefreshLine> REFRESH_TIME = whole("time", RefreshLine::time);
  public static final Column<RefreshLine> REFRESH_SEED = whole("seed", RefreshLine::seed);
  public static final Column<RefreshLine> CAUSES =
      list("causes", RefreshLine::causes, TextNode::valueOf);

  /** A line of {@code refreshes.jsonl}. */
  public static final LineType<RefreshLine> REFRESH =
      new LineType<>("refreshes.jsonl", Columns.of(REFRESH_TIME, REFRESH_SEED, CAUSES));

  private WatchColumns() {}
}
