package io.millrace.cluster;

import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Builds learned maps: clusters the ids by one value each into rows, and gives rows to ids without
 * a count. All versions of one line of maps share the settings, so that their rows can be remapped.
 *
 * <ul>
 *   <li>{@code RESERVE}: ids with a count are clustered into all rows but the last few; all other
 *       ids are hashed into those.
 *   <li>{@code HASH}: ids with a count are clustered into all rows; all others are hashed over all
 *       rows.
 *   <li>{@code CLUSTER}: all given ids are clustered into all rows; ids never seen use the row
 *       whose value is nearest to 0.
 * </ul>
 *
 * If there are fewer ids than rows, each id gets a row, in order of value. A map knows at most
 * {@code maxIds} ids: those of smallest count, and among equal counts the larger ids, are treated
 * as never seen.
 *
 * <p>Given several values an id, each is clustered by itself, by these same rules, into an internal
 * table of its own: the paper's overlapping clusterings.
 *
 * <p>Where we differ: the paper knows the range of ids beforehand and hashes all other ids into it,
 * which is close to {@code HASH}. A stream always has ids that no map knows; the reserve keeps them
 * from the rows of known ones. See docs/algorithms.md, sections 3.7 and 3.8.
 *
 * @param spec names this line of maps
 * @param rows rows of each internal table, at least 1; at least 2 with a reserve
 * @param cold rows of ids without a count
 * @param reserveShare share of the rows that is reserved, in (0, 1); at least one row is. Used by
 *     {@code RESERVE} only
 * @param options options of the clustering
 * @param maxIds most ids that the map knows, at least 0
 * @param seed chooses the hash of unknown ids
 * @param signatureBits width of the fingerprint by which unknown ids are recognised, 0 to 16
 */
public record LearnedMapBuilder(
    String spec,
    int rows,
    ColdPolicy cold,
    double reserveShare,
    ClusterOptions options,
    int maxIds,
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

  /** Rows that are kept for unknown ids in each internal table. */
  public int reservedRows() {
    return reservedRows(rows, cold, reserveShare);
  }

  /** Rows that are kept for unknown ids in a table of {@code rows}. */
  public static int reservedRows(int rows, ColdPolicy cold, double reserveShare) {
    return cold == ColdPolicy.RESERVE
        ? (int) Math.max(1, Math.min(rows - 1L, Math.round(reserveShare * rows)))
        : 0;
  }

  /**
   * Builds one version with one row per id.
   *
   * @param field name of the field
   * @param version counts up from 1
   * @param windowStart start of the data behind values and counts, event time in ms, inclusive
   * @param windowEnd end of that data, exclusive
   * @param ids strictly ascending as signed numbers: equal values are ordered by id
   * @param values one finite value per id
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
    return build(field, version, windowStart, windowEnd, ids, List.of(values), counts);
  }

  /**
   * Builds one version with a row per id in each of several internal tables.
   *
   * @param columns for each internal table one finite value per id; the other parameters as above
   */
  public MapVersion build(
      String field,
      int version,
      long windowStart,
      long windowEnd,
      long[] ids,
      List<double[]> columns,
      double[] counts) {
    int[] clustered = clustered(counts);
    double[] theirCounts = pick(counts, clustered);
    int tables = columns.size();
    int[] rowOf = new int[clustered.length * tables];
    List<RowRange> coldRanges = new ArrayList<>();
    for (int h = 0; h < tables; h++) {
      double[] values = pick(columns.get(h), clustered);
      Clustering clustering =
          new FastClustering().cluster(values, theirCounts, rows - reservedRows(), options);
      for (int i = 0; i < clustered.length; i++) {
        rowOf[i * tables + h] = h * rows + clustering.rowOf()[i];
      }
      coldRanges.add(coldRange(h * rows, clustering));
    }
    MapVersion.Header header =
        new MapVersion.Header(
            field,
            spec,
            version,
            windowStart,
            windowEnd,
            Math.multiplyExact(rows, tables),
            MapVersion.Kind.LEARNED,
            cold,
            coldRanges,
            seed,
            signatureBits,
            0,
            options.describe());
    return new MapVersion(
        header, Arrays.stream(clustered).mapToLong(i -> ids[i]).toArray(), rowOf, theirCounts);
  }

  /** Positions of the ids that are clustered, ascending. */
  private int[] clustered(double[] counts) {
    IntStream part =
        IntStream.range(0, counts.length).filter(i -> cold == ColdPolicy.CLUSTER || counts[i] > 0);
    if (counts.length <= maxIds) {
      return part.toArray();
    }
    return Arrays.stream(ValueOrder.of(Arrays.stream(counts).map(c -> -c).toArray()))
        .filter(i -> cold == ColdPolicy.CLUSTER || counts[i] > 0)
        .limit(maxIds)
        .sorted()
        .toArray();
  }

  private RowRange coldRange(int start, Clustering clustering) {
    return switch (cold) {
      case CLUSTER -> new RowRange(start + nearestToZero(clustering.values()), 1);
      case HASH -> new RowRange(start, rows);
      case RESERVE -> new RowRange(start + rows - reservedRows(), reservedRows());
    };
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
