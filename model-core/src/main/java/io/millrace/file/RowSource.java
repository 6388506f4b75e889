package io.millrace.file;

import io.millrace.format.EventRow;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** The rows of a log in some order. */
interface RowSource extends Closeable {
  /** The next row, or null at the end. */
  EventRow next() throws IOException;

  /** Share of the log that has been returned, 0 to 1. */
  double part();

  /** Sentences on the files that a user must read; complete after the last row. */
  List<String> notes();
}
