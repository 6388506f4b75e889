package io.millrace.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * The distribution of ids and traffic over the rows of a table. In a table with a row for each id,
 * each row has one id; the more unequal the rows are, the more ids learn from the clicks of others.
 *
 * <p>An id that looks up several rows counts in each of them, ids and traffic alike.
 *
 * @param rowsUsed rows with at least one id
 * @param maxIds most ids in one row
 * @param maxTraffic most traffic of one row, as a share of all, in [0, 1]; NaN without traffic
 * @param hotCollisions how many of the {@value #HOT} ids with the most traffic have exactly the
 *     rows of another of them, so that a model cannot distinguish them
 * @param histogram rows by number of ids: 0, 1, 2 to 3, 4 to 7 and so on, up to the last bin with
 *     rows
 * @param largest the rows with the most ids, at most {@value #LARGEST}, in descending order; ties
 *     by more traffic, then by number
 */
public record RowLoad(
    int rowsUsed,
    int maxIds,
    double maxTraffic,
    int hotCollisions,
    List<Bin> histogram,
    List<Row> largest) {

  /** Ids among which collisions are counted. */
  public static final int HOT = 100;

  /** Number of rows in {@code largest}. */
  public static final int LARGEST = 5;

  /**
   * Rows with similar numbers of ids.
   *
   * @param leastIds smallest number of ids of a row in the bin, 0 or a power of two
   * @param rows number of rows
   */
  public record Bin(int leastIds, int rows) {}

  /**
   * One row.
   *
   * @param row number of the row
   * @param ids number of ids that use it
   * @param traffic share of all traffic, in [0, 1]; NaN without traffic
   */
  public record Row(int row, int ids, double traffic) {}

  public RowLoad {
    histogram = List.copyOf(histogram);
    largest = List.copyOf(largest);
  }

  /**
   * Computes the load of a map's rows; O(ids * lookups + rows).
   *
   * @param rows rows of the table
   * @param lookups most rows that an id uses
   * @param rowOf {@code int[ids * lookups]}: an id's rows one after the other, -1 where it uses
   *     fewer
   * @param accesses accesses of each id, at least 0; ties among the most frequent ids by position
   * @param total all accesses, also those of ids that are not listed; shares refer to it
   */
  public static RowLoad of(int rows, int lookups, int[] rowOf, long[] accesses, long total) {
    if (rowOf.length != lookups * accesses.length) {
      throw new IllegalArgumentException(
          "rowOf must have "
              + lookups
              + " entries for each of "
              + accesses.length
              + " ids but had "
              + rowOf.length);
    }
    int[] ids = new int[rows];
    long[] traffic = new long[rows];
    for (int i = 0; i < rowOf.length; i++) {
      if (rowOf[i] >= 0) {
        ids[rowOf[i]]++;
        traffic[rowOf[i]] += accesses[i / lookups];
      }
    }
    return new RowLoad(
        (int) Arrays.stream(ids).filter(n -> n > 0).count(),
        Arrays.stream(ids).max().orElse(0),
        share(Arrays.stream(traffic).max().orElse(0), total),
        collisions(hottest(accesses), lookups, rowOf),
        histogram(ids),
        largest(ids, traffic, total));
  }

  private static double share(long traffic, long total) {
    return total == 0 ? Double.NaN : (double) traffic / total;
  }

  /** The first positions in an order, at most {@code most}. */
  private static int[] first(int n, int most, Comparator<Integer> order) {
    PriorityQueue<Integer> kept = new PriorityQueue<>(order.reversed());
    for (int i = 0; i < n; i++) {
      if (kept.size() < most) {
        kept.add(i);
      } else if (order.compare(i, kept.element()) < 0) {
        kept.remove();
        kept.add(i);
      }
    }
    return kept.stream().sorted(order).mapToInt(i -> i).toArray();
  }

  private static int[] hottest(long[] accesses) {
    return first(
        accesses.length,
        HOT,
        Comparator.<Integer>comparingLong(i -> -accesses[i]).thenComparing(i -> i));
  }

  private static int collisions(int[] hot, int lookups, int[] rowOf) {
    Map<List<Integer>, Integer> idsOfRows = new HashMap<>();
    for (int i : hot) {
      List<Integer> rows = new ArrayList<>();
      IntStream.range(i * lookups, (i + 1) * lookups).forEach(at -> rows.add(rowOf[at]));
      idsOfRows.merge(rows, 1, Integer::sum);
    }
    return idsOfRows.values().stream().filter(n -> n > 1).mapToInt(n -> n).sum();
  }

  private static List<Bin> histogram(int[] ids) {
    int[] rows = new int[Integer.SIZE + 1];
    for (int n : ids) {
      rows[Integer.SIZE - Integer.numberOfLeadingZeros(n)]++;
    }
    int bins = rows.length;
    while (bins > 0 && rows[bins - 1] == 0) {
      bins--;
    }
    return IntStream.range(0, bins)
        .mapToObj(b -> new Bin(b == 0 ? 0 : 1 << (b - 1), rows[b]))
        .toList();
  }

  private static List<Row> largest(int[] ids, long[] traffic, long total) {
    Comparator<Integer> order =
        Comparator.<Integer>comparingInt(r -> -ids[r])
            .thenComparingLong(r -> -traffic[r])
            .thenComparing(r -> r);
    return Arrays.stream(first(ids.length, LARGEST, order))
        .filter(r -> ids[r] > 0)
        .mapToObj(r -> new Row(r, ids[r], share(traffic[r], total)))
        .toList();
  }
}
