package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.flag;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.longInteger;
import static io.millrace.jobfile.Kind.number;
import static io.millrace.jobfile.Kind.optionalFlag;
import static io.millrace.jobfile.Range.NO_LIMIT;

import io.millrace.cluster.TeacherValue;
import io.millrace.hash.ColdPolicy;
import io.millrace.spec.HashOptions;
import io.millrace.spec.RefreshOptions;
import java.util.Optional;

/** Keys of the section {@code hash}: how and when maps are built. */
final class HashKeys {

  static final Keys KEYS = new Keys("hash");

  private static final ConfigKey<Long> MIN_ROWS =
      KEYS.key("min_rows", "100000", longInteger(1, NO_LIMIT, "ids"))
          .doc("fields with fewer expected ids are not compressed (100K in the paper)");

  private static final ConfigKey<ColdPolicy> COLD =
      KEYS.key("cold", "reserve", choice(ColdPolicy.class))
          .doc(
              "which rows ids without a count get in a learned map: cluster, rows of ids with"
                  + " similar values; hash, any row, by a hash; reserve, a reserved row, by a hash");

  private static final ConfigKey<Double> RESERVE =
      KEYS.key("reserve", "0.1", number(0, .999))
          .doc(
              "share of the rows reserved for cold ids, in learned maps with cold reserve and in"
                  + " two-level maps");

  private static final ConfigKey<Double> KEPT =
      KEYS.key("kept", "0.9", number(.001, .999))
          .doc("share of the rows that hot ids own in hot-kept arms");

  private static final ConfigKey<Integer> CLUSTERS =
      KEYS.key("clusters", "0", integer(0, 1 << 20, "rows"))
          .doc(
              "rows that the ids in the middle level of a two-level map share; 0 for 64, or 16 in"
                  + " tables of less than 500 rows");

  private static final ConfigKey<Double> MIDDLE =
      KEYS.key("middle", "0.5", number(0, .95))
          .doc(
              "greatest share of a field's bytes that the ids in the middle level of a two-level map"
                  + " take, where the budget is in bytes; the rarest ids beyond it are unknown to"
                  + " the map");

  private static final ConfigKey<TeacherValue> VALUE =
      KEYS.key("value", "pca1", choice(TeacherValue.class, "pca1", "dim0", "maxvar"))
          .doc(
              "number derived from a teacher's vector for clustering: first principal component,"
                  + " first dimension, or dimension of the largest variance");

  private static final ConfigKey<Integer> SIGNATURE_BITS =
      KEYS.key("signature_bits", "8", integer(0, 16, "bits"))
          .doc("bits per id with which the served map detects unknown ids");

  private static final ConfigKey<HashOptions.Counts> COUNTS =
      KEYS.key("counts", "decayed", choice(HashOptions.Counts.class))
          .doc(
              "counts that weight an id: decayed counts over all panes, or the counts of the window");

  private static final ConfigKey<Double> MAX_NEW_TRAFFIC =
      KEYS.key("max_new_traffic", "0.9", number(0, 1))
          .doc(
              "greatest share of a window's accesses by ids that no earlier window has counted;"
                  + " above it a plain hash replaces a field's learned and two-level maps, until"
                  + " the share falls below nine tenths of this value; 1 for never");

  private static final ConfigKey<Long> NEW_TRAFFIC_ACCESSES =
      KEYS.key("new_traffic_accesses", "1000", longInteger(1, 1e18, "accesses"))
          .doc(
              "least accesses of a field on which max_new_traffic is decided; windows with fewer are"
                  + " added up, and meanwhile the last decision stays");

  private static final ConfigKey<RefreshOptions.When> REFRESH =
      KEYS.key("refresh", "windows", choice(RefreshOptions.When.class))
          .doc(
              "when maps are built: windows, at each window's end; drift, hash.refresh_delay"
                  + " sub-windows after an alert on traffic, label rate or teacher, and at windows'"
                  + " ends only until drift.warm_up is over; both, in either case");

  private static final ConfigKey<Integer> REFRESH_DELAY =
      KEYS.key("refresh_delay", "2", integer(1, 1 << 20, "sub-windows"))
          .doc(
              "delay from the sub-window with the alert to the one at whose end maps are built"
                  + " (drift.parts is the number of sub-windows per pane)");

  private static final ConfigKey<Integer> REFRESH_GAP =
      KEYS.key("refresh_gap", "6", integer(1, 1 << 20, "sub-windows"))
          .doc("least distance between two builds of maps that alerts cause");

  private static final ConfigKey<Optional<Boolean>> TRIAL =
      KEYS.key("trial", "", optionalFlag())
          .doc(
              "whether new maps are tried first: the student keeps the maps before and is published,"
                  + " a candidate with the new ones learns aside for student.regret_events, and takes"
                  + " over if it does no worse; false to switch at once. Empty for true where students do"
                  + " not wait for maps (student.wait_for_maps is false, or until-live and the job is"
                  + " live), and false where they do");

  private static final ConfigKey<Boolean> DUMP_INPUTS =
      KEYS.key("dump_inputs", "false", flag())
          .doc("whether the values and counts behind each map are written next to it as csv");

  private HashKeys() {}

  static HashOptions read(ConfigSection in) {
    return in.checked(
        () ->
            new HashOptions(
                in.get(MIN_ROWS),
                in.get(COLD),
                in.get(RESERVE),
                in.get(KEPT),
                in.get(CLUSTERS),
                in.get(MIDDLE),
                in.get(VALUE),
                ClusterKeys.read(in.section(ClusterKeys.KEYS)),
                in.get(SIGNATURE_BITS),
                in.get(COUNTS),
                in.get(MAX_NEW_TRAFFIC),
                in.get(NEW_TRAFFIC_ACCESSES),
                in.get(DUMP_INPUTS),
                new RefreshOptions(in.get(REFRESH), in.get(REFRESH_DELAY), in.get(REFRESH_GAP)),
                in.get(TRIAL).map(HashKeys::trial).orElse(HashOptions.Trial.LIVE)));
  }

  private static HashOptions.Trial trial(boolean always) {
    return always ? HashOptions.Trial.ALWAYS : HashOptions.Trial.NEVER;
  }
}
