package io.millrace.runs.line;

import static io.millrace.runs.line.Column.text;
import static io.millrace.runs.line.Column.wholeOrNull;

import io.millrace.event.Reject;
import io.millrace.event.RejectedRecord;

/**
 * Columns of {@code rejects.jsonl}: a rejected record. {@code docs/schema} says what each means.
 */
public final class RejectColumns {

  /**
   * What a line is made from.
   *
   * @param row 0-based row of a file; null for a topic
   * @param partition of the topic; null for a file
   * @param offset in the partition; null for a file
   * @param file the file; null for a topic
   */
  public record Rejected(
      Long row, Long partition, Long offset, String reason, String message, String file) {

    /** Of a file's row. */
    public static Rejected of(String file, long row, Reject reject) {
      return new Rejected(row, null, null, reject.reason().key(), reject.message(), file);
    }

    /** Of a topic's record. */
    public static Rejected of(RejectedRecord reject) {
      return new Rejected(
          null,
          (long) reject.partition(),
          reject.offset(),
          reject.reason(),
          reject.message(),
          null);
    }
  }

  public static final Column<Rejected> ROW = wholeOrNull("row", Rejected::row);
  public static final Column<Rejected> PARTITION = wholeOrNull("partition", Rejected::partition);
  public static final Column<Rejected> OFFSET = wholeOrNull("offset", Rejected::offset);
  public static final Column<Rejected> REASON = text("reason", Rejected::reason);
  public static final Column<Rejected> MESSAGE = text("message", Rejected::message);
  public static final Column<Rejected> FILE = text("file", Rejected::file);

  /** A line. */
  public static final LineType<Rejected> LINE =
      new LineType<>("rejects.jsonl", Columns.of(ROW, PARTITION, OFFSET, REASON, MESSAGE, FILE));

  private RejectColumns() {}
}
