package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.Warning;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StudentWarningsTest {

  private final List<Warning> found = new ArrayList<>();
  private final StudentWarnings warnings = new StudentWarnings("full", 3, found::add);

  private void batches(int n, float first, float second) {
    for (int b = 0; b < n; b++) {
      warnings.predicted(first);
      warnings.predicted(second);
      warnings.endBatch();
    }
  }

  /** Law: a student is reported once it has predicted the same within each batch of a pane. */
  @Test
  void constantPredictions() {
    batches(9, .2f, .2f);
    warnings.endPane(100, 18, 0);
    assertThat(found).as("too few batches").isEmpty();
    batches(5, .3f, .3f);
    warnings.endPane(200, 28, 0);
    batches(20, .3f, .3f);
    warnings.endPane(300, 68, 0);
    assertThat(found).hasSize(1);
    assertThat(found.get(0).kind()).isEqualTo(Warning.Kind.CONSTANT_PREDICTION);
    assertThat(found.get(0).text())
        .startsWith(
            "seed 3: arm full predicts the same for all events of a batch, after 28 events");
  }

  /** Law: one batch whose predictions differ, or batches of one event, are no fault. */
  @Test
  void predictionsThatDiffer() {
    batches(50, .2f, .2f);
    batches(1, .2f, .21f);
    warnings.endPane(100, 102, 0);
    for (int b = 0; b < 50; b++) {
      warnings.predicted(.5f);
      warnings.endBatch();
    }
    warnings.endPane(200, 152, 0);
    assertThat(found).isEmpty();
  }

  /**
   * Law: events that were not learned are reported with their number, once, also after a restart.
   */
  @Test
  void skippedEvents() {
    warnings.restored(128, 0, 0);
    warnings.endPane(100, 1000, 128);
    assertThat(found).isEmpty();
    warnings.endPane(200, 1000, 384);
    warnings.endPane(300, 1000, 384);
    assertThat(found).hasSize(1);
    assertThat(found.get(0).kind()).isEqualTo(Warning.Kind.SKIPPED_BATCHES);
    assertThat(found.get(0).count()).isEqualTo(256);
    assertThat(found.get(0).message()).startsWith("arm full has not learned from 256 events");
  }

  /** Law: events learned in another order are reported for each pane that has some. */
  @Test
  void eventsInAnotherOrder() {
    warnings.restored(0, 3, 5);
    warnings.order(100, 3, 5);
    assertThat(found).isEmpty();
    warnings.order(200, 1503, 7);
    warnings.order(300, 1503, 8);
    assertThat(found)
        .extracting(Warning::kind)
        .containsExactly(
            Warning.Kind.EARLY_EVENTS, Warning.Kind.OUT_OF_ORDER, Warning.Kind.OUT_OF_ORDER);
    assertThat(found).extracting(Warning::count).containsExactly(1500L, 2L, 1L);
    assertThat(found.get(0).message()).startsWith("arm full has learned 1,500 events").contains("raise student.max_held");
    assertThat(found.get(1).message()).startsWith("arm full has learned 2 events").contains("raise windows.lateness");
  }
}
