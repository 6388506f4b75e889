package io.millrace.kafka;

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
 * <p>Readers begin near the end of the topic. The first entry they read counts as valid, and a
 * claim there only until a beat says who holds the lease.
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

  private boolean known;
  private boolean certain;
  private LeaseHolder holder;
  private long last = NONE;

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
   * @param after of a claim, the offset of the entry that its writer had read last
   * @return whether it is valid
   */
  boolean take(long offset, Step step, LeaseHolder writer, long after) {
    boolean valid =
        switch (step) {
          case CLAIM -> !known || after == last;
          case BEAT -> isHeldBy(writer) || !certain;
          case RELEASE -> isHeldBy(writer) || !known;
        };
    if (valid) {
      holder = step == Step.RELEASE ? null : writer;
      last = offset;
      certain = known || step != Step.CLAIM;
      known = true;
    }
    return valid;
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
