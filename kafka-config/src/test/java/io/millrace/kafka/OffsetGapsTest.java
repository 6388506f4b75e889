package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.kafka.OffsetGaps.Loss;
import org.junit.jupiter.api.Test;

/**
 * Law: an offset is lost if it was never seen, and lies below the earliest one of the partition.
 */
class OffsetGapsTest {

  private final OffsetGaps gaps = new OffsetGaps();

  private Loss answer(long earliest) {
    gaps.ask();
    return gaps.answer(earliest);
  }

  @Test
  void nothingIsInDoubtWithoutAGap() {
    gaps.saw(100);
    gaps.saw(101);
    assertThat(gaps.inDoubt()).isFalse();
  }

  // markers of transactions and compaction leave gaps behind the partition's start
  @Test
  void aGapThatIsStillThereIsNoLoss() {
    gaps.saw(5);
    gaps.saw(9);
    assertThat(gaps.inDoubt()).isTrue();
    assertThat(answer(2)).isNull();
    assertThat(gaps.inDoubt()).isFalse();
  }

  @Test
  void aGapBelowTheStartIsLost() {
    gaps.saw(5);
    gaps.saw(9);
    assertThat(answer(9)).isEqualTo(new Loss(6, 8, 3));
    assertThat(answer(9)).isNull();
  }

  // the start lies within the gap: behind it is a marker
  @Test
  void onlyWhatLiesBelowTheStartIsLost() {
    gaps.saw(5);
    gaps.saw(12);
    assertThat(answer(10)).isEqualTo(new Loss(6, 9, 4));
  }

  // the earliest offset moves on while the question is on its way
  @Test
  void whatWasReadIsNeverLost() {
    gaps.saw(5);
    gaps.saw(9);
    gaps.saw(10);
    assertThat(answer(1000)).isEqualTo(new Loss(6, 8, 3));
  }

  @Test
  void aRestoredOffsetThatIsGoneIsLostBeforeAnyRecordComes() {
    gaps.restore(423);
    assertThat(gaps.inDoubt()).isTrue();
    assertThat(answer(483)).isEqualTo(new Loss(423, 482, 60));
    gaps.saw(483);
    assertThat(gaps.inDoubt()).isFalse();
  }

  // a checkpoint continues behind what was told as lost, and never behind what was not
  @Test
  void theNextOffsetLiesBehindALossThatWasTold() {
    assertThat(gaps.next()).isNegative();
    gaps.restore(100);
    assertThat(gaps.next()).isEqualTo(100);
    gaps.ask();
    assertThat(gaps.next()).isEqualTo(100);
    gaps.answer(500);
    assertThat(gaps.next()).isEqualTo(500);
    gaps.saw(501);
    assertThat(gaps.next()).isEqualTo(502);
  }

  // the first record comes before the answer: the loss is counted once
  @Test
  void aRestoredOffsetIsLostOnce() {
    gaps.restore(423);
    gaps.ask();
    gaps.saw(483);
    assertThat(gaps.answer(483)).isNull();
    assertThat(answer(483)).isEqualTo(new Loss(423, 482, 60));
    assertThat(gaps.inDoubt()).isFalse();
  }

  @Test
  void aRestoredOffsetThatIsThereIsNoLoss() {
    gaps.restore(423);
    assertThat(answer(400)).isNull();
    assertThat(gaps.inDoubt()).isFalse();
  }

  // a gap that comes after the question was asked waits for the next one
  @Test
  void anAnswerSettlesWhatItWasAskedFor() {
    gaps.saw(5);
    gaps.saw(9);
    gaps.ask();
    gaps.saw(20);
    assertThat(gaps.answer(9)).isEqualTo(new Loss(6, 8, 3));
    assertThat(gaps.inDoubt()).isTrue();
    assertThat(answer(20)).isEqualTo(new Loss(10, 19, 10));
  }

  @Test
  void withoutAnAnswerTheDoubtStays() {
    gaps.saw(5);
    gaps.saw(9);
    gaps.ask();
    gaps.unanswered();
    assertThat(answer(9)).isEqualTo(new Loss(6, 8, 3));
  }

  // a topic with a marker behind each record: no number of gaps makes it grow or miscount
  @Test
  void manyGapsAreBounded() {
    for (int i = 0; i < 100_000; i++) {
      gaps.saw(2L * i);
    }
    assertThat(answer(200_000)).isEqualTo(new Loss(1, 199_997, 99_999));
  }

  // a topic that was made anew begins at 0
  @Test
  void smallerOffsetsAreNoGap() {
    gaps.saw(500);
    gaps.saw(0);
    gaps.saw(1);
    assertThat(gaps.inDoubt()).isFalse();
  }
}
