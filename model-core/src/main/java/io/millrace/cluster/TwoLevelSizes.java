package io.millrace.cluster;

import io.millrace.hash.StaticMap;
import io.millrace.hash.TwoLevelHash;
import io.millrace.math.Bisection;
import java.util.function.IntFunction;

/**
 * The numbers of rows and ids in the levels of a two-level map. They follow once from a budget of
 * bytes and are equal for all versions, so that rows can be remapped. See docs/algorithms.md,
 * section 4.2.
 *
 * <p>The rows are split into a reserve of a share {@code rho}, clusters, and rows of hot ids. The
 * next hottest ids are in the middle, as many as a share of the budget can store. The number of
 * rows is the largest that fits into the budget together with the map of all expected ids. Bytes
 * are measured on serialised maps, without a formula, so that the number of rows is found by
 * bisection.
 *
 * @param rows rows of the table
 * @param hotRows rows that hot ids own, and the most hot ids
 * @param clusters rows of the middle, at least 0
 * @param middleIds most ids in the middle
 */
public record TwoLevelSizes(int rows, int hotRows, int clusters, int middleIds) {

  /** Rows of the reserve. */
  public int reservedRows() {
    return rows - hotRows - clusters;
  }

  /** First row of the reserve. */
  public int reserveFirst() {
    return hotRows + clusters;
  }

  /** The default number of clusters: 64, or 16 for tables of fewer than 500 rows. */
  public static int usualClusters(int rows) {
    return rows < 500 ? 16 : 64;
  }

  /**
   * Sizes for a budget of bytes.
   *
   * @param bytes budget for rows and map together
   * @param rowBytes bytes of a row as served
   * @param expectedIds expected number of ids, at least 1
   * @param clusters most rows of the middle; they get at most half of the rows outside the reserve
   * @param middleShare greatest share of the bytes that the map of the middle takes, in [0, 1)
   * @param reserveShare share of the rows that is reserved, in [0, 1); at least one row is
   * @param signatureBits width of the map's fingerprints
   * @return sizes with fewer than two rows if two rows and an empty map do not fit
   */
  public static TwoLevelSizes ofBytes(
      long bytes,
      int rowBytes,
      int expectedIds,
      int clusters,
      double middleShare,
      double reserveShare,
      int signatureBits) {
    long middle = (long) (middleShare * bytes);
    IntFunction<TwoLevelSizes> sizes =
        rows -> {
          TwoLevelSizes all = ofRows(rows, expectedIds, clusters, reserveShare);
          int values = Math.max(1, all.clusters);
          int most = StaticMap.mostIds(middle, values, signatureBits, all.middleIds);
          return new TwoLevelSizes(all.rows, all.hotRows, all.clusters, most);
        };
    int most = (int) Math.min(Integer.MAX_VALUE - 8, bytes / rowBytes);
    return sizes.apply(
        Bisection.largest(
            1,
            most,
            rows -> {
              TwoLevelSizes s = sizes.apply(rows);
              return (long) s.rows * rowBytes + s.mapBytes(signatureBits) <= bytes;
            }));
  }

  /**
   * Sizes for a number of rows, with a map for all expected ids.
   *
   * @param rows rows of the table; fewer are used if the expected ids need fewer
   * @param expectedIds expected number of ids, at least 1
   * @param clusters as above
   * @param reserveShare as above
   */
  public static TwoLevelSizes ofRows(int rows, int expectedIds, int clusters, double reserveShare) {
    int reserved = Math.max(1, (int) (reserveShare * rows));
    int middle = Math.min(clusters, (rows - reserved) / 2);
    int hot = Math.min(rows - reserved - middle, expectedIds);
    return new TwoLevelSizes(
        hot + middle + reserved, hot, middle, middle == 0 ? 0 : expectedIds - hot);
  }

  /** Bytes of the map with all its ids. */
  public long mapBytes(int signatureBits) {
    return TwoLevelHash.expectedBytes(hotRows, middleIds, Math.max(1, clusters), signatureBits);
  }
}
