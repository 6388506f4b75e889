package io.millrace.file;

import io.millrace.event.ClickEvent;
import io.millrace.format.EventRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Merges files that are each in order of event time. Equal times come in the order of the files. A
 * reject has no time: it stays behind the event before it in its file, or before the file's first
 * event.
 *
 * <p>A file is opened when its first event is due and closed after its last one, so that as many
 * are open as overlap in time. Each holds one row.
 */
final class FileMerge implements RowSource {

  /**
   * A file and the times in it, which a first pass has found.
   *
   * @param first time of its first event, {@link Long#MAX_VALUE} without events
   * @param last time of its last event, {@link Long#MIN_VALUE} without events
   */
  record Span(EventInput input, long first, long last) {}

  private static final class Cursor {
    private final int file;
    private EventFile open;
    private EventRow ahead;
    private long time;
    private boolean closed;

    Cursor(int file, long time) {
      this.file = file;
      this.time = time;
    }

    long time() {
      return time;
    }

    int file() {
      return file;
    }

    double part() {
      return open == null ? 0 : closed ? 1 : open.part();
    }
  }

  private final List<Span> spans;
  private final ReadOptions options;
  private final PriorityQueue<Cursor> cursors =
      new PriorityQueue<>(Comparator.comparingLong(Cursor::time).thenComparingInt(Cursor::file));
  private final List<Cursor> all = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  FileMerge(List<Span> spans, ReadOptions options) {
    this.spans = spans;
    this.options = options;
    for (int i = 0; i < spans.size(); i++) {
      all.add(new Cursor(i, spans.get(i).first()));
    }
    cursors.addAll(all);
  }

  /** The most files that a merge has open at once. */
  static int mostOpen(List<Span> spans) {
    int most = 0;
    for (Span at : spans) {
      long open =
          spans.stream().filter(s -> s.first() <= at.first() && at.first() <= s.last()).count();
      most = Math.max(most, (int) open);
    }
    return most;
  }

  @Override
  public EventRow next() throws IOException {
    while (!cursors.isEmpty()) {
      Cursor cursor = cursors.remove();
      EventRow row = cursor.ahead;
      advance(cursor);
      if (row != null) {
        return row;
      }
    }
    return null;
  }

  /** Opens the cursor's file if needed, and moves it to the next row. */
  private void advance(Cursor cursor) throws IOException {
    if (cursor.open == null) {
      cursor.open = options.open(spans.get(cursor.file).input(), 0);
    }
    cursor.ahead = cursor.open.next(options.keepLines());
    if (cursor.ahead == null) {
      notes.addAll(cursor.open.notes());
      cursor.open.close();
      cursor.closed = true;
      return;
    }
    if (cursor.ahead.decoded() instanceof ClickEvent event) {
      cursor.time = event.eventTime();
    }
    cursors.add(cursor);
  }

  /** Each file counts the same. */
  @Override
  public double part() {
    return all.stream().mapToDouble(Cursor::part).sum() / all.size();
  }

  @Override
  public List<String> notes() {
    return List.copyOf(notes);
  }

  @Override
  public void close() throws IOException {
    for (Cursor cursor : all) {
      if (cursor.open != null && !cursor.closed) {
        cursor.open.close();
      }
    }
  }
}
