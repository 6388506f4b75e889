package io.millrace.serving.request;

import io.millrace.event.ClickEvent;
import io.millrace.event.Reject;

/**
 * One candidate of a request: an event to score, or a fault.
 *
 * @param event the event without the context; null with a fault
 * @param fault why it is not scored; null with an event
 * @param keys how its keys differ from the model's columns, where it is scored all the same
 * @param from first byte of its JSON object in the body; -1 if it is not JSON
 * @param to first byte after it
 */
public record Item(ClickEvent event, Fault fault, KeyCheck keys, int from, int to) {

  /**
   * Why an event is not scored.
   *
   * @param reason a word for programs
   * @param keys the columns and keys that are the reason; none for other reasons
   * @param message the rule, for people
   */
  public record Fault(String reason, KeyCheck keys, String message) {

    /** The fault of an event that could not be read. */
    public static Fault of(Reject reject) {
      return new Fault(reject.reason().key(), KeyCheck.CLEAN, reject.message());
    }
  }

  /** An event that is not scored. */
  public static Item of(Fault fault) {
    return new Item(null, fault, KeyCheck.CLEAN, -1, -1);
  }

  /** An event without raw text. */
  public static Item of(ClickEvent event) {
    return new Item(event, null, KeyCheck.CLEAN, -1, -1);
  }
}
