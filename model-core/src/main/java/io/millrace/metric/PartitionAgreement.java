package io.millrace.metric;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;

/**
 * The agreement of two assignments of the same ids to rows. It measures the drift of a map from one
 * version to the next, on the ids that both windows have seen.
 *
 * <p>From the sparse contingency table {@code n_ij} = ids in row i before and row j after, with
 * pairs {@code a = sum C(n_ij, 2)}, {@code b = sum C(n_i., 2)}, {@code c = sum C(n_.j, 2)}, {@code
 * t = C(n, 2)}:
 *
 * <ul>
 *   <li>adjusted Rand index (Hubert and Arabie 1985) {@code (a - bc/t) / ((b + c)/2 - bc/t)}, at
 *       most 1, 0 on average for independent assignments
 *   <li>normalised mutual information, arithmetic mean of the entropies as normaliser, in [0, 1]
 *   <li>pair Jaccard {@code a / (b + c - a)}, in [0, 1]: pairs together in both over pairs together
 *       in either
 * </ul>
 *
 * <p>In the weighted variants {@code n_ij} is a sum of weights, and a pair weighs {@code w_i w_j}.
 * Equal weights give the unweighted figures. If the assignments cannot differ (no pairs on either
 * side, or one row on both sides), a measure is 1. Without ids all are NaN.
 *
 * <p>For clusterings of one-dimensional values these measures are near 0 even without drift:
 * compare them with the agreement of two builds without drift. See docs/algorithms.md, section 9.5.
 *
 * @param ids shared ids
 * @param ari adjusted Rand index
 * @param nmi normalised mutual information
 * @param jaccard pair Jaccard
 * @param weightedAri weighted {@code ari}
 * @param weightedNmi weighted {@code nmi}
 * @param weightedJaccard weighted {@code jaccard}
 * @param movedIds share of the ids that are not in the row that {@link #matchRows} pairs with their
 *     old one, in [0, 1]
 * @param movedTraffic the same share by weight, under the same pairing
 */
