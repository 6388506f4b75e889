package io.millrace.file;

import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.format.EventRow;
import io.millrace.format.FileFormat;
import io.millrace.format.ValueListener;
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
  private final List<EventRow.Source> sources = new ArrayList<>();
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
   * @param keepLines whether rows carry their bytes
   * @param listener receives the raw values of accepted events
   */
  public static EventFiles open(
      List<EventInput> inputs,
      FileFormat format,
      Schema schema,
      EventLimits limits,
      boolean keepLines,
      ValueListener listener)
      throws IOException {
    return open(inputs, new ReadOptions(format, schema, limits, keepLines, listener));
  }

  static EventFiles open(List<EventInput> inputs, ReadOptions options) throws IOException {
    EventFiles files = new EventFiles(inputs, options);
    files.open = options.open(inputs.get(0), 0);
    files.sources.add(files.open.source());
    try {
      files.checkLater();
      return files;
    } catch (IOException e) {
      files.close();
      throw e;
    }
  }

  /** Opens and closes all files but the first; a stream that can be read once is left out. */
  private void checkLater() throws IOException {
    for (EventInput later : inputs.subList(1, inputs.size())) {
      if (later.path() != null) {
        try (EventFile file = options.open(later, 0)) {
          sources.add(file.source());
        }
      }
    }
  }

  /** The files with their columns, but for streams that can be read once behind the first. */
  public List<EventRow.Source> sources() {
    return List.copyOf(sources);
  }

  /** The next row, or null at the end. */
  @Override
  public EventRow next() throws IOException {
    while (open != null) {
      EventRow row = open.next(options.keepLines());
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
