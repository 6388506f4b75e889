package io.millrace.event;

import java.util.Locale;

/**
 * A condition under which the work goes on, but of which its user must know. Each is a line on the
 * terminal, in the log and in {@code warnings.jsonl}, and is counted by its kind.
 *
 * @param kind what has happened
 * @param time when, ms since 1970: event time for what is found in events, wall time for what is
 *     found in Kafka
 * @param seed root seed of the student or teacher that it is about; null if it is about none
 * @param place what it is about: a column, a field, an arm, a partition, a topic
 * @param count how many events, columns, ... it is about; 0 where nothing is counted
 * @param message one sentence: what was found, what follows, which key helps
 */
public record Warning(Kind kind, long time, Long seed, String place, long count, String message) {

  /** The logger of warnings. Commands print them too, so it does not write to the terminal. */
  public static final String LOGGER = "io.millrace.warnings";

  /** The message with the seed that it is about, if it is about one. */
  public String text() {
    return seed == null ? message : "seed " + seed + ": " + message;
  }

  /** The kinds of warnings. */
  public enum Kind {
    /** Too large a share of a window's events came after its end. */
    LATE_EVENTS,
    /** Events were set aside because they are far ahead of all others. */
    TIME_AHEAD,
    /** A column of the schema that no event has. */
    UNSEEN_COLUMN,
    /** The column of the event time is a feature too. */
    TIME_AS_FEATURE,
    /** None of the first records is an event. */
    NO_EVENTS,
    /** No label is positive, or none is negative. */
    ONE_CLASS,
    /** A field's maps were replaced by a plain hash, or are back, for its traffic on new ids. */
    NEW_TRAFFIC,
    /** The output of a student's network is the same for all events of a window. */
    CONSTANT_PREDICTION,
    /** Batches were not learned, as their loss was not a number or far too large. */
    SKIPPED_BATCHES,
    /** A model was not published, as the gate has refused it. */
    PUBLISH_REFUSED,
    /** A student has learned events ahead of their turn, as it held as many as it may. */
    EARLY_EVENTS,
    /** A student has learned events behind their turn, as they came after the watermark. */
    OUT_OF_ORDER,
    /** Events that were not read yet are gone from Kafka. */
    LOST_EVENTS,
    /** A partition has no events. */
    IDLE_PARTITION,
    /** The topic of events was deleted and made anew. */
    TOPIC_RECREATED,
    /** The topic of events has more partitions than before. */
    PARTITIONS_ADDED,
    /** The history of the topic is read: from an event time on, students do not wait for maps. */
    LIVE,
    /** An arm goes on with another number of replicas than it had in the savepoint. */
    RESCALED,
    /** An arm's model is published as a whole only: its rows cannot be updated one by one. */
    NO_UPDATES,
    /** Something about a file of events, such as bytes after its end. */
    FILE;

    /** Whether it says what is as it should be, rather than what is wrong. */
    public boolean note() {
      return this == LIVE || this == RESCALED;
    }

    /** Whether every reader finds it for itself, so that one warning for a place is enough. */
    public boolean once() {
      return this == UNSEEN_COLUMN
          || this == TIME_AS_FEATURE
          || this == NO_EVENTS
          || this == ONE_CLASS;
    }

    /** The kind as files and metrics name it, such as {@code late_events}. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
