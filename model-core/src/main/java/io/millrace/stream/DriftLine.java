package io.millrace.stream;

import java.util.List;

/**
 * How far one field has moved from one window to the next. A measure without its inputs, such as
 * any of them in the first window, is NaN.
 *
 * @param field the field's name
 * @param seed root seed of the teacher and maps behind the line
 * @param windowStart first millisecond of the pane that ended
 * @param windowEnd first millisecond after it
 * @param ids ids with a count
 * @param psi population stability index of id frequencies against the previous window
 * @param newTraffic share of the pane's accesses of ids never counted before
 * @param coldTraffic share of accesses of ids unknown to the map in use, NaN without a map
 * @param goneTraffic share of the previous window's accesses whose ids did not come back
 * @param procrustes residual ratio of the teacher's vectors on shared ids after the best rotation
 * @param mapSpec kind of map that the agreement is about, null without one
 * @param mapVersion version of that map, 0 if none could be built in this window
 * @param rows its rows
 * @param mappedIds ids it lists
 * @param plainHash whether learned and two-level maps gave way to a plain hash, as too much of the
 *     traffic was on new ids
 * @param without kinds of learned map that could not be built in this window, as the teacher knew
 *     none of the ids; those before stayed
 * @param agreement successive versions on shared ids, mean over the internal tables
 * @param floor two maps of this window whose teachers saw the same events from different seeds
 */
public record DriftLine(
    String field,
    long seed,
    long windowStart,
    long windowEnd,
    int ids,
    double psi,
    double newTraffic,
    double coldTraffic,
    double goneTraffic,
    double procrustes,
    String mapSpec,
    int mapVersion,
    int rows,
    int mappedIds,
    boolean plainHash,
    List<String> without,
    Agreement agreement,
    Agreement floor) {

  /**
   * Agreement of two maps.
   *
   * @param ari adjusted Rand index
   * @param nmi normalised mutual information, arithmetic mean
   * @param jaccard pairs together in both over pairs together in either
   * @param movedTraffic share of accesses whose ids changed rows after overlap matching
   */
  public record Agreement(double ari, double nmi, double jaccard, double movedTraffic) {

    /** Nothing to compare. */
    public static final Agreement NONE =
        new Agreement(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
  }
}
