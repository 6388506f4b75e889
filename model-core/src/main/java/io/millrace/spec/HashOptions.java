package io.millrace.spec;

import io.millrace.cluster.ClusterOptions;
import io.millrace.cluster.TeacherValue;
import io.millrace.hash.ColdPolicy;
import io.millrace.records.Copyable;

/**
 * How maps are built.
 *
 * @param minRows fields that expect fewer ids are left uncompressed, at least 1 ("Learning to
 *     Collide" leaves tables under 100,000 rows alone)
 * @param cold which rows ids without a count get
 * @param reserveShare share of the rows kept for cold ids under {@link ColdPolicy#RESERVE} and in
 *     two-level maps, in [0, 1)
 * @param keptShare share of the rows that hot ids own in {@code hot-kept} arms, in (0, 1)
 * @param clusters rows that the ids in the middle level of a two-level map share; 0 for 64, or 16
 *     in tables of fewer than 500 rows
 * @param middleShare greatest share of a field's bytes that the ids in the middle level take in a
 *     two-level map, in [0, 1)
 * @param value which 1-D value of a teacher's vector is clustered
 * @param cluster the clustering itself
 * @param signatureBits bits of the fingerprint by which the served map recognises known ids, 0 to
 *     16
 * @param counts which counts are the weights of ids
 * @param maxNewTraffic greatest share of a window's accesses by ids that no earlier window has
 *     counted; above it a plain hash replaces a field's learned and two-level maps; in [0, 1], 1
 *     for never
 * @param newTrafficAccesses least accesses on which that is decided, at least 1; windows with fewer
 *     are added up
 * @param dumpInputs whether the values and counts that a map is built from are written next to it
 * @param refresh when maps are built
 * @param trial when a student takes new maps only if a candidate with them, which learns aside,
 *     does no worse
 */
public record HashOptions(
    long minRows,
    ColdPolicy cold,
    double reserveShare,
    double keptShare,
    int clusters,
    double middleShare,
    TeacherValue value,
    ClusterOptions cluster,
    int signatureBits,
    Counts counts,
    double maxNewTraffic,
    long newTrafficAccesses,
    boolean dumpInputs,
    RefreshOptions refresh,
    Trial trial)
    implements Copyable<HashOptions> {

  /** A field returns to its maps below this share of {@code maxNewTraffic}. */
  private static final double RETURN = .9;

  /** When new maps are on trial. */
  public enum Trial {
    /** All of them. */
    ALWAYS,
    /** None. */
    NEVER,
    /** Those that a student takes live, as it does not wait for maps. */
    LIVE
  }

  /** Which counts are the weights of ids. */
  public enum Counts {
    /** Decayed over all panes; with decay 1 the total so far. */
    DECAYED,
    /** Those of the window. */
    WINDOW
  }

  public HashOptions {
    if (minRows < 1) {
      throw new IllegalArgumentException("min_rows must be >= 1 but was " + minRows);
    }
    if (!(reserveShare >= 0 && reserveShare < 1)) {
      throw new IllegalArgumentException("reserve must be in [0, 1) but was " + reserveShare);
    }
    if (!(keptShare > 0 && keptShare < 1)) {
      throw new IllegalArgumentException("kept must be in (0, 1) but was " + keptShare);
    }
    if (!(maxNewTraffic >= 0 && maxNewTraffic <= 1)) {
      throw new IllegalArgumentException(
          "max_new_traffic must be in [0, 1] but was " + maxNewTraffic);
    }
    if (newTrafficAccesses < 1) {
      throw new IllegalArgumentException(
          "new_traffic_accesses must be >= 1 but was " + newTrafficAccesses);
    }
    if (refresh.byDrift() && counts == Counts.WINDOW) {
      throw new IllegalArgumentException(
          "counts must be decayed where refresh is drift or both, as maps are then built within"
              + " windows, but was window");
    }
    if (clusters < 0) {
      throw new IllegalArgumentException("clusters must be >= 0 but was " + clusters);
    }
    if (!(middleShare >= 0 && middleShare < 1)) {
      throw new IllegalArgumentException("middle must be in [0, 1) but was " + middleShare);
    }
    if (signatureBits < 0 || signatureBits > 16) {
      throw new IllegalArgumentException(
          "signature_bits must be in 0..16 but was " + signatureBits);
    }
  }

  /**
   * Whether a field uses a plain hash, as no map knows the ids of most accesses.
   *
   * @param newTraffic share of the window's accesses by ids that no earlier window has counted; NaN
   *     if there is no earlier window
   * @param plainBefore whether the field uses a plain hash already; it then keeps it until the
   *     share falls below nine tenths of the limit, as a share close to the limit would otherwise
   *     move all rows at each window
   */
  public boolean plain(double newTraffic, boolean plainBefore) {
    return newTraffic > (plainBefore ? RETURN : 1) * maxNewTraffic;
  }
}
