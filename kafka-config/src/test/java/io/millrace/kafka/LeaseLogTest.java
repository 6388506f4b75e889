package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.kafka.LeaseLog.Step;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Law: whoever reads the log from wherever sees one holder, and the same one. */
class LeaseLogTest {

  private static final LeaseHolder A = holder("a");
  private static final LeaseHolder B = holder("b");
  private static final LeaseHolder C = holder("c");

  private final LeaseLog log = new LeaseLog(true);

  static LeaseHolder holder(String claim) {
    return new LeaseHolder(claim, "job", "/runs/" + claim, "host", 0, Instant.EPOCH);
  }

  @Test
  void theFirstClaimWins() {
    assertThat(log.take(0, Step.CLAIM, A, LeaseLog.NONE)).isTrue();
    assertThat(log.take(1, Step.CLAIM, B, LeaseLog.NONE)).isFalse();
    assertThat(log.isHeldBy(A)).isTrue();
  }

  // a claim is a wish to follow what its writer has read last: a beat in between voids it
  @Test
  void aHolderThatLivesKeepsIt() {
    log.take(0, Step.CLAIM, A, LeaseLog.NONE);
    log.take(1, Step.BEAT, A, 0);
    assertThat(log.take(2, Step.CLAIM, B, 0)).isFalse();
    assertThat(log.isHeldBy(A)).isTrue();
  }

  @Test
  void aSilentHolderIsOvertakenByOne() {
    log.take(0, Step.CLAIM, A, LeaseLog.NONE);
    log.take(1, Step.BEAT, A, 0);
    assertThat(log.take(2, Step.CLAIM, B, 1)).isTrue();
    assertThat(log.take(3, Step.CLAIM, C, 1)).isFalse();
    assertThat(log.take(4, Step.BEAT, A, 1)).isFalse();
    assertThat(log.isHeldBy(B)).isTrue();
  }

  @Test
  void onlyItsHolderReleasesIt() {
    log.take(0, Step.CLAIM, A, LeaseLog.NONE);
    assertThat(log.take(1, Step.RELEASE, B, 0)).isFalse();
    assertThat(log.take(2, Step.RELEASE, A, 0)).isTrue();
    assertThat(log.holder()).isNull();
    assertThat(log.take(3, Step.BEAT, A, 2)).isFalse();
    assertThat(log.take(4, Step.CLAIM, B, 2)).isTrue();
  }

  // a reader that begins in the middle agrees from the next valid beat or release on
  @Test
  void readersThatBeginLaterAgree() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    LeaseHolder[] all = {A, B, C};
    LeaseLog late = new LeaseLog(false);
    int begin = random.nextInt(100);
    boolean sure = false;
    for (int i = 0; i < 1000; i++) {
      LeaseHolder writer = all[random.nextInt(3)];
      Step step = log.isHeldBy(writer) && random.nextInt(9) > 0 ? Step.BEAT : Step.CLAIM;
      step = log.isHeldBy(writer) && random.nextInt(50) == 0 ? Step.RELEASE : step;
      long after = log.last() - (random.nextInt(10) == 0 ? 0 : 1);
      boolean valid = log.take(i, step, writer, after);
      if (i >= begin) {
        late.take(i, step, writer, after);
        sure |= valid && step != Step.CLAIM;
        if (sure) {
          assertThat(late.holder()).as("seed %d, entry %d", seed, i).isEqualTo(log.holder());
          assertThat(late.last()).as("seed %d, entry %d", seed, i).isEqualTo(log.last());
        }
      }
    }
  }
}
