package io.millrace.event;

import java.util.Locale;

/**
 * A record that is not an event.
 *
 * @param reason the kind of fault; rejects are counted by it
 * @param message column, value and rule, such as {@code I3 must be a number but was 'abc'}
 * @param value the whole text that breaks the rule, for advice on the job file; empty if the fault
 *     is not that of one value
 */
public record Reject(Reason reason, String message, String value) implements Decoded {

  /** A reject that is not the fault of one value. */
  public Reject(Reason reason, String message) {
    this(reason, message, "");
  }

  /** The kinds of fault. */
  public enum Reason {
    /** Not a record of its format: broken JSON, wrong number of cells, open quote, not UTF-8. */
    NOT_PARSEABLE,
    /** A value of the wrong type: text instead of a number, an object instead of a value. */
    WRONG_TYPE,
    /** No label, although the schema requires one. */
    MISSING_LABEL,
    /** No event time, or one that does not match the column's unit or pattern. */
    BAD_TIME,
    /** An event time outside the allowed range. */
    TIME_OUT_OF_RANGE,
    /** An event time far ahead of all others of its partition, see {@code JumpGuard}. */
    TIME_AHEAD_OF_STREAM,
    /** NaN, an infinity, or a number whose transform does not fit a float. */
    NOT_FINITE,
    /** More bytes or more ids than the limits allow. */
    TOO_LARGE;

    /** The reason as files and metrics name it, such as {@code time_out_of_range}. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final int SHOWN = 40;

  /** A value for a message: at most 40 characters, unprintable ones as {@code ?}. */
  public static String show(String value) {
    String shown = value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "...";
    return "'" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
  }
}
