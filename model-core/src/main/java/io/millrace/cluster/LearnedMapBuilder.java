package io.millrace.cluster;

import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Builds learned maps: clusters one value an id into rows, and decides about ids without a count
 * (ALGORITHMS 2.10). Versions of one line share all settings, so that their rows can be remapped.
 *
 * <ul>
 *   <li>{@code RESERVE}: ids with a count are clustered into all rows but the last few, which all
 *       other ids are hashed into.
 *   <li>{@code HASH}: ids with a count are clustered into all rows; all others are hashed over all
 *       rows.
 *   <li>{@code CLUSTER}: all given ids are clustered into all rows; ids never seen use the row
 *       whose value is nearest to 0.
 * </ul>
 *
 * Ids that are fewer than the rows get one each, in order of value.
 *
 * @param spec names this line of maps
 * @param rows rows of the table, at least 1; at least 2 with a reserve
 * @param cold what happens to ids without a count
 * @param reserveShare share of the rows that is reserved, in (0, 1); at least one row is. Used by
 *     {@code RESERVE} only
 * @param options of the clustering
 * @param seed chooses the hash of unknown ids
 * @param signatureBits width of the fingerprint by which unknown ids are recognised, 0 to 16
 */
public record LearnedMapBuilder(
    String spec,
    int rows,
    ColdPolicy cold,
    double reserveShare,
    ClusterOptions options,
    long seed,
    int signatureBits) {

  public LearnedMapBuilder {
    int least = cold == ColdPolicy.RESERVE ? 2 : 1;
    if (rows < least) {
      throw new IllegalArgumentException("rows must be >= " + least + " but was " + rows);
    }
    if (cold == ColdPolicy.RESERVE && !(reserveShare > 0 && reserveShare < 1)) {
      throw new IllegalArgumentException("reserve must be in (0, 1) but was " + reserveShare);
    }
  }

  /** Rows that are kept for unknown ids. */
  public int reservedRows() {
    return cold == ColdPolicy.RESERVE
        ? (int) Math.max(1, Math.min(rows - 1L, Math.round(reserveShare * rows)))
        : 0;
  }

  /**
   * Builds one version.
   *
   * @param field name of the field
   * @param version counts up from 1
   * @param windowStart start of the data behind values and counts, event time in ms, inclusive
   * @param windowEnd end of that data, exclusive
   * @param ids strictly ascending as signed numbers: equal values are ordered by id
   * @param values one finite value an id
   * @param counts count of each id, finite and at least 0
   */
  public MapVersion build(
      String field,
      int version,
      long windowStart,
      long windowEnd,
      long[] ids,
      double[] values,
      double[] counts) {
    int[] clustered =
        IntStream.range(0, ids.length)
            .filter(i -> cold == ColdPolicy.CLUSTER || counts[i] > 0)
            .toArray();
    double[] theirCounts = pick(counts, clustered);
    int clusterRows = rows - reservedRows();
    Clustering clustering =
        new FastClustering().cluster(pick(values, clustered), theirCounts, clusterRows, options);
    return new MapVersion(
        header(field, version, windowStart, windowEnd, clustering),
        Arrays.stream(clustered).mapToLong(i -> ids[i]).toArray(),
        clustering.rowOf(),
        theirCounts);
  }

  private MapVersion.Header header(
      String field, int version, long windowStart, long windowEnd, Clustering clustering) {
    int coldFirst =
        switch (cold) {
          case CLUSTER -> nearestToZero(clustering.values());
          case HASH -> 0;
          case RESERVE -> rows - reservedRows();
        };
    int coldRows = cold == ColdPolicy.CLUSTER ? 1 : rows - coldFirst;
    return new MapVersion.Header(
        field,
        spec,
        version,
        windowStart,
        windowEnd,
        rows,
        MapVersion.Kind.LEARNED,
        cold,
        List.of(new RowRange(coldFirst, coldRows)),
        seed,
        signatureBits,
        0,
        options.describe());
  }

  private static int nearestToZero(double[] values) {
    int nearest = 0;
    for (int row = 1; row < values.length; row++) {
      if (Math.abs(values[row]) < Math.abs(values[nearest])) {
        nearest = row;
      }
    }
    return nearest;
  }

  private static double[] pick(double[] from, int[] positions) {
    return Arrays.stream(positions).mapToDouble(i -> from[i]).toArray();
  }
}
