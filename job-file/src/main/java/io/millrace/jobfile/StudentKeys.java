package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.flag;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.positive;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.spec.StudentOptions;

/** Keys of the section {@code student}: what all arms share. */
final class StudentKeys {

  static final Keys KEYS = new Keys("student");

  private static final TrainerKeys TRAINER = new TrainerKeys(KEYS, "16");

  private static final ConfigKey<Integer> MLET_K =
      KEYS.key("mlet_k", "64", integer(1, 4096))
          .doc("inner dimension of factorised tables (table mlet), at least dim");

  private static final ConfigKey<Double> MLET_STD =
      KEYS.key("mlet_std", "0.0625", positive())
          .doc("standard deviation of the initial factors (table mlet)");

  private static final ConfigKey<Boolean> WAIT_FOR_MAPS =
      KEYS.key("wait_for_maps", "true", flag())
          .doc(
              "whether the events of a window wait for the map that is due (for replays), or use"
                  + " the newest map available (for live streams)");

  private static final ConfigKey<Integer> MAX_HELD =
      KEYS.key("max_held", "100000", integer(0, Integer.MAX_VALUE, "events"))
          .doc(
              "upper bound on the events held back until their window opens, and on the events held"
                  + " back while a map is built");

  private static final ConfigKey<Integer> MAX_IDS =
      KEYS.key("max_ids", "10000000", integer(1, Integer.MAX_VALUE, "ids"))
          .doc("upper bound on the ids of an uncompressed table");

  private static final ConfigKey<Integer> REGRET_EVENTS =
      KEYS.key("regret_events", "2000", integer(0, Integer.MAX_VALUE, "events"))
          .doc(
              "number of events over which a student with new maps is compared with its shadow, a"
                  + " copy that keeps the old maps; at most a twentieth of the previous window's"
                  + " events; 0 for no comparison");

  private static final ConfigKey<Integer> REGRET_MEMORY_MB =
      KEYS.key("regret_memory_mb", "256", integer(0, Integer.MAX_VALUE, "MB"))
          .doc("upper bound on the memory of a shadow; a larger student is not compared");

  private StudentKeys() {}

  static StudentOptions read(ConfigSection in) {
    TrainerOptions trainer = TRAINER.read(in);
    return in.checked(
        () ->
            new StudentOptions(
                trainer,
                in.get(MLET_K),
                in.get(MLET_STD),
                in.get(WAIT_FOR_MAPS),
                in.get(MAX_HELD),
                in.get(MAX_IDS),
                in.get(REGRET_EVENTS),
                in.get(REGRET_MEMORY_MB)));
  }
}
