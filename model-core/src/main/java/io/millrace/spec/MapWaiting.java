package io.millrace.spec;

/** Whether the events of students wait for the maps that are due. */
public enum MapWaiting {
  /** They wait: a replay, whose result depends on the events alone. */
  ALWAYS,
  /** They use the newest map available: a live job. */
  NEVER,
  /**
   * They wait while the job reads the history of its topic, and then no longer. Where all events
   * are history, as in {@code train}, they always wait.
   */
  UNTIL_LIVE
}
