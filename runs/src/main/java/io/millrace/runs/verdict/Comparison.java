package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.WatchColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Every figure that compares arms.
 *
 * <p>"Late" figures are means over the last half of the windows (of an odd number the larger half),
 * each window weighted by its events, first within a seed, then over seeds. A difference between
 * two arms is taken within each seed on the windows that both have (paired), then averaged; its
 * spread is the standard deviation over seeds. If there are several lines of one arm, seed and
 * window, the last one counts, as a job that was restarted may repeat lines.
 */
public final class Comparison {

  /** A mean over seeds with its spread. */
  public record Figure(double mean, double deviation, int seeds) {
    /** No figure. */
    public static final Figure NONE = new Figure(Double.NaN, Double.NaN, 0);

    /** Whether any seed has the figure. */
    public boolean known() {
      return seeds > 0;
    }
  }

  /**
   * What an arm is compared with.
   *
   * @param arm the modulo arm
   * @param bytes whether rows and map of both take like bytes; else both only have like rows
   */
  public record Base(String arm, boolean bytes) {
    /** In words. */
    public String text() {
      return arm + (bytes ? ", like bytes" : ", like rows");
    }
  }

  private final ArmSettings settings;

  /** Expected ids of all fields; NaN if the job file is unknown. */
  private final double expectedIds;

  /** The hash of an arm that is a linear model. */
  private static final String LINEAR = "none";

  /** Sizes are alike if they differ by at most this share of the greater one. */
  private static final double LIKE = .05;

  private final List<String> arms = new ArrayList<>();
  private final List<Long> windows;
  private final TreeSet<Long> seeds = new TreeSet<>();
  private final Map<String, JsonNode> kinds = new LinkedHashMap<>();

  /** Arm → seed → window start → line. */
  private final Map<String, Map<Long, Map<Long, JsonNode>>> lines = new LinkedHashMap<>();

  /** Seed → times of refreshes. */
  private final Map<Long, TreeSet<Long>> refreshes = new TreeMap<>();

  public Comparison(RunData files) {
    this.settings = new ArmSettings(files.run());
    this.expectedIds = files.expectedIds();
    TreeSet<Long> starts = new TreeSet<>();
    for (JsonNode line : files.metrics()) {
      long start = MetricColumns.START.wholeIn(line);
      long seed = MetricColumns.SEED.wholeIn(line);
      lines
          .computeIfAbsent(MetricColumns.ARM.textIn(line), arm -> new TreeMap<>())
          .computeIfAbsent(seed, of -> new TreeMap<>())
          .put(start, line);
      starts.add(start);
      seeds.add(seed);
    }
    windows = List.copyOf(starts);
    for (JsonNode line : files.refreshes()) {
      refreshes
          .computeIfAbsent(WatchColumns.REFRESH_SEED.wholeIn(line), seed -> new TreeSet<>())
          .add(WatchColumns.REFRESH_TIME.wholeIn(line));
    }
    for (JsonNode arm : files.run().path("config").path("arms")) {
      kinds.put(Json.text(arm, "name"), arm);
    }
    kinds.keySet().stream().filter(lines::containsKey).forEach(arms::add);
    lines.keySet().stream().filter(arm -> !arms.contains(arm)).forEach(arms::add);
    arms.sort(Comparator.comparingInt(this::rank));
  }

  public boolean isEmpty() {
    return arms.isEmpty();
  }

  /** Arms: full first, then modulo, then the others as in the job file. */
  public List<String> arms() {
    return arms;
  }

  /** Window starts, ascending. */
  public List<Long> windows() {
    return windows;
  }

  /** Windows of the late figures. */
  public List<Long> lateWindows() {
    return windows.subList(windows.size() / 2, windows.size());
  }

  public int seeds() {
    return seeds.size();
  }

  /** An arm's hash in the job file; empty without {@code run.json}. */
  public String hash(String arm) {
    return kind(arm, "hash");
  }

