package io.millrace.snapshot;

import java.io.IOException;
import java.util.Locale;

/** A version or an update of a model that must not be served. */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What is wrong with it. */
  public enum Reason {
    /** It cannot be read: a file or record is missing, incomplete or has another checksum. */
    DAMAGED,
    /** A parameter is infinite or no number. */
    NOT_FINITE,
    /** No row has a weight besides 0. */
    ZERO_ROWS,
    /** It does not have the shapes that it must have. */
    SHAPES,
    /** It was made with other maps than the model that it changes. */
    MAPS,
    /** It belongs to another arm. */
    ARM,
    /** It is older than what is served. */
    OLDER,
    /** It does not fit into the server's memory beside what is served. */
    TOO_LARGE;

    /** The name in metrics and messages. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Reason reason;

  /**
   * A refusal.
   *
   * @param message names what was refused, the rule, and the place
   */
  public RefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  RefusedException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }

  /** The refusal that an exception stands for; one that says no reason means damage. */
  public static RefusedException of(IOException e) {
    return e instanceof RefusedException refused
        ? refused
        : new RefusedException(Reason.DAMAGED, e.getMessage(), e);
  }
}
