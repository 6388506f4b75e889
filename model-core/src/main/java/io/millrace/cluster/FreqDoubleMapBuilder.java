package io.millrace.cluster;

import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.MappedHash;
import io.millrace.hash.RowRange;
import io.millrace.hash.StaticMap;
import java.util.Arrays;
import java.util.List;

/**
 * Builds the maps of frequency-based double hashing: the hottest ids own a row each; the vector of
 * every other id is the sum of two rows, which two independent hashes choose in the two halves of
 * the other rows ("Model Size Reduction Using Frequency Based Double Hashing for Recommender
 * Systems", Zhang et al. 2020).
 *
 * <pre>
 * rows      [0, K)      [K, K + ceil((T - K) / 2))     [K + ceil((T - K) / 2), T)
 * used by   hot ids     first hash of the others       second hash of the others
 * </pre>
 *
 * Needs counts only, no teacher. Without hot rows it is double hashing. Difference to the paper:
 * its hot ids are fixed before training; ours are chosen again for each version.
 *
 * @param spec names this line of maps
 * @param rows rows {@code T} of the table, at least 2
 * @param hotRows rows {@code K} of hot ids, at most {@code T - 2}
 * @param seed chooses the hashes
 * @param signatureBits width of the fingerprint that separates hot ids from others, 0 to 16
 */
public record FreqDoubleMapBuilder(
    String spec, int rows, int hotRows, long seed, int signatureBits) {

  public FreqDoubleMapBuilder {
    if (rows < 2) {
      throw new IllegalArgumentException("rows must be >= 2 but was " + rows);
    }
    if (hotRows < 0 || hotRows > rows - 2) {
      throw new IllegalArgumentException(
          "hot rows must be in [0, " + (rows - 2) + "] but were " + hotRows);
    }
  }

  private List<RowRange> halves() {
    int smaller = (rows - hotRows) / 2;
    int middle = rows - smaller;
    return List.of(new RowRange(hotRows, middle - hotRows), new RowRange(middle, smaller));
  }

  /** The hash before there are counts: no id is hot. */
  public MappedHash withoutHotIds() {
    StaticMap none = StaticMap.build(new long[0], new int[0], 1, signatureBits, seed);
    return new MappedHash(rows, halves(), seed, List.of(none));
  }

  /**
   * Builds one version. The first {@link #hotRows} ids with a count, by descending count, then
   * ascending signed id, own rows numbered in that order; all others are listed with the rows that
   * their hashes give them, so that their weights can be moved when an id becomes hot or cold.
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
    List<RowRange> halves = halves();
    int[] rowsOf = new int[2 * ids.length];
    for (int i = 0; i < ids.length; i++) {
      rowsOf[2 * i] = halves.get(0).row(ids[i], 0, seed);
      rowsOf[2 * i + 1] = halves.get(1).row(ids[i], 1, seed);
    }
    int[] byHeat = ValueOrder.of(Arrays.stream(counts).map(c -> -c).toArray());
    int hot = Math.min(hotRows, (int) Arrays.stream(counts).filter(c -> c > 0).count());
    for (int rank = 0; rank < hot; rank++) {
      rowsOf[2 * byHeat[rank]] = rank;
      rowsOf[2 * byHeat[rank] + 1] = -1;
    }
    MapVersion.Header header =
        new MapVersion.Header(
            field,
            spec,
            version,
            windowStart,
            windowEnd,
            rows,
            MapVersion.Kind.FREQ_DOUBLE,
            ColdPolicy.RESERVE,
            halves,
            seed,
            signatureBits,
            0,
            "hot=" + hotRows);
    return new MapVersion(header, ids, rowsOf, counts);
  }
}
