package io.millrace.format;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A file's rows in the order of their event times, equal times in file order.
 *
 * <p>A first pass checks whether the file is in order. If it is, rows are streamed; if not, all
 * rows are sorted in memory. A reject has no time: it stays before the event that follows it in the
 * file, or at the end.
 */
public final class OrderedEvents implements Closeable {

  private final boolean keepLines;

  private final EventFile file;

  /** The rows in order if the file is not, else null. The file is then read and closed. */
  private final List<EventFile.Row> held;

  private int taken;

  private OrderedEvents(boolean keepLines, EventFile file, List<EventFile.Row> held) {
    this.keepLines = keepLines;
    this.file = file;
    this.held = held;
  }

  /**
   * Opens a file, and reads it up to the first pair of rows out of order.
   *
   * @param keepLines whether rows carry their bytes; needed for a replay, costs memory when sorting
   * @param listener receives the raw values of accepted events, in file order if sorting is needed
   */
  public static OrderedEvents open(
      Path path,
      EventFile.Format format,
      Schema schema,
      EventLimits limits,
      boolean keepLines,
      ValueListener listener)
      throws IOException {
    boolean sorted = isSorted(path, format, schema, limits);
    EventFile file = EventFile.open(path, format, schema, limits, listener);
    if (sorted) {
      return new OrderedEvents(keepLines, file, null);
    }
    try (file) {
      return new OrderedEvents(keepLines, file, sort(file, keepLines));
    }
  }

  private static boolean isSorted(
      Path path, EventFile.Format format, Schema schema, EventLimits limits) throws IOException {
    if (schema.time() instanceof TimeColumn.MadeUp) {
      return true; // row order is time order
    }
    long last = Long.MIN_VALUE;
    try (EventFile file = EventFile.open(path, format, schema, limits, ValueListener.none())) {
      for (EventFile.Row row = file.next(false); row != null; row = file.next(false)) {
        if (row.decoded() instanceof ClickEvent event) {
          if (event.eventTime() < last) {
            return false;
          }
          last = event.eventTime();
        }
      }
    }
    return true;
  }

  /** An event with the rejects before it. */
  private record Group(long time, List<EventFile.Row> rows) {}

  private static List<EventFile.Row> sort(EventFile file, boolean keepLines)
      throws EventFileException {
    List<Group> groups = new ArrayList<>();
    List<EventFile.Row> open = new ArrayList<>(1);
    for (EventFile.Row row = file.next(keepLines); row != null; row = file.next(keepLines)) {
      open.add(row);
      if (row.decoded() instanceof ClickEvent event) {
        groups.add(new Group(event.eventTime(), open));
        open = new ArrayList<>(1);
      }
    }
    groups.sort(Comparator.comparingLong(Group::time));
    List<EventFile.Row> rows = new ArrayList<>();
    groups.forEach(group -> rows.addAll(group.rows()));
    rows.addAll(open);
    return rows;
  }

  /** Whether the file was in order of event time already. */
  public boolean fileWasSorted() {
    return held == null;
  }

  /** Names of the file's columns; empty for jsonl. */
  public List<String> columns() {
    return file.columns();
  }

  /** As {@link EventFile#notes}. */
  public List<String> notes() {
    return file.notes();
  }

  /** The next row, or null at the end. */
  public EventFile.Row next() throws EventFileException {
    if (held == null) {
      return file.next(keepLines);
    }
    return taken < held.size() ? held.set(taken++, null) : null;
  }

  /** Share of the file that has been returned, 0 to 1. */
  public double part() {
    if (held == null) {
      return file.part();
    }
    return held.isEmpty() ? 1 : (double) taken / held.size();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
