package io.millrace.cluster;

import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import java.util.Arrays;

/**
 * Builds the map of the "hot rows kept" baseline (ALGORITHMS section 3): the hottest ids have rows
 * of their own, all others share the remaining rows by a hash. Needs counts only, no teacher.
 *
 * @param spec names this line of maps
 * @param rows rows of the table, at least 1
 * @param keptShare share of the rows that hot ids own, in [0, 1]; at least one row is left to the
 *     others
 * @param seed chooses the hash of the others
 * @param signatureBits width of the fingerprint that tells hot ids from others, 0 to 16
 */
public record HotKeptMapBuilder(
    String spec, int rows, double keptShare, long seed, int signatureBits) {

  public HotKeptMapBuilder {
    if (rows < 1) {
      throw new IllegalArgumentException("rows must be >= 1 but was " + rows);
    }
    if (!(keptShare >= 0 && keptShare <= 1)) {
      throw new IllegalArgumentException("kept must be in [0, 1] but was " + keptShare);
    }
  }

  /** Rows that hot ids own: the first ones of the table. */
  public int keptRows() {
    return (int) Math.min(rows - 1L, (long) Math.floor(rows * keptShare));
  }

  /**
   * Builds one version. Its known ids are the hot ones: the first {@link #keptRows} with a count,
   * by descending count, then ascending signed id; their rows are numbered in that order.
   *
   * @param field name of the field
   * @param version counts up from 1
   * @param windowStart start of the data behind the counts, event time in ms, inclusive
   * @param windowEnd end of that data, exclusive
   * @param ids strictly ascending as signed numbers
   * @param counts count of each id, finite and at least 0
   */
  public MapVersion build(
      String field, int version, long windowStart, long windowEnd, long[] ids, double[] counts) {
    int[] byHeat = ValueOrder.of(Arrays.stream(counts).map(c -> -c).toArray());
    int kept = Math.min(keptRows(), (int) Arrays.stream(counts).filter(c -> c > 0).count());
    int[] rankOf = new int[ids.length];
    Arrays.fill(rankOf, kept);
    for (int rank = 0; rank < kept; rank++) {
      rankOf[byHeat[rank]] = rank;
    }
    long[] hotIds = new long[kept];
    int[] rowOf = new int[kept];
    double[] hotCounts = new double[kept];
    int next = 0;
    for (int i = 0; i < ids.length; i++) {
      if (rankOf[i] < kept) {
        hotIds[next] = ids[i];
        rowOf[next] = rankOf[i];
        hotCounts[next++] = counts[i];
      }
    }
    return new MapVersion(header(field, version, windowStart, windowEnd), hotIds, rowOf, hotCounts);
  }

  private MapVersion.Header header(String field, int version, long windowStart, long windowEnd) {
    int kept = keptRows();
    return new MapVersion.Header(
        field,
        spec,
        version,
        windowStart,
        windowEnd,
        rows,
        MapVersion.Kind.HOT_KEPT,
        ColdPolicy.RESERVE,
        kept,
        rows - kept,
        seed,
        signatureBits,
        "kept=" + keptShare);
  }
}
