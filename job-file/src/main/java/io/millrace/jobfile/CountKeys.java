package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.number;
import static io.millrace.jobfile.Range.ABOVE_ZERO;

import io.millrace.spec.CountOptions;

/** Keys of the section {@code counts}: access counts of ids. */
final class CountKeys {

  static final Keys KEYS = new Keys("counts");

  private static final ConfigKey<Integer> SHARDS =
      KEYS.key("shards", "16", integer(1, 32_768))
          .doc(
              "tables over which a field's counts are spread; fixed for the life of a job's state");

  private static final ConfigKey<Double> DECAY =
      KEYS.key("decay", "1", number(ABOVE_ZERO, 1))
          .doc("decay factor applied to all counts at each pane's end; 1 disables decay");

  private static final ConfigKey<Integer> MAX_IDS =
      KEYS.key("max_ids", "10000000", integer(1, Integer.MAX_VALUE, "ids"))
          .doc(
              "upper bound on the ids counted per field: at each pane's end the ids with the"
                  + " smallest counts beyond it are dropped; within a pane at most twice as many"
                  + " new ids are counted");

  private static final ConfigKey<Integer> FORGET_AFTER =
      KEYS.key("forget_after", "90", integer(0, Integer.MAX_VALUE, "windows"))
          .doc(
              "number of windows in a row without an access after which an id's counts are dropped;"
                  + " windows without any event are not included; 0 for never");

  static final ConfigKey<Integer> MEMORY_MB =
      KEYS.key("memory_mb", "256", integer(1, 1 << 20, "MiB"))
          .doc(
              "heap for the pages of counts in each task that counts; pages beyond it that were not"
                  + " used recently stay in the state backend only. The command train keeps all"
                  + " counts on the heap");

  private CountKeys() {}

  static CountOptions read(ConfigSection in) {
    int shards = in.get(SHARDS);
    double decay = in.get(DECAY);
    int maxIds = in.get(MAX_IDS);
    int forgetAfter = in.get(FORGET_AFTER);
    return in.checked(() -> new CountOptions(decay, shards, maxIds, forgetAfter));
  }
}
