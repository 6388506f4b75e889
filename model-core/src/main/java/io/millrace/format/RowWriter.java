package io.millrace.format;

/** Writes rows of a file as records of a topic. Not thread-safe. */
@FunctionalInterface
public interface RowWriter {

  /**
   * The record of a row. A row that is no event gives a record that its reader rejects.
   *
   * @throws EventFileException if the form cannot hold the row's event
   */
  byte[] write(EventRow row) throws EventFileException;
}
