package io.millrace.cluster;

import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import java.util.Arrays;
import java.util.List;

/**
 * Builds the map of the "hot rows kept" baseline: the hottest ids have rows of their own, all
 * others share the remaining rows by a hash. Needs counts only, no teacher. See docs/algorithms.md,
 * section 6.5.
 *
 * @param spec names this line of maps
 * @param rows rows of the table, at least 1
 * @param keptShare share of the rows that hot ids own, in [0, 1]; at least one row is left to the
 *     others
 * @param seed chooses the hash of the others
 * @param signatureBits width of the fingerprint that separates hot ids from others, 0 to 16
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
    return keptRows(rows, keptShare);
  }

  /** Rows that hot ids own in a table of {@code rows}. */
  public static int keptRows(int rows, double keptShare) {
    return (int) Math.min(rows - 1L, (long) Math.floor(rows * keptShare));
  }

  /**
   * Builds one version. The first {@link #keptRows} ids with a count, by descending count, then
   * ascending signed id, own rows numbered in that order; all others are listed with the row that
   * their hash gives them, so that their weights can be moved when an id becomes hot or cold.
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
    int[] rowOf = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      rowOf[i] = others().row(ids[i], 0, seed);
    }
    for (int rank = 0; rank < kept; rank++) {
      rowOf[byHeat[rank]] = rank;
    }
    return new MapVersion(header(field, version, windowStart, windowEnd), ids, rowOf, counts);
  }

  private RowRange others() {
    return new RowRange(keptRows(), rows - keptRows());
  }

  private MapVersion.Header header(String field, int version, long windowStart, long windowEnd) {
    return new MapVersion.Header(
        field,
        spec,
        version,
        windowStart,
        windowEnd,
        rows,
        MapVersion.Kind.HOT_KEPT,
        ColdPolicy.RESERVE,
        List.of(others()),
        seed,
        signatureBits,
        0,
        "kept=" + keptShare);
  }
}
