package io.millrace.cluster;

import io.millrace.records.Copyable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Options of the clustering, under the names of {@code ./millrace cluster}. Where the paper leaves
 * a choice or contradicts itself, there is an option. Its default is the reading that the paper's
 * examples imply, or else the best one in measurements. See docs/algorithms.md, section 3.3.
 *
 * @param mergesPerStep K, the most merges a step makes; 0 ({@code auto}) for ceil((n - rows) / 100)
 * @param maxClusterSize S, the soft cap on ids per row; 0 ({@code auto}) for ceil(4 n / rows),
 *     {@link #NO_CAP} ({@code none}) for no cap
 * @param filters the sequence of filters, not empty; default {@code paper}
 * @param valueRule value of a merged cluster; default {@code count}, as in the paper's text (its
 *     Eq. 4 is {@code arith})
 * @param norm when the norm of the counts is computed; default {@code step}
 * @param rounding rounding of a slot's budget, such as 1.5 times an odd number of merges; default
 *     {@code ceil}
 * @param capTest whether a pair of exactly S ids is legal; default {@code le}, yes
 * @param chainSplit how a chain of merges beyond the cap is split; default {@code pairs}
 * @param truncate whether a step makes at most its number of merges; default true. False follows
 *     the paper's pseudocode literally, which may end with fewer rows than requested
 * @param pairRange default {@code all}; {@code paper_exclusive} reads the pseudocode's loop bound
 *     as exclusive, never merges the last cluster, and may end with more rows than requested
 * @param freqTie order of pairs with equal frequency scores; default {@code dist} (the paper says
 *     nothing, and most ids of a power law have equal scores)
 */
