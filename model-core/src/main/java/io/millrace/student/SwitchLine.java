package io.millrace.student;

/**
 * What a switch of maps costs an arm at first: the loss over the next events with the new maps, and
 * with the old ones. Two copies of the arm learn from these events and are otherwise equal to the
 * bit. The arm itself has the new maps, and a shadow the old ones; or, where maps are on trial, the
 * arm has the old maps, and a candidate the new ones.
 *
 * @param arm name of the arm
 * @param seed root seed
 * @param time event time of the first event after the switch, ms
 * @param mapVersion newest of the new maps at the end of the comparison
 * @param beforeVersion newest of the old maps, 0 for the hash that arms begin with
 * @param events number of events on time that both predicted
 * @param logLoss with the new maps over them, nats an event, predicted before learning
 * @param shadowLogLoss the same with the old maps
 * @param accepted whether the arm uses the new maps from then on; false if they were dropped on
 *     trial
 */
public record SwitchLine(
    String arm,
    long seed,
    long time,
    int mapVersion,
    int beforeVersion,
    long events,
    double logLoss,
    double shadowLogLoss,
    boolean accepted) {

  /** What the new map cost, nats an event; below 0 if it was better from the start. */
  public double regret() {
    return logLoss - shadowLogLoss;
  }
}
