package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PublishScheduleTest {

  // Law: a number is given once, whatever an earlier run has published, and numbers never go back.
  @Test
  void numbersContinueAfterThoseOfAnEarlierRun() {
    PublishSchedule schedule = new PublishSchedule(0);
    schedule.next(10);
    schedule.continueAfter(7);
    schedule.next(20);
    assertThat(schedule.version()).isEqualTo(8);
    schedule.continueAfter(3);
    schedule.next(30);
    assertThat(schedule.version()).isEqualTo(9);
  }
}
