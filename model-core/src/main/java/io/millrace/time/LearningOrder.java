package io.millrace.time;

/** The order in which learners take the events of a sub-window. */
public enum LearningOrder {

  /**
   * By event time and, where that is equal, by {@link io.millrace.event.EventHash}: an event is
   * held until the watermark reaches its time. The order depends on the events alone, not on how
   * they are delivered. A late event follows what was complete when it came.
   */
  EVENT_TIME,

  /** As they arrive; only events of later sub-windows are held. */
  ARRIVAL
}
