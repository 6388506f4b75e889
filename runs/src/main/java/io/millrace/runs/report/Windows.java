package io.millrace.runs.report;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The windows of a page: all of them in charts, the newest {@value #ROWS} in tables, as a table of
 * thousands of windows makes a page that no browser opens at once.
 */
final class Windows {

  /** Most windows of a table. */
  static final int ROWS = 100;

  private final List<Long> starts;
  private final List<String> names;

  /** Windows with these starts, ms, ascending. */
  Windows(List<Long> starts) {
    this.starts = starts;
    this.names = Format.windows(starts);
  }

  int size() {
    return starts.size();
  }

  long start(int w) {
    return starts.get(w);
  }

  List<Long> starts() {
    return starts;
  }

  String name(int w) {
    return names.get(w);
  }

  List<String> names() {
    return names;
  }

  /** Indices of the windows that tables show, ascending. */
  IntStream inTables() {
    return IntStream.range(Math.max(0, size() - ROWS), size());
  }

  /** Says in a paragraph that a table lacks windows, and which file has them, if it lacks any. */
  void noteMissing(Html page, String file) {
    if (size() > ROWS) {
      page.element("p", "The newest %d of %,d windows; %s has all.".formatted(ROWS, size(), file));
    }
  }
}