  private boolean plain(String arm) {
    return List.of("", "plain").contains(kind(arm, "table"));
  }

  private String kind(String arm, String key) {
    return kinds.containsKey(arm) ? Json.text(kinds.get(arm), key) : "";
  }

  /** One value for each window: mean over the seeds that have it, NaN where none has. */
  public double[] perWindow(String arm, ToDoubleFunction<JsonNode> value) {
    return windows.stream().mapToDouble(w -> mean(atWindow(arm, w, value))).toArray();
  }

  /** Least and greatest over seeds for each window: {@code double[2][windows]}. */
  public double[][] range(String arm, ToDoubleFunction<JsonNode> value) {
    double[][] range = new double[2][windows.size()];
    for (int w = 0; w < windows.size(); w++) {
      double[] values = atWindow(arm, windows.get(w), value);
      range[0][w] = Arrays.stream(values).min().orElse(Double.NaN);
      range[1][w] = Arrays.stream(values).max().orElse(Double.NaN);
    }
    return range;
  }

  /** The late figure of an arm. */
  public Figure late(String arm, ToDoubleFunction<JsonNode> value) {
    List<Double> bySeed = new ArrayList<>();
    for (Map<Long, JsonNode> ofSeed : lines.getOrDefault(arm, Map.of()).values()) {
      WeightedMean mean = new WeightedMean();
      lateWindows().stream()
          .map(ofSeed::get)
          .filter(Objects::nonNull)
          .forEach(line -> mean.add(value.applyAsDouble(line), line));
      add(bySeed, mean.value());
    }
    return figure(bySeed);
  }

  /** The late difference {@code arm - base}, paired by seed and window. */
  public Figure difference(String arm, String base, ToDoubleFunction<JsonNode> value) {
    List<Double> bySeed = new ArrayList<>();
    for (long seed : seeds) {
      add(bySeed, pairedMean(arm, base, seed, value));
    }
    return figure(bySeed);
  }

  /**
   * The late differences {@code arm - base}, paired: one a seed or, of one seed, one a late window
   * that both have.
   */
  double[] differences(String arm, String base, ToDoubleFunction<JsonNode> value) {
    if (seeds.size() > 1) {
      return array(
          seeds.stream()
              .map(seed -> pairedMean(arm, base, seed, value))
              .filter(d -> !Double.isNaN(d))
              .toList());
    }
    return lateWindows().stream()
        .mapToDouble(w -> mean(atWindow(arm, w, value)) - mean(atWindow(base, w, value)))
        .filter(d -> !Double.isNaN(d))
        .toArray();
  }

  /**
   * Share of the gap from {@code base} to {@code full} that {@code arm} closes: the mean difference
   * over the mean gap. NaN where there is no gap of the right sign.
   *
   * @param sign 1 if greater values are better, else -1
   */
  public double gapClosed(
      String arm, String base, String full, int sign, ToDoubleFunction<JsonNode> value) {
    double gap = sign * difference(full, base, value).mean();
    return gap > 0 ? sign * difference(arm, base, value).mean() / gap : Double.NaN;
  }

  /** The value in an arm's last window, mean over seeds. */
  public double newest(String arm, ToDoubleFunction<JsonNode> value) {
    double[] values = perWindow(arm, value);
    for (int w = values.length - 1; w >= 0; w--) {
      if (!Double.isNaN(values[w])) {
        return values[w];
      }
    }
    return Double.NaN;
  }

  /**
   * What the arms have not learned from, a sentence for each arm that left out batches: the mean
   * over seeds of the events that were left out.
   */
  public List<String> leftOut() {
    return arms.stream()
        .filter(arm -> newest(arm, MetricColumns.SKIPPED) > 0)
        .map(
            arm ->
                "%s has not learned from %s events: the loss of their batches is not a number or far too large"
                    .formatted(arm, Format.count(newest(arm, MetricColumns.SKIPPED))))
        .toList();
  }

