package io.millrace.kafka;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Finds events of one partition that were deleted before they were read.
 *
 * <p>A reader that asks for a deleted offset gets the earliest record that is left, without an
 * error. What it sees is a gap between two offsets. Transaction markers and compaction leave gaps
 * too, so a gap is a loss only as far as it lies below the earliest offset of the partition. That
 * offset costs a question to the broker and is asked for only after a gap, and once when a reader
 * continues from an offset, because then perhaps no record comes at all.
 *
 * <p>The number of lost events is a number of offsets: markers among them count as well. A gap that
 * a marker has left counts only if the partition's start has passed it before the broker answers.
 */
public final class OffsetGaps {

  /** Gaps that wait for an answer; further ones are added to the last. */
  private static final int MOST = 1000;

  private static final long UNKNOWN = -1;

  private final Deque<Gap> open = new ArrayDeque<>();
  private int asked;
  private long next = UNKNOWN;
  private boolean restored;
  private boolean askedAtStart;

  /**
   * Offsets without a record.
   *
   * @param from the first one
   * @param to the first one behind it
   * @param missing how many of them have no record; fewer than all if several gaps are one
   */
  private record Gap(long from, long to, long missing) {
    long below(long earliest) {
      return Math.min(missing, Math.max(0, Math.min(to, earliest) - from));
    }
  }

  /**
   * Lost events.
   *
   * @param from the first offset that is gone
   * @param to the last one
   * @param events how many, at most all from the first to the last
   */
  public record Loss(long from, long to, long events) {}

  /** Continues from an offset of a savepoint or checkpoint: the next one to read. */
  public void restore(long offset) {
    next = offset;
    restored = true;
  }

  /** Takes the offset of the next record. */
  public void saw(long offset) {
    if (offset > next && next != UNKNOWN) {
      add(new Gap(next, offset, offset - next));
    }
    next = offset + 1;
  }

  private void add(Gap gap) {
    if (open.size() >= Math.max(MOST, asked + 1)) {
      Gap last = open.removeLast();
      gap = new Gap(last.from, gap.to, last.missing + gap.missing);
    }
    open.add(gap);
  }

  /**
   * The next offset to read. If no record has come since a loss was told, the first one behind it;
   * negative if nothing is known.
   */
  public long next() {
    return next;
  }

  /** Whether the partition's earliest offset must be known. */
  public boolean inDoubt() {
    return restored || !open.isEmpty();
  }

  /**
   * The broker is asked for the earliest offset now: the answer settles what is in doubt by now.
   */
  public void ask() {
    asked = open.size();
    askedAtStart = restored;
  }

  /**
   * The broker's answer to {@link #ask}.
   *
   * @param earliest the earliest offset that the partition holds, or its end if it holds none
   * @return what is lost; null for nothing
   */
  public Loss answer(long earliest) {
    if (askedAtStart) {
      restored = false;
      askedAtStart = false;
      if (open.isEmpty() && earliest > next) {
        open.add(new Gap(next, earliest, earliest - next));
        asked = 1;
        next = earliest;
      }
    }
    Loss loss = null;
    for (; asked > 0; asked--) {
      Gap gap = open.remove();
      long events = gap.below(earliest);
      if (events > 0) {
        long to = Math.min(gap.to, earliest) - 1;
        loss =
            loss == null
                ? new Loss(gap.from, to, events)
                : new Loss(loss.from, to, loss.events + events);
      }
    }
    return loss;
  }

  /** The broker did not answer: what is in doubt stays so. */
  public void unanswered() {
    asked = 0;
    askedAtStart = false;
  }
}
