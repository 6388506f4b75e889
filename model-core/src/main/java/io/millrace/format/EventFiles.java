package io.millrace.format;

import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the files of a log row by row, one file after the other, each with a header of its own. A
 * made-up clock counts the rows of all files.
 */
public final class EventFiles implements RowSource {

  private final List<EventInput> inputs;
  private final ReadOptions options;
  private final List<String> notes = new ArrayList<>();
  private EventFile open;
  private int closed;
  private long rows;

  private EventFiles(List<EventInput> inputs, ReadOptions options) {
    this.inputs = List.copyOf(inputs);
    this.options = options;
  }

  /**
   * Opens the first file, and checks that every other file can be opened and has the schema's
   * columns.
   *
   * @param inputs at least one
   * @param listener receives the raw values of accepted events
   */
  public static EventFiles open(
      List<EventInput> inputs,
      EventFile.Format format,
      Schema schema,
      EventLimits limits,
      ValueListener listener)
      throws IOException {
    return open(inputs, new ReadOptions(format, schema, limits, false, listener));
  }

  /** The same, with the choice whether rows carry their bytes. */
  static EventFiles open(List<EventInput> inputs, ReadOptions options) throws IOException {
    for (EventInput later : inputs.subList(1, inputs.size())) {
      if (later.path() != null) {
        options.open(later, 0).close();
      }
    }
    EventFiles files = new EventFiles(inputs, options);
    files.open = options.open(inputs.get(0), 0);
    return files;
  }

  /** The next row, or null at the end; its line is empty. */
  @Override
  public EventFile.Row next() throws IOException {
    while (open != null) {
      EventFile.Row row = open.next(options.keepLines());
      if (row != null) {
        return row;
      }
      openNext();
    }
    return null;
  }

  private void openNext() throws IOException {
    notes.addAll(open.notes());
    rows += open.rows();
    open.close();
    open = null;
    closed++;
    if (closed < inputs.size()) {
      open = options.open(inputs.get(closed), rows);
    }
  }

  /** Share of the files that has been read, 0 to 1; each file counts the same. */
  @Override
  public double part() {
    return (closed + (open == null ? 0 : open.part())) / inputs.size();
  }

  /** Sentences on the files that a user must read; complete after the last row. */
  @Override
  public List<String> notes() {
    List<String> all = new ArrayList<>(notes);
    if (open != null) {
      all.addAll(open.notes());
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.close();
    }
  }
}