  /**
   * Where students switched to new maps, as positions on the axis of windows. A whole number is the
   * start of a window in which any arm has a newer map than in the window before; a number with a
   * fraction is a refresh within a window.
   */
  public List<Double> mapSwitches() {
    TreeSet<Double> switches = new TreeSet<>();
    for (Map<Long, Map<Long, JsonNode>> bySeed : lines.values()) {
      bySeed.forEach(
          (seed, rows) ->
              addSwitches(rows, refreshes.getOrDefault(seed, new TreeSet<>()), switches));
    }
    return List.copyOf(switches);
  }

  private void addSwitches(
      Map<Long, JsonNode> rows, NavigableSet<Long> refreshed, Collection<Double> switches) {
    for (int w = 0; w < windows.size(); w++) {
      JsonNode row = rows.get(windows.get(w));
      if (row == null || MetricColumns.MAP_VERSION.wholeIn(row) <= 0) {
        continue;
      }
      long start = windows.get(w);
      long end = MetricColumns.END.wholeIn(row);
      NavigableSet<Long> within = refreshed.subSet(start, true, end, false);
      for (long time : within) {
        switches.add(w + (double) (time - start) / (end - start));
      }
      JsonNode last = w == 0 ? null : rows.get(windows.get(w - 1));
      if (last != null
          && MetricColumns.MAP_VERSION.wholeIn(row)
              > MetricColumns.MAP_VERSION.wholeIn(last) + within.size()) {
        switches.add((double) w);
      }
    }
  }

  /** The arm without hashing; null if there is none. */
  public String full() {
    return arms.stream().filter(a -> hash(a).equals("full")).findFirst().orElse(null);
  }

  /**
   * The modulo arm that an arm is compared with. In this order: one with the same budget in bytes,
   * one whose rows and map take like bytes, one with like rows; null if there is none, or if the
   * arm itself is a modulo arm of plain tables. Its tables are plain or, if the arm has another
   * hash, of the arm's kind. If there are several, the one nearest in size, and of equally near
   * ones that with the arm's kind of table.
   */
  public Base baseOf(String arm) {
    if (hash(arm).equals("modulo") && plain(arm)) {
      return null;
    }
    Predicate<String> modulo = other -> comparable(other, arm);
    String byBytes = ofLikeBytes(arm, modulo);
    if (byBytes != null) {
      return new Base(byBytes, true);
    }
    String byRows = nearestAlike(arm, MetricColumns.ROWS, modulo);
    return byRows == null ? null : new Base(byRows, false);
  }

  /** The linear model of like bytes that an arm is compared with; null if there is none. */
  public String linearOf(String arm) {
    return hash(arm).equals(LINEAR) ? null : ofLikeBytes(arm, other -> hash(other).equals(LINEAR));
  }

  /** The arm of a kind with the same budget in bytes, or else of like bytes; null without one. */
  private String ofLikeBytes(String arm, Predicate<String> kind) {
    String byBudget =
        nearest(arm, ArmFigures::totalBytes, kind.and(other -> sameBudget(arm, other)));
    return byBudget != null ? byBudget : nearestAlike(arm, ArmFigures::totalBytes, kind);
  }

  /** Whether two arms take like bytes: rows, map and linear part. */
  boolean alikeInBytes(String arm, String other) {
    return alike(newest(arm, ArmFigures::totalBytes), newest(other, ArmFigures::totalBytes));
  }

  private String nearestAlike(String arm, ToDoubleFunction<JsonNode> size, Predicate<String> kind) {
    return nearest(arm, size, kind.and(other -> alike(newest(arm, size), newest(other, size))));
  }

