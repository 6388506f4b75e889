package io.millrace.kafka;

import java.time.Duration;
import java.util.Optional;

/**
 * Decides when a job may claim the lease that another one holds. Free of clocks: the caller says
 * how much time passes.
 *
 * <p>A holder that is silent for {@link #SILENCE}, while the topic can be read, has ended. A holder
 * that is heard is refused at once, or, if it is an earlier submission of the same run, after
 * {@link #PATIENCE}: it may be about to end.
 */
final class LeaseTerms {

  /** The holder writes as often. */
  static final Duration BEAT = Duration.ofSeconds(2);

  /** A holder that is not heard for so long has ended. */
  static final Duration SILENCE = Duration.ofSeconds(10);

  /** How long a job waits for an earlier submission of the same run to end. */
  static final Duration PATIENCE = Duration.ofSeconds(15);

  private final LeaseHolder me;
  private Duration silent = Duration.ZERO;
  private Duration waited = Duration.ZERO;
  private boolean heard;

  /** Terms for a job that has just begun to wait. */
  LeaseTerms(LeaseHolder me) {
    this.me = me;
  }

  /** The holder has written. */
  void heard() {
    heard = true;
    silent = Duration.ZERO;
  }

  /**
   * Time has passed.
   *
   * @param readable whether the topic could be read meanwhile
   */
  void passed(Duration time, boolean readable) {
    waited = waited.plus(time);
    silent = readable ? silent.plus(time) : Duration.ZERO;
  }

  /**
   * Whether to claim the lease.
   *
   * @param holder null if it is free
   * @param certain whether that is certain; if not, only silence allows a claim
   */
  boolean mayClaim(LeaseHolder holder, boolean certain) {
    return silent.compareTo(SILENCE) >= 0
        || (certain && (holder == null || (holder.sameRun(me) && holder.hasDied())));
  }

  /** The holder because of which the job must not run. */
  Optional<LeaseHolder> refusedBy(LeaseHolder holder) {
    boolean patient = holder != null && holder.sameRun(me) && waited.compareTo(PATIENCE) < 0;
    return heard && !patient ? Optional.ofNullable(holder) : Optional.empty();
  }
}
