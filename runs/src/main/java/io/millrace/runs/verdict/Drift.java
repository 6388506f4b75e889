package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.Column;
import io.millrace.runs.line.DriftColumns;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The lines of {@code drift.jsonl} of one kind, by field and window. Each figure is the mean over
 * the seeds that have it. If there are several lines of one field, window and seed, the last one
 * counts, as a job that was restarted may repeat lines.
 */
public final class Drift {

  private final TreeSet<Long> starts = new TreeSet<>();

  /** Field → window start → seed → line. */
  private final Map<String, Map<Long, Map<Long, JsonNode>>> lines = new TreeMap<>(Drift::natural);

  /** Fields with a line that names a map. */
  private final Set<String> mapped = new HashSet<>();

  /** The lines about ids. */
  public Drift(List<JsonNode> file) {
    this(file, DriftColumns.IDS);
  }

  /** The lines of a kind; lines without a kind are about ids. */
  public Drift(List<JsonNode> file, String kind) {
    for (JsonNode line : file) {
      if (!DriftColumns.KIND.in(line).asText(DriftColumns.IDS).equals(kind)) {
        continue;
      }
      long start = DriftColumns.START.wholeIn(line);
      String name = DriftColumns.FIELD.textIn(line);
      starts.add(start);
      if (!DriftColumns.MAP_SPEC.textIn(line).isEmpty()) {
        mapped.add(name);
      }
      lines
          .computeIfAbsent(name, field -> new TreeMap<>())
          .computeIfAbsent(start, window -> new TreeMap<>())
          .put(DriftColumns.SEED.wholeIn(line), line);
    }
  }

  /** A field's newest line with figures of row load, of the first seed; null without one. */
  public JsonNode newestLoad(String field) {
    JsonNode newest = null;
    for (Map<Long, JsonNode> bySeed : lines.get(field).values()) {
      JsonNode line = bySeed.values().iterator().next();
      newest = DriftColumns.ROW_LOAD.in(line).isObject() ? line : newest;
    }
    return newest;
  }

  /** True if any field has a figure in any window. */
  public boolean has(Column<?> column) {
    return lines.keySet().stream().anyMatch(field -> !Double.isNaN(mean(field, column)));
  }

  /** Window starts, ascending. */
  public List<Long> windows() {
    return List.copyOf(starts);
  }

  /** Fields with a map, f2 before f10. */
  public List<String> compressed() {
    return lines.keySet().stream().filter(this::isCompressed).toList();
  }

  /** True if a compressed field got no map in a window, as its teacher knew none of the ids. */
  public boolean lacksMap(String field, long start) {
    return isCompressed(field) && value(field, start, DriftColumns.MAP_VERSION) == 0;
  }

  /** True if, for every seed, no map was built at a window's end and the previous map stayed. */
  public boolean keepsMap(String field, long start) {
    Long before = starts.lower(start);
    double version = value(field, start, DriftColumns.MAP_VERSION);
    return before != null
        && version > 0
        && version == value(field, before, DriftColumns.MAP_VERSION);
  }

  /** Kinds of learned map that a field did not get in a window, for any seed. */
  public Set<String> without(String field, long start) {
    Set<String> specs = new TreeSet<>();
    for (JsonNode line : lines.get(field).getOrDefault(start, Map.of()).values()) {
      DriftColumns.WITHOUT_MAP.in(line).forEach(spec -> specs.add(spec.asText()));
    }
    return specs;
  }

  /** True if, for any seed, a plain hash replaced a field's maps in a window. */
  public boolean plainHash(String field, long start) {
    return lines.get(field).getOrDefault(start, Map.of()).values().stream()
        .anyMatch(line -> DriftColumns.PLAIN_HASH.in(line).asBoolean());
  }

  /** Fields in which every id has a row of its own. */
  public List<String> others() {
    return lines.keySet().stream().filter(field -> !isCompressed(field)).toList();
  }

  public boolean isCompressed(String field) {
    return mapped.contains(field);
  }

  /** True if maps of two teachers were compared, so that there is a floor anywhere. */
  public boolean hasFloor() {
    return lines.keySet().stream()
        .anyMatch(field -> !Double.isNaN(mean(field, DriftColumns.floor(DriftColumns.ARI))));
  }

  /** A figure of one field and window; NaN if it has no value. */
  public double value(String field, long start, Column<?> column) {
    Collection<JsonNode> seeds = lines.get(field).getOrDefault(start, Map.of()).values();
    return seeds.stream().mapToDouble(column).filter(Double::isFinite).average().orElse(Double.NaN);
  }

  /** A figure of one field in each window. */
  public double[] values(String field, Column<?> column) {
    return starts.stream().mapToDouble(start -> value(field, start, column)).toArray();
  }

  /** The mean over the windows that have the figure; NaN if none has. */
  public double mean(String field, Column<?> column) {
    return Arrays.stream(values(field, column))
        .filter(Double::isFinite)
        .average()
        .orElse(Double.NaN);
  }

  /**
   * True if a field's ids have changed in a window by more than chance and by more than they
   * usually do: the mean PSI over the seeds is above the mean limit.
   */
  public boolean drifts(String field, long start) {
    return value(field, start, DriftColumns.PSI) > value(field, start, DriftColumns.PSI_LIMIT);
  }

  /** True if a field drifts in any window. */
  public boolean drifts(String field) {
    return starts.stream().anyMatch(start -> drifts(field, start));
  }

  /** The window in which a field drifts most. */
  public long windowOfGreatestPsi(String field) {
    return starts.stream()
        .filter(start -> drifts(field, start))
        .max(Comparator.comparingDouble(start -> value(field, start, DriftColumns.PSI)))
        .orElseThrow();
  }

  /** The greatest PSI of a field in the windows in which it drifts. */
  public double greatestPsi(String field) {
    return value(field, windowOfGreatestPsi(field), DriftColumns.PSI);
  }

  /** The map that the figures of agreement are about; empty without one. */
  public String mapSpec(String field) {
    return lines.get(field).values().stream()
        .flatMap(bySeed -> bySeed.values().stream())
        .map(DriftColumns.MAP_SPEC::textIn)
        .filter(spec -> !spec.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** Compares names by text, or by number if they differ only in the number at their end. */
  public static int natural(String a, String b) {
    int left = textLength(a);
    return a.length() != b.length() && left == textLength(b) && a.regionMatches(0, b, 0, left)
        ? Integer.compare(a.length(), b.length())
        : a.compareTo(b);
  }

  /** Characters before the digits at the end. */
  private static int textLength(String name) {
    int length = name.length();
    while (length > 0 && name.charAt(length - 1) >= '0' && name.charAt(length - 1) <= '9') {
      length--;
    }
    return length;
  }
}
