package io.millrace.runs.line;

import static io.millrace.runs.line.Column.flag;
import static io.millrace.runs.line.Column.map;
import static io.millrace.runs.line.Column.whole;

import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import io.millrace.event.EventTotals;
import java.util.Map;
import java.util.TreeMap;

/**
 * Columns of {@code counts.jsonl}: event totals so far. {@code docs/schema} says what each means.
 */
public final class CountColumns {

  /**
   * What a line is made from.
   *
   * @param events event totals
   * @param nanos CPU time by stage, ns
   * @param complete whether the stream has ended and these are all events
   */
  public record Totals(EventTotals events, Map<String, Long> nanos, boolean complete) {}

  public static final Column<Totals> COMPLETE = flag("complete", Totals::complete);
  public static final Column<EventTotals> READ = whole("read", EventTotals::read);
  public static final Column<EventTotals> TRAINED = whole("trained", EventTotals::trained);
  public static final Column<EventTotals> LATE_TRAINED =
      whole("late_trained", EventTotals::lateTrained);
  public static final Column<EventTotals> DROPPED_LATE =
      whole("dropped_late", EventTotals::droppedLate);
  public static final Column<EventTotals> REJECTED = whole("rejected", EventTotals::rejected);
  public static final Column<EventTotals> REJECTS =
      map("rejects", totals -> new TreeMap<>(totals.rejects()), LongNode::valueOf);
  public static final Column<EventTotals> LOST = whole("lost", EventTotals::lost);
  public static final Column<Totals> SECONDS =
      map(
          "seconds",
          totals -> new TreeMap<>(totals.nanos()),
          nanos -> DoubleNode.valueOf(nanos / 1e9));

  /** A line. */
  public static final LineType<Totals> LINE =
      new LineType<>(
          "counts.jsonl",
          Columns.of(COMPLETE)
              .and(
                  "",
                  Totals::events,
                  Columns.of(READ, TRAINED, LATE_TRAINED, DROPPED_LATE, REJECTED, REJECTS, LOST))
              .and(SECONDS));

  private CountColumns() {}
}
