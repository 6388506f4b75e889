package io.millrace.runs.report;

import io.millrace.runs.verdict.Format;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The windows of a page: all of them in charts, the newest {@value #ROWS} in tables, as a table of
 * thousands of windows makes a page that no browser opens at once.
 */
final class Windows {

  /** Most windows of a table. */
  static final int ROWS = 100;

  private static final long DAY = 86_400_000;

  private final String key;
  private final List<Long> starts;
  private final List<String> names;

  /**
   * Windows with these starts, ms, ascending.
   *
   * @param key by which charts name them
   */
  Windows(String key, List<Long> starts) {
    this.key = key;
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

  String key() {
    return key;
  }

  /** The time at a place on the axis of windows, ms; see {@link LineChart#mark}. */
  long time(double place) {
    int w = (int) place;
    return start(w) + Math.round((place - w) * length());
  }

  /** The least distance of two starts, ms; a day for one window. */
  private long length() {
    long least = IntStream.range(1, size()).mapToLong(w -> start(w) - start(w - 1)).min().orElse(0);
    return least > 0 ? least : DAY;
  }

  /** JSON: start and end of each window, ms. */
  String json() {
    long length = length();
    return starts.stream()
        .map(start -> "[" + start + "," + (start + length) + "]")
        .collect(Collectors.joining(",", "[", "]"));
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