  private String nearest(String arm, ToDoubleFunction<JsonNode> size, Predicate<String> fits) {
    double own = newest(arm, size);
    return arms.stream()
        .filter(fits)
        .min(
            Comparator.<String>comparingDouble(a -> Math.abs(newest(a, size) - own))
                .thenComparing(a -> !kind(a, "table").equals(kind(arm, "table"))))
        .orElse(null);
  }

  private boolean comparable(String modulo, String arm) {
    boolean sameTable = kind(modulo, "table").equals(kind(arm, "table"));
    return hash(modulo).equals("modulo")
        && (plain(modulo) || sameTable && !hash(arm).equals("modulo"));
  }

  /**
   * Compares budgets, as maps grow with the ids that come: bytes differ until all have come.
   * Factors of MLET are served as their product, so they have the bytes of plain tables.
   */
  private boolean sameBudget(String arm, String other) {
    String bytes = kind(arm, "bytes");
    boolean whole = plain(arm) || kind(arm, "table").equals("mlet");
    return whole && !bytes.isEmpty() && bytes.equals(kind(other, "bytes"));
  }

  private static boolean alike(double a, double b) {
    return Math.abs(a - b) <= LIKE * Math.max(a, b);
  }

  /**
   * An arm's rows as a share of the expected ids of all fields, as in {@code check}; NaN if either
   * is unknown. The rows of the full arm are no measure, as they grow with the ids that come.
   */
  public double rowShare(String arm) {
    return newest(arm, MetricColumns.ROWS) / expectedIds;
  }

  /** Whether maps were built within windows after a change. */
  public boolean refreshed() {
    return !refreshes.isEmpty();
  }

  /** Fields whose tables have figures, in file order. */
  public List<String> tables() {
    return all()
        .flatMap(line -> MetricColumns.TABLES.in(line).properties().stream())
        .map(Map.Entry::getKey)
        .distinct()
        .toList();
  }

  private Stream<JsonNode> all() {
    return lines.values().stream()
        .flatMap(bySeed -> bySeed.values().stream())
        .flatMap(byWindow -> byWindow.values().stream());
  }

  /** End of the last window. */
  public long end() {
    return all().mapToLong(MetricColumns.END::wholeIn).max().orElseThrow();
  }

  private int rank(String arm) {
    int order = List.of("full", "modulo").indexOf(hash(arm));
    return order < 0 ? 2 : order;
  }

  private double pairedMean(String arm, String base, long seed, ToDoubleFunction<JsonNode> value) {
    Map<Long, JsonNode> left = lines.getOrDefault(arm, Map.of()).getOrDefault(seed, Map.of());
    Map<Long, JsonNode> right = lines.getOrDefault(base, Map.of()).getOrDefault(seed, Map.of());
    WeightedMean mean = new WeightedMean();
    for (long window : lateWindows()) {
      if (left.containsKey(window) && right.containsKey(window)) {
        JsonNode line = left.get(window);
        mean.add(value.applyAsDouble(line) - value.applyAsDouble(right.get(window)), line);
      }
    }
    return mean.value();
  }

  private double[] atWindow(String arm, long window, ToDoubleFunction<JsonNode> value) {
    List<Double> values = new ArrayList<>();
    for (Map<Long, JsonNode> ofSeed : lines.getOrDefault(arm, Map.of()).values()) {
      if (ofSeed.containsKey(window)) {
        add(values, value.applyAsDouble(ofSeed.get(window)));
      }
    }
    return array(values);
  }

  private static void add(List<Double> values, double value) {
    if (!Double.isNaN(value)) {
      values.add(value);
    }
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  private static Figure figure(List<Double> bySeed) {
    if (bySeed.isEmpty()) {
      return Figure.NONE;
    }
    double mean = mean(array(bySeed));
    double squares = bySeed.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    int n = bySeed.size();
    return new Figure(mean, n > 1 ? Math.sqrt(squares / (n - 1)) : Double.NaN, n);
  }

  /** In which settings the arms differ. */
  public ArmSettings settings() {
    return settings;
  }
}
