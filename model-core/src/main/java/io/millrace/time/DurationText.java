package io.millrace.time;

import java.util.List;

/** Lengths of time as job files write them, such as {@code 72m}. */
public final class DurationText {

  /** The units, longest first, ms. */
  public static final List<Long> UNITS_MS = List.of(86_400_000L, 3_600_000L, 60_000L, 1_000L, 1L);

  private static final List<String> NAMES = List.of("d", "h", "m", "s", "ms");

  private DurationText() {}

  /**
   * The text in the longest unit of which it is a multiple.
   *
   * @param ms above 0
   */
  public static String of(long ms) {
    int unit = 0;
    while (ms % UNITS_MS.get(unit) != 0) {
      unit++;
    }
    return ms / UNITS_MS.get(unit) + NAMES.get(unit);
  }
}
