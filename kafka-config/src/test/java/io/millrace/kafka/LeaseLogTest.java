package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.kafka.LeaseLog.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

  // the last beats of a former holder may come behind the claim that ended its time
  @Test
  void beatsOfAFormerHolderDoNotMisleadANewcomer() {
    LeaseLog late = new LeaseLog(false);
    late.take(100, Step.BEAT, A, 97);
    late.take(101, Step.BEAT, A, 97);
    assertThat(late.certain()).isFalse();
    assertThat(late.take(102, Step.BEAT, B, 99)).isTrue(); // B's claim is entry 99
    assertThat(late.take(103, Step.BEAT, B, 102)).isTrue();
    assertThat(late.certain()).isTrue();
    assertThat(late.isHeldBy(B)).isTrue();
    assertThat(late.take(104, Step.BEAT, A, 97)).isFalse();
    assertThat(late.last()).isEqualTo(103);
  }

  // what came between two entries of a holder is judged again
  @Test
  void aClaimIsJudgedOnceItIsCertainWhatItFollows() {
    LeaseLog late = new LeaseLog(false);
    late.take(100, Step.BEAT, A, 99);
    late.take(101, Step.CLAIM, B, 100);
    late.take(102, Step.BEAT, A, 100); // written before A read the claim
    assertThat(late.certain()).isTrue();
    assertThat(late.isHeldBy(B)).isTrue();
    assertThat(late.last()).isEqualTo(101);
  }

  @Test
  void afterALongSilenceWhatIsKnownCounts() {
    LeaseLog late = new LeaseLog(false);
    late.take(100, Step.RELEASE, A, 99);
    late.settle();
    assertThat(late.take(101, Step.CLAIM, B, 99)).isFalse();
    assertThat(late.take(102, Step.CLAIM, C, 100)).isTrue();
    assertThat(late.take(103, Step.BEAT, B, 101)).isFalse();
  }

  /** Writes what it wants by what it has read, which may be old. */
  private static final class Writer {
    private final LeaseHolder me;
    private final LeaseLog log = new LeaseLog(true);
    private int read;

    Writer(LeaseHolder me) {
      this.me = me;
    }

    void readUpTo(int end, List<Entry> topic) {
      for (; read < end; read++) {
        topic.get(read).takeTo(log, read);
      }
    }

    Entry write(Random random) {
      Step held = random.nextInt(50) == 0 ? Step.RELEASE : Step.BEAT;
      return new Entry(log.isHeldBy(me) ? held : Step.CLAIM, me, log.last());
    }
  }

  private record Entry(Step step, LeaseHolder writer, long after) {
    boolean takeTo(LeaseLog log, int offset) {
      return log.take(offset, step, writer, after);
    }
  }

  // a reader that begins in the middle agrees once it is certain, which it is soon; writers lag
  @Test
  void readersThatBeginLaterAgree() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Writer> writers = List.of(new Writer(A), new Writer(B), new Writer(C));
    List<Entry> topic = new ArrayList<>();
    LeaseLog late = new LeaseLog(false);
    int begin = random.nextInt(100);
    for (int i = 0; i < 1000; i++) {
      Writer writer = writers.get(random.nextInt(3));
      if (random.nextInt(3) > 0) {
        writer.readUpTo(i, topic);
      }
      topic.add(writer.write(random));
      boolean valid = topic.get(i).takeTo(log, i);
      if (i >= begin) {
        boolean agrees = topic.get(i).takeTo(late, i) == valid;
        if (late.certain()) {
          assertThat(agrees).as("seed %d, entry %d", seed, i).isTrue();
          assertThat(late.holder()).as("seed %d, entry %d", seed, i).isEqualTo(log.holder());
          assertThat(late.last()).as("seed %d, entry %d", seed, i).isEqualTo(log.last());
        }
      }
    }
    assertThat(late.certain()).as("seed %d", seed).isTrue();
  }
}
