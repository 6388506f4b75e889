package io.millrace.cluster;

import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.MultiHash;
import io.millrace.hash.RowRange;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Builds maps that hash every id, as in an arm without maps. Such a version replaces a learned or
 * two-level one if too much of the traffic is on ids that no map can know. All ids are listed, so
 * that their weights can be moved to it and back. See docs/algorithms.md, section 4.5.
 *
 * @param spec names the line of maps that the version belongs to
 * @param lookups number of internal tables, at least 1; an id has a row in each
 * @param rowsEach rows of each internal table, at least 1
 * @param seed chooses the hashes
 */
public record PlainMapBuilder(String spec, int lookups, int rowsEach, long seed) {

  /**
   * Builds one version.
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
    MultiHash hash = new MultiHash(lookups, rowsEach, seed);
    List<RowRange> ranges =
        IntStream.range(0, lookups).mapToObj(h -> new RowRange(h * rowsEach, rowsEach)).toList();
    MapVersion.Header header =
        new MapVersion.Header(
            field,
            spec,
            version,
            windowStart,
            windowEnd,
            hash.rows(),
            MapVersion.Kind.PLAIN,
            ColdPolicy.HASH,
            ranges,
            seed,
            0,
            0,
            "plain hash");
    int[] rows = new int[lookups];
    int[] rowOf = new int[ids.length * lookups];
    for (int i = 0; i < ids.length; i++) {
      hash.lookUp(ids[i], rows);
      System.arraycopy(rows, 0, rowOf, i * lookups, lookups);
    }
    return new MapVersion(header, ids, rowOf, counts);
  }
}
