package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Law: a job takes over from a holder that is silent, and from no other. */
class LeaseTermsTest {

  private static final LeaseHolder OTHER = holder("other", "/runs/1", 0);
  private static final LeaseHolder EARLIER = holder("earlier", "/runs/2", 0);

  private final LeaseTerms terms = new LeaseTerms(holder("me", "/runs/2", 0));

  private static LeaseHolder holder(String claim, String runDir, long process) {
    LeaseHolder here = LeaseHolder.of("job", runDir, true);
    return new LeaseHolder(claim, "job", runDir, here.host(), process, Instant.EPOCH);
  }

  private void pass(long seconds) {
    terms.passed(Duration.ofSeconds(seconds), true);
  }

  @Test
  void aFreeLeaseIsClaimedAtOnce() {
    assertThat(terms.mayClaim(null, true)).isTrue();
    assertThat(terms.refusedBy(null)).isEmpty();
  }

  @Test
  void aSilentHolderHasEnded() {
    assertThat(terms.mayClaim(OTHER, true)).isFalse();
    pass(9);
    assertThat(terms.mayClaim(OTHER, true)).isFalse();
    pass(1);
    assertThat(terms.mayClaim(OTHER, true)).isTrue();
    assertThat(terms.refusedBy(OTHER)).isEmpty();
  }

  // until it is certain who holds it, a holder may live of which nothing was read yet
  @Test
  void inDoubtOnlySilenceIsTheEnd() {
    assertThat(terms.mayClaim(null, false)).isFalse();
    pass(10);
    assertThat(terms.mayClaim(null, false)).isTrue();
    assertThat(terms.mayClaim(OTHER, false)).isTrue();
  }

  // nobody is silent because Kafka is
  @Test
  void silenceCountsOnlyWhileTheTopicIsRead() {
    pass(9);
    terms.passed(Duration.ofMinutes(5), false);
    pass(9);
    assertThat(terms.mayClaim(OTHER, true)).isFalse();
  }

  @Test
  void anotherRunThatIsHeardIsTheEnd() {
    pass(1);
    terms.heard();
    assertThat(terms.refusedBy(OTHER)).contains(OTHER);
  }

  // it may be about to end; but two processes of one run never write at once
  @Test
  void anEarlierSubmissionIsWaitedFor() {
    pass(2);
    terms.heard();
    assertThat(terms.refusedBy(EARLIER)).isEmpty();
    pass(10);
    assertThat(terms.mayClaim(EARLIER, true)).isTrue();
    terms.heard();
    pass(3);
    assertThat(terms.mayClaim(EARLIER, true)).isFalse();
    assertThat(terms.refusedBy(EARLIER)).contains(EARLIER);
  }

  // after kill -9 the same run goes on at once; another run cannot be sure, nor can one on a
  // cluster
  @Test
  void aDeadProcessOfThisRunIsNotWaitedFor() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    assertThat(terms.mayClaim(holder("earlier", "/runs/2", ended.pid()), true)).isTrue();
    assertThat(terms.mayClaim(holder("other", "/runs/1", ended.pid()), true)).isFalse();
    assertThat(terms.mayClaim(holder("earlier", "/runs/2", ProcessHandle.current().pid()), true))
        .isFalse();
  }
}
