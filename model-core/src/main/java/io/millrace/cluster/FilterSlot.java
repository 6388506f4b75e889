package io.millrace.cluster;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One filter in the sequence that reduces the candidate pairs of a step. The budget belongs to the
 * slot, not to the filter: "paper" is frequency 2, distance 1.5, size 1.
 *
 * @param filter the filter
 * @param multiplier pairs kept, as a multiple of the step's merges, greater than 0
 */
public record FilterSlot(Name filter, double multiplier) implements Serializable {

  /** The filters of the paper. */
  public enum Name {
    /** Keeps pairs of rarely used ids (Eq. 3). */
    FREQ,
    /** Keeps pairs with close values (Eq. 1). */
    DIST,
    /** Keeps pairs within the size cap (Eq. 2). */
    SIZE;

    /** The name in options. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Map<String, String> PRESETS =
      Map.ofEntries(
          Map.entry("paper", "freq:2,dist:1.5,size:1"),
          Map.entry("no_freq", "dist:1.5,size:1"),
          Map.entry("no_size", "freq:2,dist:1"),
          Map.entry("no_dist", "freq:2,size:1"),
          Map.entry("freq_only", "freq:1"),
          Map.entry("dist_only", "dist:1"),
          Map.entry("size_only", "size:1"),
          Map.entry("dist_freq_size", "dist:2,freq:1.5,size:1"),
          Map.entry("dist_size_freq", "dist:2,size:1.5,freq:1"),
          Map.entry("size_freq_dist", "size:2,freq:1.5,dist:1"),
          Map.entry("size_dist_freq", "size:2,dist:1.5,freq:1"),
          Map.entry("freq_size_dist", "freq:2,size:1.5,dist:1"));

  public FilterSlot {
    if (!(multiplier > 0 && multiplier < 1e6)) {
      throw new IllegalArgumentException(
          "a filter's multiplier must be in (0, 1e6) but was " + multiplier);
    }
  }

  /**
   * The sequence of a preset such as {@code paper}, or one spelled out, such as {@code
   * freq:2,dist:1.5,size:1}.
   *
   * @throws IllegalArgumentException naming the presets
   */
  public static List<FilterSlot> parse(String text) {
    List<FilterSlot> slots = new ArrayList<>();
    for (String slot : PRESETS.getOrDefault(text, text).split(",", -1)) {
      slots.add(parseSlot(slot, text));
    }
    return List.copyOf(slots);
  }

  private static FilterSlot parseSlot(String slot, String text) {
    int colon = slot.indexOf(':');
    for (Name name : Name.values()) {
      if (colon > 0 && name.key().equals(slot.substring(0, colon))) {
        try {
          return new FilterSlot(name, Double.parseDouble(slot.substring(colon + 1)));
        } catch (NumberFormatException e) {
          throw unknown(text);
        }
      }
    }
    throw unknown(text);
  }

  private static IllegalArgumentException unknown(String text) {
    return new IllegalArgumentException(
        "filters must be one of "
            + String.join(", ", PRESETS.keySet().stream().sorted().toList())
            + " or a list such as freq:2,dist:1.5,size:1 but was '"
            + text
            + "'");
  }

  /** The text that {@link #parse} reads. */
  static String format(List<FilterSlot> slots) {
    return String.join(",", slots.stream().map(s -> s.filter.key() + ":" + s.multiplier).toList());
  }

  /** Pairs that the slot keeps in a step of {@code merges} merges, at least 1. */
  long budget(int merges, ClusterOptions.Rounding rounding) {
    double pairs = multiplier * merges;
    double whole = rounding == ClusterOptions.Rounding.CEIL ? Math.ceil(pairs) : Math.floor(pairs);
    return Math.max(1, (long) whole);
  }
}
