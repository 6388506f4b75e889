package io.millrace.format;

import io.millrace.event.ClickEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * All rows of a log, sorted by event time in memory; equal times stay in the order of files and
 * rows. A reject has no time: it stays before the event that follows it in its file, or at the end.
 */
final class SortedRows implements RowSource {

  private final List<EventFile.Row> rows;
  private final List<String> notes;
  private int taken;

  private SortedRows(List<EventFile.Row> rows, List<String> notes) {
    this.rows = rows;
    this.notes = notes;
  }

  /** An event with the rejects before it. */
  private record Group(long time, List<EventFile.Row> rows) {}

  /** Reads and sorts all rows of the inputs. */
  static SortedRows of(List<EventInput> inputs, ReadOptions options) throws IOException {
    List<Group> groups = new ArrayList<>();
    List<EventFile.Row> last = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (EventInput input : inputs) {
      try (EventFile file = options.open(input, 0)) {
        last.addAll(read(file, options.keepLines(), groups));
        notes.addAll(file.notes());
      }
    }
    groups.sort(Comparator.comparingLong(Group::time));
    List<EventFile.Row> rows = new ArrayList<>();
    groups.forEach(group -> rows.addAll(group.rows()));
    rows.addAll(last);
    return new SortedRows(rows, notes);
  }

  /** Adds a file's groups, and returns the rejects behind its last event. */
  private static List<EventFile.Row> read(EventFile file, boolean keepLines, List<Group> groups)
      throws EventFileException {
    List<EventFile.Row> open = new ArrayList<>(1);
    for (EventFile.Row row = file.next(keepLines); row != null; row = file.next(keepLines)) {
      open.add(row);
      if (row.decoded() instanceof ClickEvent event) {
        groups.add(new Group(event.eventTime(), open));
        open = new ArrayList<>(1);
      }
    }
    return open;
  }

  @Override
  public EventFile.Row next() {
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
