package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.longInteger;
import static io.millrace.jobfile.Kind.number;
import static io.millrace.jobfile.Kind.optionalDuration;
import static io.millrace.jobfile.Range.NO_LIMIT;

import io.millrace.spec.GateOptions;
import io.millrace.spec.PublishOptions;
import io.millrace.table.RowFormat;
import java.time.Duration;
import java.util.Optional;

/**
 * Keys of the section {@code publish}: when models are published, in which form, and how many; and
 * of its section {@code gate}: what a model must fulfil to be published.
 */
final class PublishKeys {

  static final Keys KEYS = new Keys("publish");

  static final Keys GATE = new Keys("publish.gate");

  private static final ConfigKey<Long> EVERY_EVENTS =
      KEYS.key("every_events", "0", longInteger(0, NO_LIMIT, "events"))
          .doc(
              "number of learned events after which models are published, in addition to each"
                  + " window's end; 0 for never");

  private static final ConfigKey<Integer> EVERY_SECONDS =
      KEYS.key("every_seconds", "0", integer(0, Integer.MAX_VALUE, "s"))
          .doc(
              "number of seconds after which models are published, in addition to each window's"
                  + " end; 0 for never");

  private static final ConfigKey<Integer> KEEP =
      KEYS.key("keep", "3", integer(1, Integer.MAX_VALUE))
          .doc(
              "number of newest versions kept per arm; while their folder cannot be written, the same"
                  + " number is held in memory");

  private static final ConfigKey<Integer> KEEP_HOURS =
      KEYS.key("keep_hours", "24", integer(0, 100_000, "h"))
          .doc(
              "number of hours of event time, before the newest version, of which the last version"
                  + " each is kept too, so that a rollback can reach back so far; 0 for none. Each"
                  + " takes the disk of one version");

  private static final ConfigKey<Integer> KEEP_MAPS =
      KEYS.key("keep_maps", "100", integer(1, Integer.MAX_VALUE, "windows"))
          .doc(
              "number of newest windows whose map files are kept, for each field and kind of map;"
                  + " files that the students of a replay may still need are kept too");

  private static final ConfigKey<RowFormat> ROWS =
      KEYS.key("rows", "int8", choice(RowFormat.class))
          .doc(
              "how the floats of embedding rows are stored in published models, and counted where"
                  + " arms have a budget in bytes: float32, 4 bytes each; float16 or bf16, 2; int8, 1,"
                  + " and 2 bytes a row for its scale; training computes with float32 in any case");

  private static final ConfigKey<Optional<Duration>> UPDATES =
      KEYS.key("updates", "", optionalDuration())
          .doc(
              "duration of wall time, >= 0 ms, after which each arm sends what has changed in its"
                  + " served model to the topic of updates; 0s for never. Empty for 1s in `run`, and"
                  + " 0s in `demo`; `train` has no topic. With updates, models are published after"
                  + " 60 s too where every_seconds is 0, and rows of MLET and MIXED tables are served"
                  + " as factors; PEP tables have no updates");

  private static final ConfigKey<Integer> GATE_EVENTS =
      GATE.key("events", "1000", integer(0, 1_000_000, "events"))
          .doc(
              "number of newest scored events on which each model is judged before it is published;"
                  + " until there are so many, only its parameters are; 0 to publish whatever it is");

  private static final ConfigKey<Double> MAX_NE_RISE =
      GATE.key("max_ne_rise", "0.1", number(0, NO_LIMIT))
          .doc(
              "greatest rise of the normalised entropy on these events: of the model over the student's"
                  + " predictions before it learned them, and of these over a version published"
                  + " before");

  private static final ConfigKey<Double> MAX_CALIBRATION =
      GATE.key("max_calibration", "2", number(1, NO_LIMIT))
          .doc(
              "greatest ratio of the clicks that a model predicts on these events to those observed,"
                  + " and of observed to predicted ones, beyond three standard errors");

  private PublishKeys() {}

  static PublishOptions read(ConfigSection in) {
    return in.checked(
        () ->
            new PublishOptions(
                in.get(EVERY_EVENTS),
                in.get(EVERY_SECONDS),
                in.get(KEEP),
                in.get(KEEP_HOURS),
                in.get(KEEP_MAPS),
                in.get(ROWS),
                in.get(UPDATES).orElse(null),
                gate(in.section(GATE))));
  }

  private static GateOptions gate(ConfigSection in) {
    return in.checked(
        () -> new GateOptions(in.get(GATE_EVENTS), in.get(MAX_NE_RISE), in.get(MAX_CALIBRATION)));
  }
}
