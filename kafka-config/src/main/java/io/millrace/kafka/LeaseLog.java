package io.millrace.kafka;

import java.util.ArrayList;
import java.util.List;

/**
 * Who holds the lease of a prefix, as its topic tells it. All who read the topic come to the same
 * answer, whatever their clocks show:
 *
 * <ul>
 *   <li>a claim names the last entry that its writer has read, and is void if the holder or another
 *       claim has come in between;
 *   <li>the holder writes beats; those of a former holder are void;
 *   <li>a release by the holder makes the lease free.
 * </ul>
 *
 * <p>Readers begin near the end of the topic, where the beats of a former holder may still come.
 * They are certain with the first beat or release that follows an entry which they have read, too:
 * its writer held the lease at that entry, and they take all entries behind it again. Until then
 * every beat counts as valid.
 */
final class LeaseLog {

  /** The number of no entry. */
  static final long NONE = -1;

  /** What an entry is for. */
  enum Step {
    CLAIM,
    BEAT,
    RELEASE
  }

  /** What was read before it was certain who holds the lease. */
  private final List<Entry> doubtful = new ArrayList<>();

  private boolean known;
  private boolean certain;
  private LeaseHolder holder;
  private long last = NONE;

  private record Entry(long offset, Step step, LeaseHolder writer, long after) {
    boolean follows(Entry other) {
      return step != Step.CLAIM
          && after == other.offset
          && writer.claim().equals(other.writer.claim());
    }
  }

  /**
   * An empty log.
   *
   * @param whole whether all entries of the topic will be read
   */
  LeaseLog(boolean whole) {
    known = whole;
    certain = whole;
  }

  /**
   * Takes the next entry.
   *
   * @param offset of the entry
   * @param writer who wrote it
   * @param after the offset of the last valid entry that its writer had read
   * @return whether it is valid
   */
  boolean take(long offset, Step step, LeaseHolder writer, long after) {
    Entry entry = new Entry(offset, step, writer, after);
    if (certain) {
      return take(entry);
    }
    doubtful.add(entry);
    for (int i = 0; i < doubtful.size(); i++) {
      if (entry.follows(doubtful.get(i))) {
        return takeAgain(i);
      }
    }
    return take(entry);
  }

  /** Takes the entries behind one at which its writer held the lease. */
  private boolean takeAgain(int index) {
    certain = true;
    holder = doubtful.get(index).writer;
    last = doubtful.get(index).offset;
    boolean valid = false;
    for (Entry entry : doubtful.subList(index + 1, doubtful.size())) {
      valid = take(entry);
    }
    doubtful.clear();
    return valid;
  }

  private boolean take(Entry entry) {
    boolean valid =
        switch (entry.step) {
          case CLAIM -> !known || entry.after == last;
          case BEAT -> isHeldBy(entry.writer) || !certain;
          case RELEASE -> isHeldBy(entry.writer) || !known;
        };
    if (valid) {
      holder = entry.step == Step.RELEASE ? null : entry.writer;
      last = entry.offset;
      known = true;
    }
    return valid;
  }

  /** Nobody has written for long: what is known by now is certain. */
  void settle() {
    certain = true;
    doubtful.clear();
  }

  /** Whether the holder is known for certain. */
  boolean certain() {
    return certain;
  }

  /** Whether a submission holds the lease. */
  boolean isHeldBy(LeaseHolder who) {
    return holder != null && holder.claim().equals(who.claim());
  }

  /** Who holds the lease; null if it is free. */
  LeaseHolder holder() {
    return holder;
  }

  /** The offset of the last valid entry. */
  long last() {
    return last;
  }
}
