package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.CountColumns;
import java.util.List;
import java.util.Map;

/**
 * Event totals: {@code read = trained + rejected + dropped_late}; {@code late_trained} events are
 * among those trained, and lost ones were never read.
 *
 * @param complete whether the stream has ended and these are all events
 * @param rejects rejected events by reason
 * @param seconds CPU seconds by stage; empty if they were not measured
 */
public record Totals(
    boolean complete,
    double read,
    double trained,
    double rejected,
    double droppedLate,
    double lateTrained,
    double lost,
    Map<String, Double> rejects,
    Map<String, Double> seconds) {

  /** The totals of the last line, as each line has running totals; null without a line. */
  public static Totals of(List<JsonNode> lines) {
    if (lines.isEmpty()) {
      return null;
    }
    JsonNode line = lines.get(lines.size() - 1);
    return new Totals(
        CountColumns.COMPLETE.in(line).asBoolean(),
        CountColumns.READ.numberIn(line),
        CountColumns.TRAINED.numberIn(line),
        CountColumns.REJECTED.numberIn(line),
        CountColumns.DROPPED_LATE.numberIn(line),
        CountColumns.LATE_TRAINED.numberIn(line),
        CountColumns.LOST.wholeIn(line),
        Json.numbers(CountColumns.REJECTS.in(line)),
        Json.numbers(CountColumns.SECONDS.in(line)));
  }

  /** True if every event read is accounted for. */
  public boolean balanced() {
    return read == trained + rejected + droppedLate;
  }

  /** The identity in figures. */
  public String identity() {
    return "%s %s %s + %s + %s"
        .formatted(
            Format.count(read),
            balanced() ? "=" : "≠",
            Format.count(trained),
            Format.count(rejected),
            Format.count(droppedLate));
  }

  /** The totals in a sentence, with a verdict whether they add up. */
  public String sentence() {
    double missing = read - (trained + rejected + droppedLate);
    String verdict =
        balanced()
            ? "every event is accounted for."
            : Format.count(Math.abs(missing))
                + (missing > 0 ? " are unaccounted for." : " too many are accounted for.");
    String others =
        lost == 0
            ? ""
            : " %s more are lost: Kafka had deleted them before they were read."
                .formatted(Format.count(lost));
    return "Of %s events read%s, %s were trained on, %s rejected and %s dropped as late: %s%s"
        .formatted(
            Format.count(read),
            complete ? "" : " so far",
            Format.count(trained),
            Format.count(rejected),
            Format.count(droppedLate),
            verdict,
            others);
  }
}
