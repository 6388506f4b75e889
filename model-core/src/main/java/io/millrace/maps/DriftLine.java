package io.millrace.maps;

import io.millrace.metric.RowLoad;
import java.util.List;

/**
 * How far one field has moved from one window to the next. A measure is NaN where its inputs are
 * missing, as all of them in the first window.
 *
 * @param field the field's name
 * @param seed root seed of the teacher and the maps
 * @param windowStart first millisecond of the pane that ended
 * @param windowEnd first millisecond after it
 * @param ids ids with a count
 * @param psi population stability index of id frequencies against the previous window, less what
 *     sampling alone gives, nats ({@link io.millrace.metric.Psi#corrected}); may be below 0; NaN
 *     where a window has too few accesses to tell
 * @param psiLimit the field drifts in this window if {@code psi} is above this limit, see {@link
 *     UsualPsi#limit}; NaN where {@code psi} is
 * @param newTraffic share of the pane's accesses by ids that no earlier pane has counted, in [0, 1]
 * @param coldTraffic share of the window's accesses by ids that the map in use does not list, in
 *     [0, 1]; NaN without a map
 * @param goneTraffic share of the previous window's accesses by ids without one in this window, in
 *     [0, 1]
 * @param movement of the teacher's vectors since the last window
 * @param floorMovement of a second teacher's vectors from those of the first: both have seen the
 *     same events, from different seeds
 * @param mapSpec kind of map that the agreement is about, null without one
 * @param mapVersion version of that map, 0 if none could be built in this window
 * @param rows its rows
 * @param mappedIds ids it lists
 * @param plainHash whether a plain hash has replaced learned and two-level maps, as too much of the
 *     traffic was on new ids
 * @param without kinds of learned map that could not be built in this window, as the teacher knew
 *     none of the ids; those before stayed
 * @param agreement successive versions on shared ids, mean over the internal tables
 * @param floor two maps of this window whose teachers saw the same events from different seeds
 * @param rowLoad how the map's ids and the window's accesses spread over its rows, null without one
 */
public record DriftLine(
    String field,
    long seed,
    long windowStart,
    long windowEnd,
    int ids,
    double psi,
    double psiLimit,
    double newTraffic,
    double coldTraffic,
    double goneTraffic,
    Movement movement,
    Movement floorMovement,
    String mapSpec,
    int mapVersion,
    int rows,
    int mappedIds,
    boolean plainHash,
    List<String> without,
    Agreement agreement,
    Agreement floor,
    RowLoad rowLoad) {

  /**
   * How far the vectors of shared ids are apart after the best rotation, see {@link
   * io.millrace.metric.Procrustes}.
   *
   * @param residual share of their squares that no rotation explains
   * @param p50 median over the ids of their distance, in units of the root mean square norm of the
   *     centred vectors
   * @param p90 its 90th percentile
   * @param p99 its 99th percentile
   */
  public record Movement(double residual, double p50, double p90, double p99) {

    /** Nothing to compare. */
    public static final Movement NONE =
        new Movement(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
  }

  /**
   * Agreement of two maps, see {@link io.millrace.metric.PartitionAgreement}.
   *
   * @param ari adjusted Rand index
   * @param nmi normalised mutual information, arithmetic mean
   * @param jaccard pairs together in both over pairs together in either
   * @param ariTraffic the adjusted Rand index where ids count by their accesses in the window
   * @param nmiTraffic normalised mutual information by accesses
   * @param jaccardTraffic pairs together by accesses
   * @param movedIds share of ids that changed rows after overlap matching
   * @param movedTraffic share of accesses whose ids changed rows
   */
  public record Agreement(
      double ari,
      double nmi,
      double jaccard,
      double ariTraffic,
      double nmiTraffic,
      double jaccardTraffic,
      double movedIds,
      double movedTraffic) {

    private static final double NAN = Double.NaN;

    /** Nothing to compare. */
    public static final Agreement NONE = new Agreement(NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN);
  }
}
