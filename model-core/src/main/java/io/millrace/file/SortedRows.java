package io.millrace.file;

import io.millrace.event.ClickEvent;
import io.millrace.format.EventFileException;
import io.millrace.format.EventRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * All rows of a log, sorted by event time in memory; equal times stay in the order of files and
 * rows. A reject has no time: it stays before the event that follows it in its file, or at the end.
 */
final class SortedRows implements RowSource {

  private final List<EventRow> rows;
  private final List<String> notes;
  private int taken;

  private SortedRows(List<EventRow> rows, List<String> notes) {
    this.rows = rows;
    this.notes = notes;
  }

  /** An event with the rejects before it. */
  private record Group(long time, List<EventRow> rows) {}

  /** Reads and sorts all rows of the inputs. */
  static SortedRows of(List<EventInput> inputs, ReadOptions options) throws IOException {
    List<Group> groups = new ArrayList<>();
    List<EventRow> last = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (EventInput input : inputs) {
      try (EventFile file = options.open(input, 0)) {
        last.addAll(read(file, options.keepLines(), groups));
        notes.addAll(file.notes());
      }
    }
    groups.sort(Comparator.comparingLong(Group::time));
    List<EventRow> rows = new ArrayList<>();
    groups.forEach(group -> rows.addAll(group.rows()));
    rows.addAll(last);
    return new SortedRows(rows, notes);
  }

  /** Adds a file's groups, and returns the rejects behind its last event. */
  private static List<EventRow> read(EventFile file, boolean keepLines, List<Group> groups)
      throws EventFileException {
    List<EventRow> open = new ArrayList<>(1);
    for (EventRow row = file.next(keepLines); row != null; row = file.next(keepLines)) {
      open.add(row);
      if (row.decoded() instanceof ClickEvent event) {
        groups.add(new Group(event.eventTime(), open));
        open = new ArrayList<>(1);
      }
    }
    return open;
  }

  @Override
  public EventRow next() {
    return taken < rows.size() ? rows.set(taken++, null) : null;
  }

  @Override
  public double part() {
    return rows.isEmpty() ? 1 : (double) taken / rows.size();
  }

  @Override
  public List<String> notes() {
    return notes;
  }

  @Override
  public void close() {
    // The files are closed.
  }
}
