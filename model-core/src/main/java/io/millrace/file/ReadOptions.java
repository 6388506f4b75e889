package io.millrace.file;

import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.format.EventFileException;
import io.millrace.format.FileFormat;
import io.millrace.format.ValueListener;

/**
 * How the files of a log are read.
 *
 * @param keepLines whether rows carry their bytes
 * @param listener receives the raw values of accepted events
 */
record ReadOptions(
    FileFormat format,
    Schema schema,
    EventLimits limits,
    boolean keepLines,
    ValueListener listener) {

  /** Opens an input; {@code rowsBefore} rows are in the files before it. */
  EventFile open(EventInput input, long rowsBefore) throws EventFileException {
    return EventFile.open(input, rowsBefore, format, schema, limits, listener);
  }

  /** For a pass whose rows are used by nobody else. */
  ReadOptions firstPass() {
    return new ReadOptions(format, schema, limits, false, ValueListener.none());
  }
}