public record PartitionAgreement(
    int ids,
    double ari,
    double nmi,
    double jaccard,
    double weightedAri,
    double weightedNmi,
    double weightedJaccard,
    double movedIds,
    double movedTraffic) {

  /** Agreement with equal weights. */
  public static PartitionAgreement of(int[] before, int[] after) {
    double[] ones = new double[before.length];
    Arrays.fill(ones, 1);
    return of(before, after, ones);
  }

  /**
   * Agreement of two assignments; O(n) plus a sort of the table's cells.
   *
   * @param before row of each shared id in the older map, at least 0
   * @param after row of the same ids in the newer map, at least 0
   * @param weights traffic of each id, at least 0, any unit
   */
  public static PartitionAgreement of(int[] before, int[] after, double[] weights) {
    requireLength("after", after.length, before.length);
    requireLength("weights", weights.length, before.length);
    double[] ones = new double[before.length];
    Arrays.fill(ones, 1);
    Table counted = new Table(before, after, ones);
    Table weighed = new Table(before, after, weights);
    Int2IntOpenHashMap match = counted.match();
    return new PartitionAgreement(
        before.length,
        counted.ari(),
        counted.nmi(),
        counted.jaccard(),
        weighed.ari(),
        weighed.nmi(),
        weighed.jaccard(),
        moved(before, after, ones, match),
        moved(before, after, weights, match));
  }

  /**
   * Pairs old rows with new ones, the largest number of common ids first; ties go to the smaller
   * old row, then the smaller new row. Every row is paired at most once.
   *
   * @param before row of each id in the older map
   * @param after row of the same ids in the newer map
   * @param newRows number of new rows
   * @return {@code int[newRows]}: the old row of each new one, -1 without a partner
   */
  public static int[] matchRows(int[] before, int[] after, int newRows) {
    requireLength("after", after.length, before.length);
    double[] ones = new double[before.length];
    Arrays.fill(ones, 1);
    int[] oldOfNew = new int[newRows];
    Arrays.fill(oldOfNew, -1);
    new Table(before, after, ones)
        .match()
        .int2IntEntrySet()
        .fastForEach(pair -> oldOfNew[pair.getIntValue()] = pair.getIntKey());
    return oldOfNew;
  }

  private static double moved(
      int[] before, int[] after, double[] weights, Int2IntOpenHashMap newOfOld) {
    double all = 0;
    double stayed = 0;
    for (int i = 0; i < before.length; i++) {
      all += weights[i];
      stayed += newOfOld.get(before[i]) == after[i] ? weights[i] : 0;
    }
    return (all - stayed) / all;
  }

  private static void requireLength(String name, int length, int wanted) {
    if (length != wanted) {
      throw new IllegalArgumentException(
          name + " must have one entry per id (" + wanted + ") but had " + length);
    }
  }

  /** The contingency table: cells and margins in the order in which they first appear. */
  private static final class Table {

    private final Sums cells;
    private final Sums before;
    private final Sums after;
    private final double total;

    Table(int[] a, int[] b, double[] weights) {
      cells = new Sums(a.length);
      before = new Sums(a.length);
      after = new Sums(a.length);
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        cells.add((long) a[i] << 32 | b[i], weights[i]);
        before.add(a[i], weights[i]);
        after.add(b[i], weights[i]);
        sum += weights[i];
      }
      total = sum;
    }

    double ari() {
      double expected = before.pairs() * after.pairs() / allPairs();
      double most = (before.pairs() + after.pairs()) / 2;
      return cells.size == 0 ? Double.NaN : ratio(cells.pairs() - expected, most - expected);
    }

    double jaccard() {
      double together = cells.pairs();
      return cells.size == 0
          ? Double.NaN
          : ratio(together, before.pairs() + after.pairs() - together);
    }

    double nmi() {
      double mean = (before.entropy(total) + after.entropy(total)) / 2;
      double mutual = before.entropy(total) + after.entropy(total) - cells.entropy(total);
      return total == 0 ? Double.NaN : Math.max(0, ratio(mutual, mean));
    }

    /** Pairs among all ids. */
    private double allPairs() {
      double squares = 0;
      for (int c = 0; c < cells.size; c++) {
        squares += cells.squares[c];
      }
      return (total * total - squares) / 2;
    }

    /** The quotient; 1 for 0 / 0, where the assignments cannot differ. */
    private static double ratio(double numerator, double denominator) {
      return denominator == 0 || Double.isNaN(denominator) ? 1 : numerator / denominator;
    }

    /** The new row of each old row. */
    Int2IntOpenHashMap match() {
      long[] order = cells.keysByFallingSum();
      Int2IntOpenHashMap newOfOld = new Int2IntOpenHashMap();
      Int2IntOpenHashMap oldOfNew = new Int2IntOpenHashMap();
      newOfOld.defaultReturnValue(-1);
      for (long cell : order) {
        int a = (int) (cell >>> 32);
        int b = (int) cell;
        if (!newOfOld.containsKey(a) && !oldOfNew.containsKey(b)) {
          newOfOld.put(a, b);
          oldOfNew.put(b, a);
        }
      }
      return newOfOld;
    }
  }

  /** For each key the sums of the weights and of their squares. */
  private static final class Sums {

    private final Long2IntOpenHashMap index;
    private double[] sums = new double[16];
    private double[] squares = new double[16];
    private int size;

    Sums(int expected) {
      index = new Long2IntOpenHashMap(Math.min(expected, 1 << 16));
      index.defaultReturnValue(-1);
    }

    void add(long key, double weight) {
      int at = index.get(key);
      if (at < 0) {
        at = size++;
        index.put(key, at);
        if (at == sums.length) {
          sums = Arrays.copyOf(sums, 2 * at);
          squares = Arrays.copyOf(squares, 2 * at);
        }
      }
      sums[at] += weight;
      squares[at] += weight * weight;
    }

    /** Weight of the pairs within a key: {@code (W^2 - sum w^2) / 2}, which is C(n, 2) for ones. */
    double pairs() {
      double pairs = 0;
      for (int i = 0; i < size; i++) {
        pairs += (sums[i] * sums[i] - squares[i]) / 2;
      }
      return pairs;
    }

    double entropy(double total) {
      double entropy = 0;
      for (int i = 0; i < size; i++) {
        double share = sums[i] / total;
        entropy -= share > 0 ? share * Math.log(share) : 0;
      }
      return entropy;
    }

    /** Keys by descending number of ids, ties by key. Sums are integers below 2^31 here. */
    long[] keysByFallingSum() {
      long[] keys = new long[size];
      index.long2IntEntrySet().fastForEach(e -> keys[e.getIntValue()] = e.getLongKey());
      Integer[] order = new Integer[size];
      Arrays.setAll(order, i -> i);
      Arrays.sort(
          order,
          (i, j) ->
              sums[i] != sums[j]
                  ? Double.compare(sums[j], sums[i])
                  : Long.compare(keys[i], keys[j]));
      return Arrays.stream(order).mapToLong(i -> keys[i]).toArray();
    }
  }
}
