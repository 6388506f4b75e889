package io.millrace.student;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Numbers the versions of a student's model, and decides when the next one is due. */
final class PublishSchedule {

  private final long everyEvents;
  private long version;
  private long publishedAt;

  /**
   * A schedule of a student that has not published.
   *
   * @param everyEvents events learned between two versions within a window; 0 for none
   */
  PublishSchedule(long everyEvents) {
    this.everyEvents = everyEvents;
  }

  /** Whether a version is due after {@code learned} events, apart from those at windows' ends. */
  boolean due(long learned) {
    return everyEvents > 0 && learned - publishedAt >= everyEvents;
  }

  /** Whether anything was learned since the last version. */
  boolean changed(long learned) {
    return learned > publishedAt;
  }

  /** Begins the next version, which is published after {@code learned} events. */
  void next(long learned) {
    version++;
    publishedAt = learned;
  }

  /** Lets the next version have a number beyond {@code newest}. */
  void continueAfter(long newest) {
    version = Math.max(version, newest);
  }

  /**
   * Lets the version due after {@code learned} events be; the next one takes its number. A version
   * is due again only after further events: without them the model, and the events by which the
   * gate judges it, stay the same, and so would the answer.
   */
  void refused(long learned) {
    publishedAt = learned;
  }

  /** The version begun last; 0 before the first. */
  long version() {
    return version;
  }

  void writeState(DataOutput out) throws IOException {
    out.writeLong(version);
    out.writeLong(publishedAt);
  }

  void readState(DataInput in) throws IOException {
    version = in.readLong();
    publishedAt = in.readLong();
  }
}
