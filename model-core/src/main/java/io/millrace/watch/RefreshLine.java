package io.millrace.watch;

import java.util.List;

/**
 * A refresh: maps that are built because of changes.
 *
 * @param time end of the sub-window at whose end they are built, ms
 * @param seed root seed of the run
 * @param causes the streams that have changed, as {@code stream/field}, {@code stream/arm} or
 *     {@code stream}, sorted
 */
public record RefreshLine(long time, long seed, List<String> causes) {

  public RefreshLine {
    causes = List.copyOf(causes);
  }
}
