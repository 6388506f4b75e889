package io.millrace.file;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.format.EventRow;
import io.millrace.format.FileFormat;
import io.millrace.format.ValueListener;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of a log's files in the order of their event times, equal times in the order of files
 * and rows. With a made-up clock, the order of files and rows is that of time.
 *
 * <p>A first pass looks whether the files are in order. If they are, one after the other, rows are
 * streamed. If each file is in order but files overlap or stand in another order, they are merged
 * ({@link FileMerge}). Otherwise all rows are sorted in memory ({@link SortedRows}).
 */
public final class OrderedEvents implements Closeable {

  /** Most files that are merged at once. */
  private static final int MAX_OPEN = 64;

  /** Most bytes of their buffers; each has some of about twice the longest record. */
  private static final long MAX_BUFFERS = 256L << 20;

  private final boolean inMemory;
  private final RowSource rows;

  private OrderedEvents(boolean inMemory, RowSource rows) {
    this.inMemory = inMemory;
    this.rows = rows;
  }

  /**
   * Opens files, and reads them up to the first pair of rows out of order in one of them.
   *
   * @param inputs the files, at least one; each can be opened twice, unless the clock is made up
   * @param keepLines whether rows carry their bytes; needed for a replay, costs memory when sorting
   * @param listener receives the raw values of accepted events, in the order of files and rows if
   *     sorting is needed
   */
  public static OrderedEvents open(
      List<EventInput> inputs,
      FileFormat format,
      Schema schema,
      EventLimits limits,
      boolean keepLines,
      ValueListener listener)
      throws IOException {
    ReadOptions options = new ReadOptions(format, schema, limits, keepLines, listener);
    if (schema.time() instanceof TimeColumn.MadeUp) {
      return new OrderedEvents(false, EventFiles.open(inputs, options));
    }
    List<FileMerge.Span> spans = spans(inputs, options.firstPass());
    if (spans != null && areInOrder(spans)) {
      return new OrderedEvents(false, EventFiles.open(inputs, options));
    }
    if (spans != null && FileMerge.mostOpen(spans) <= mostOpen(limits)) {
      return new OrderedEvents(false, new FileMerge(spans, options));
    }
    return new OrderedEvents(true, SortedRows.of(inputs, options));
  }

  private static long mostOpen(EventLimits limits) {
    return Math.min(MAX_OPEN, Math.max(2, MAX_BUFFERS / (2L * limits.maxRecordBytes())));
  }

  /** The times of each file, or null if one of them is not in order. */
  private static List<FileMerge.Span> spans(List<EventInput> inputs, ReadOptions options)
      throws IOException {
    List<FileMerge.Span> spans = new ArrayList<>();
    for (EventInput input : inputs) {
      FileMerge.Span span = span(input, options);
      if (span == null) {
        return null;
      }
      spans.add(span);
    }
    return spans;
  }

  private static FileMerge.Span span(EventInput input, ReadOptions options) throws IOException {
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    try (EventFile file = options.open(input, 0)) {
      for (EventRow row = file.next(false); row != null; row = file.next(false)) {
        if (row.decoded() instanceof ClickEvent event) {
          if (event.eventTime() < last) {
            return null;
          }
          first = Math.min(first, event.eventTime());
          last = event.eventTime();
        }
      }
    }
    return new FileMerge.Span(input, first, last);
  }

  private static boolean areInOrder(List<FileMerge.Span> spans) {
    long last = Long.MIN_VALUE;
    for (FileMerge.Span span : spans) {
      if (span.first() < last) {
        return false;
      }
      last = Math.max(last, span.last());
    }
    return true;
  }

  /** Whether all rows had to be sorted in memory. */
  public boolean sortedInMemory() {
    return inMemory;
  }

  /** The next row, or null at the end. */
  public EventRow next() throws IOException {
    return rows.next();
  }

  /** Share of the files that has been returned, 0 to 1. */
  public double part() {
    return rows.part();
  }

  /** Sentences on the files that a user must read; complete after the last row. */
  public List<String> notes() {
    return rows.notes();
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