public record ClusterOptions(
    int mergesPerStep,
    int maxClusterSize,
    List<FilterSlot> filters,
    ValueRule valueRule,
    Norm norm,
    Rounding rounding,
    CapTest capTest,
    ChainSplit chainSplit,
    boolean truncate,
    PairRange pairRange,
    FreqTie freqTie)
    implements Copyable<ClusterOptions> {

  /** {@code maxClusterSize} without a cap. */
  public static final int NO_CAP = Integer.MAX_VALUE;

  /** The defaults. */
  public static final ClusterOptions DEFAULT =
      new ClusterOptions(
          0,
          0,
          FilterSlot.parse("paper"),
          ValueRule.COUNT,
          Norm.STEP,
          Rounding.CEIL,
          CapTest.LE,
          ChainSplit.PAIRS,
          true,
          PairRange.ALL,
          FreqTie.DIST);

  /** Value of a merged cluster: the mean of the merged values, with these weights. */
  public enum ValueRule {
    /** Weighted by count; unweighted if all counts are 0. */
    COUNT,
    /** Unweighted (Eq. 4). */
    ARITH,
    /** Weighted by number of ids: the true centroid. */
    SIZE
  }

  /** When the L2 norm of the counts (Eq. 3) is computed. */
  public enum Norm {
    /** Over the current clusters, in each step. */
    STEP,
    /** Once, over the ids. */
    INITIAL
  }

  /** Rounding of a slot's budget. */
  public enum Rounding {
    CEIL,
    FLOOR
  }

  /** Which sizes the cap S allows. */
  public enum CapTest {
    /** At most S. */
    LE,
    /** Less than S. */
    LT
  }

  /** How a chain of merges beyond the cap is split. */
  public enum ChainSplit {
    /** AB, CD, ...; an odd last cluster stays alone. */
    PAIRS,
    /** From left to right, each cluster as large as the cap allows. */
    GREEDY
  }

  /** Which neighbours are pairs. */
  public enum PairRange {
    /** All m - 1 of them. */
    ALL,
    /** All but the last. */
    PAPER_EXCLUSIVE
  }

  /** The order of pairs with equal frequency scores. */
  public enum FreqTie {
    /** The order of the filter before. */
    INDEX,
    /** Their distance, then the order of the filter before. */
    DIST
  }

  public ClusterOptions {
    filters = List.copyOf(filters);
    if (mergesPerStep < 0) {
      throw new IllegalArgumentException("merges-per-step must be >= 1 but was " + mergesPerStep);
    }
    if (maxClusterSize < 0) {
      throw new IllegalArgumentException("max-cluster-size must be >= 1 but was " + maxClusterSize);
    }
    if (filters.isEmpty()) {
      throw new IllegalArgumentException("filters must not be empty");
    }
  }

  /**
   * These options with one change.
   *
   * @param key a name as on the command line without dashes, for example {@code merges-per-step};
   *     underscores are accepted, too
   * @param value the value as on the command line
   * @throws IllegalArgumentException naming key, value and rule
   */
  public ClusterOptions with(String key, String value) {
    return switch (key.replace('_', '-')) {
      case "merges-per-step" -> with(ClusterOptions::mergesPerStep, number(key, value, "auto"));
      case "max-cluster-size" -> with(ClusterOptions::maxClusterSize, cap(key, value));
      case "filters" -> with(ClusterOptions::filters, FilterSlot.parse(value));
      case "value-rule" -> with(ClusterOptions::valueRule, choice(key, value, ValueRule.values()));
      case "norm" -> with(ClusterOptions::norm, choice(key, value, Norm.values()));
      case "rounding" -> with(ClusterOptions::rounding, choice(key, value, Rounding.values()));
      case "cap-test" -> with(ClusterOptions::capTest, choice(key, value, CapTest.values()));
      case "chain-split" ->
          with(ClusterOptions::chainSplit, choice(key, value, ChainSplit.values()));
      case "truncate" -> with(ClusterOptions::truncate, flag(key, value));
      case "pair-range" -> with(ClusterOptions::pairRange, choice(key, value, PairRange.values()));
      case "freq-tie" -> with(ClusterOptions::freqTie, choice(key, value, FreqTie.values()));
      default -> throw new IllegalArgumentException("unknown clustering option '" + key + "'");
    };
  }

  /**
   * All options in one line, {@code key=value} separated by spaces, with the names of {@link
   * #with}.
   */
  public String describe() {
    return "merges-per-step="
        + (mergesPerStep == 0 ? "auto" : mergesPerStep)
        + " max-cluster-size="
        + (maxClusterSize == 0 ? "auto" : maxClusterSize == NO_CAP ? "none" : maxClusterSize)
        + " filters="
        + FilterSlot.format(filters)
        + " value-rule="
        + key(valueRule)
        + " norm="
        + key(norm)
        + " rounding="
        + key(rounding)
        + " cap-test="
        + key(capTest)
        + " chain-split="
        + key(chainSplit)
        + " truncate="
        + truncate
        + " pair-range="
        + key(pairRange)
        + " freq-tie="
        + key(freqTie);
  }

  /** K for {@code ids} ids and {@code rows} rows. */
  int resolveMerges(int ids, int rows) {
    return mergesPerStep > 0 ? mergesPerStep : Math.max(1, ceilDiv((long) ids - rows, 100));
  }

  /** S for {@code ids} ids and {@code rows} rows. */
  int resolveCap(int ids, int rows) {
    return maxClusterSize > 0 ? maxClusterSize : Math.max(1, ceilDiv(4L * ids, rows));
  }

  /** True if a cluster of {@code size} ids is larger than the cap {@code cap} allows. */
  boolean exceeds(long size, int cap) {
    return cap != NO_CAP && (capTest == CapTest.LE ? size > cap : size >= cap);
  }

  private static int ceilDiv(long a, long b) {
    return (int) Math.min(Integer.MAX_VALUE - 1, (a + b - 1) / b);
  }

  private static String key(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  private static <E extends Enum<E>> E choice(String key, String value, E[] choices) {
    for (E choice : choices) {
      if (key(choice).equals(value)) {
        return choice;
      }
    }
    List<String> names = Arrays.stream(choices).map(ClusterOptions::key).toList();
    throw new IllegalArgumentException(
        key + " must be one of " + String.join(", ", names) + " but was '" + value + "'");
  }

  private static int cap(String key, String value) {
    return value.equals("none") ? NO_CAP : number(key, value, "auto, none");
  }

  private static int number(String key, String value, String words) {
    if (value.equals("auto")) {
      return 0;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, as for a number that is too small.
    }
    throw new IllegalArgumentException(
        key + " must be " + words + " or a number >= 1 but was '" + value + "'");
  }

  private static boolean flag(String key, String value) {
    if (value.equals("true") || value.equals("false")) {
      return value.equals("true");
    }
    throw new IllegalArgumentException(key + " must be true or false but was '" + value + "'");
  }
}
