package io.millrace.format;

import io.millrace.event.Decoded;
import java.util.List;

/**
 * A row of a file of events.
 *
 * @param row its 0-based number among the data rows; bad rows count, blank lines do not
 * @param decoded the event, or the reject
 * @param line the row as UTF-8, without the line break; a longer row is cut one byte after the
 *     limit; empty if the lines are not kept
 * @param source the file
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record EventRow(long row, Decoded decoded, byte[] line, Source source) {

  /**
   * What rows of one file share.
   *
   * @param name the file, as messages name it
   * @param rowsBefore rows of the files that are read before it; 0 where files are merged by time
   * @param columns names of the file's columns, from its header, its footer or the format; empty
   *     for jsonl
   */
  public record Source(String name, long rowsBefore, List<String> columns) {
    public Source {
      columns = List.copyOf(columns);
    }
  }

  /** Its 0-based number among the rows of all files, where files are read one after the other. */
  public long position() {
    return source.rowsBefore() + row;
  }
}
