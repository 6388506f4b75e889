package io.millrace.replica;

/** With what replicas begin the next interval; states hold its ordinal. */
enum IntervalStart {
  /** With what they know and the merges that are due. */
  GO_ON,
  /** With the whole model, but their own state of the dense part's optimiser. */
  WHOLE_MODEL,
  /** With the whole model and that state too. */
  FIRST
}
