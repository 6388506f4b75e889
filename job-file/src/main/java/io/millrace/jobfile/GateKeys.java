package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.number;
import static io.millrace.jobfile.Range.NO_LIMIT;

import io.millrace.spec.GateOptions;

/** Keys of the section {@code publish.gate}: what a model must fulfil to be published. */
final class GateKeys {

  static final Keys KEYS = new Keys("publish.gate");

  private static final ConfigKey<Integer> EVENTS =
      KEYS.key("events", "1000", integer(0, 1_000_000, "events"))
          .doc(
              "number of newest scored events on which each model is judged before it is published;"
                  + " until there are so many, only its parameters are; 0 to publish whatever it is");

  private static final ConfigKey<Double> MAX_NE_RISE =
      KEYS.key("max_ne_rise", "0.1", number(0, NO_LIMIT))
          .doc(
              "greatest rise of the normalised entropy on these events: of the model over the student's"
                  + " predictions before it learned them, and of these over a version published"
                  + " before");

  private static final ConfigKey<Double> MAX_CALIBRATION =
      KEYS.key("max_calibration", "2", number(1, NO_LIMIT))
          .doc(
              "greatest ratio of the clicks that a model predicts on these events to those observed,"
                  + " and of observed to predicted ones, beyond three standard errors");

  private GateKeys() {}

  static GateOptions read(ConfigSection in) {
    return in.checked(
        () -> new GateOptions(in.get(EVENTS), in.get(MAX_NE_RISE), in.get(MAX_CALIBRATION)));
  }
}
