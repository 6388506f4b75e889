package io.millrace.student;

/**
 * What a switch of maps cost an arm at first: its loss over the next events, and that of a shadow
 * that kept the old maps, learned from the same events and is otherwise equal to the bit.
 *
 * @param arm name of the arm
 * @param seed root seed
 * @param time event time of the first event after the switch, ms
 * @param mapVersion newest map in use at the end of the comparison
 * @param beforeVersion newest map that the shadow used, 0 for the hash that arms begin with
 * @param events number of events on time that both predicted
 * @param logLoss of the arm over them, nats an event, predicted before learning
 * @param shadowLogLoss that of the shadow
 */
public record SwitchLine(
    String arm,
    long seed,
    long time,
    int mapVersion,
    int beforeVersion,
    long events,
    double logLoss,
    double shadowLogLoss) {

  /** What the new map cost, nats an event; below 0 if it was better from the start. */
  public double regret() {
    return logLoss - shadowLogLoss;
  }
}
