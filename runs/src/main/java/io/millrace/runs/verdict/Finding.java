package io.millrace.runs.verdict;

/**
 * Something that is not as it should be, and what to do.
 *
 * @param severity how much it matters
 * @param text what was found: a sentence
 * @param action what to do: a sentence; empty if the text says it
 */
public record Finding(Severity severity, String text, String action) {

  /** From the most to the least. */
  public enum Severity {
    /** Results are wrong, or events are lost. */
    HIGH,
    /** Results are worse than they could be. */
    MEDIUM,
    /** Good to know. */
    LOW
  }

  /** Both sentences. */
  public String line() {
    return action.isEmpty() ? text : text + " " + action;
  }
}
