package io.millrace.cluster;

import io.millrace.hash.StaticMap;
import io.millrace.hash.TwoLevelHash;

/**
 * How many rows and ids the levels of a two-level map have: found once from a budget of bytes and
 * kept for all versions, so that rows can be remapped (ALGORITHMS section 10, step 0).
 *
 * <p>The rows are split into a reserve of a share {@code rho}, clusters, and rows of hot ids. The
 * hottest ids that are left are in the middle, as many as half of the budget can store. The number
 * of rows is the largest whose bytes, with those of the map when all expected ids have come, stay
 * within the budget. Bytes are those really serialised, not a formula of bits an id, and so found
 * by bisection.
 *
 * @param rows rows of the table, at least 2
 * @param hotRows rows that hot ids own, and most hot ids
 * @param clusters rows of the middle, at least 0
 * @param middleIds most ids in the middle
 */
public record TwoLevelSizes(int rows, int hotRows, int clusters, int middleIds) {

  /** Rows from which on the middle is given {@link #MANY_CLUSTERS}. */
  private static final int ROWS_FOR_MANY = 500;

  private static final int MANY_CLUSTERS = 64;
  private static final int FEW_CLUSTERS = 16;

  /** Rows of the reserve. */
  public int reservedRows() {
    return rows - hotRows - clusters;
  }

  /** First row of the reserve. */
  public int reserveFirst() {
    return hotRows + clusters;
  }

  /** Clusters that a budget is worth: 64, or 16 if it buys less than 500 rows. */
  public static int usualClusters(long bytes, int rowBytes) {
    return bytes / rowBytes < ROWS_FOR_MANY ? FEW_CLUSTERS : MANY_CLUSTERS;
  }

  /**
   * Sizes for a budget.
   *
   * @param bytes for rows and map together
   * @param rowBytes bytes of a row as served
   * @param expectedIds ids to expect, at least 1
   * @param clusters rows of the middle at most; they take no more than half of what the reserve
   *     leaves
   * @param reserveShare share of the rows that is reserved, in (0, 1); at least one row is
   * @param signatureBits width of the map's fingerprints
   * @throws IllegalArgumentException if two rows and an empty map do not fit
   */
  public static TwoLevelSizes of(
      long bytes,
      int rowBytes,
      long expectedIds,
      int clusters,
      double reserveShare,
      int signatureBits) {
    int fits = 1;
    int tooMany = (int) Math.min(Integer.MAX_VALUE - 8, bytes / rowBytes + 1);
    while (fits < tooMany - 1) {
      int rows = (fits + tooMany) >>> 1;
      TwoLevelSizes sizes =
          ofRows(rows, bytes / 2, expectedIds, clusters, reserveShare, signatureBits);
      if ((long) rows * rowBytes + sizes.mapBytes(signatureBits) <= bytes) {
        fits = rows;
      } else {
        tooMany = rows;
      }
    }
    if (fits < 2) {
      throw new IllegalArgumentException(
          "a budget of " + bytes + " bytes is too small for two rows and a map");
    }
    return ofRows(fits, bytes / 2, expectedIds, clusters, reserveShare, signatureBits);
  }

  private static TwoLevelSizes ofRows(
      int rows,
      long middleBytes,
      long expectedIds,
      int clusters,
      double reserveShare,
      int signatureBits) {
    int reserved = Math.max(1, (int) (reserveShare * rows));
    int middle = Math.min(clusters, (rows - reserved) / 2);
    int hot = (int) Math.min(rows - reserved - middle, expectedIds);
    int left = middle == 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, expectedIds - hot);
    int most = mostIds(left, Math.max(1, middle), middleBytes, signatureBits);
    return new TwoLevelSizes(hot + middle + reserved, hot, middle, most);
  }

  /** Ids of the middle whose map takes no more than {@code bytes}, at most {@code ids}. */
  private static int mostIds(int ids, int clusters, long bytes, int signatureBits) {
    int fit = 0;
    int tooMany = ids + 1;
    while (fit < tooMany - 1) {
      int n = (fit + tooMany) >>> 1;
      if (StaticMap.expectedBytes(n, clusters, signatureBits) <= bytes) {
        fit = n;
      } else {
        tooMany = n;
      }
    }
    return fit;
  }

  /** Bytes of the map when all its ids have come. */
  public long mapBytes(int signatureBits) {
    return TwoLevelHash.expectedBytes(hotRows, middleIds, Math.max(1, clusters), signatureBits);
  }
}
