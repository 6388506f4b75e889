package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.flag;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.number;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.spec.TeacherOptions;

/** Keys of the section {@code teacher}. */
final class TeacherKeys {

  static final Keys KEYS = new Keys("teacher");

  private static final TrainerKeys TRAINER = new TrainerKeys(KEYS, "2", "relu", "0");

  private static final ConfigKey<Double> SAMPLE =
      KEYS.key("sample", "1", number(0, 1))
          .doc(
              "share of the events from which the teacher learns; 0 for no teacher: two-level maps"
                  + " work without one, learned maps do not");

  private static final ConfigKey<Integer> MAX_IDS =
      KEYS.key("max_ids", "10000000", integer(1, Integer.MAX_VALUE, "ids"))
          .doc("upper bound on the ids of a table of the teacher");

  static final ConfigKey<Boolean> GPU =
      KEYS.key("gpu", "false", flag()).doc("whether the teacher requests a GPU from the cluster");

  private TeacherKeys() {}

  static TeacherOptions read(ConfigSection in) {
    TrainerOptions trainer = TRAINER.read(in);
    return in.checked(() -> new TeacherOptions(trainer, in.get(SAMPLE), in.get(MAX_IDS)));
  }
}
