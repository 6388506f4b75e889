package io.millrace.spec;

import io.millrace.records.Copyable;

/**
 * What a model must fulfil to be published.
 *
 * @param events number of newest scored events on which models are judged; 0 for no gate
 * @param maxNeRise greatest rise of the normalised entropy on these events, at least 0: of the
 *     model over the student's predictions before it learned them, and of these over a version
 *     published before
 * @param maxCalibration greatest ratio of predicted to observed clicks on these events, and of
 *     observed to predicted ones, beyond three standard errors, at least 1
 */
public record GateOptions(int events, double maxNeRise, double maxCalibration)
    implements Copyable<GateOptions> {

  public GateOptions {
    if (events < 0) {
      throw new IllegalArgumentException("gate.events must be >= 0 but was " + events);
    }
    if (!(maxNeRise >= 0)) {
      throw new IllegalArgumentException("gate.max_ne_rise must be >= 0 but was " + maxNeRise);
    }
    if (!(maxCalibration >= 1)) {
      throw new IllegalArgumentException(
          "gate.max_calibration must be >= 1 but was " + maxCalibration);
    }
  }
}
