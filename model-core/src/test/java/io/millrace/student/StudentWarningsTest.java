package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.Warning;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StudentWarningsTest {

  private final List<Warning> found = new ArrayList<>();
  private final StudentWarnings warnings = new StudentWarnings("full", 3, found::add);

  private void batches(int n, double variance) {
    for (int b = 0; b < n; b++) {
      warnings.predicted();
      warnings.predicted();
      warnings.endBatch(variance);
    }
  }

  /** Law: another number of replicas is reported once, with what happens to events and moments. */
  @Test
  void anotherNumberOfReplicas() {
    warnings.replicas(2, 2, 0, 7);
    warnings.report();
    assertThat(found).isEmpty();
    warnings.replicas(2, 4, 1057, 7);
    warnings.report();
    warnings.report();
    warnings.replicas(1, 4, 0, 7);
    warnings.report();
    warnings.replicas(4, 1, 57, 7);
    warnings.report();
    assertThat(found)
        .extracting(Warning::message)
        .containsExactly(
            "arm full goes on with 4 replicas instead of 2: 1,057 events of its open interval are"
                + " dealt anew and learned again, with the mean of the former replicas' moments",
            "arm full goes on with 4 replicas instead of 1: until the window's end it learns in one"
                + " place, then they learn",
            "arm full goes on with 1 replica instead of 4: 57 events that were not merged are"
                + " learned again, and the optimiser of its MLPs goes on with the moments of the"
                + " time before it had replicas");
    assertThat(found).allMatch(each -> each.kind().note());
  }

  /**
   * Law: a network is reported once its output is the same within each batch, and has deviation 0.
   */
  @Test
  void constantPredictions() {
    batches(9, 0);
    warnings.endPane(100, 18, 0);
    assertThat(found).as("too few batches").isEmpty();
    batches(5, 0);
    warnings.endPane(200, 28, 0);
    batches(20, 0);
    warnings.endPane(300, 68, 0);
    assertThat(found).hasSize(1);
    assertThat(found.get(0).kind()).isEqualTo(Warning.Kind.CONSTANT_PREDICTION);
    assertThat(found.get(0).text())
        .startsWith(
            "seed 3: arm full has a network that puts out one value for all events of a window,"
                + " after 28 events");
    assertThat(warnings.deviation()).isZero();
  }

  /** Law: one batch whose predictions differ, or batches of one event, are no fault. */
  @Test
  void predictionsThatDiffer() {
    batches(50, 0);
    batches(1, 1e-4);
    warnings.endPane(100, 102, 0);
    for (int b = 0; b < 50; b++) {
      warnings.predicted();
      warnings.endBatch(0);
    }
    warnings.endPane(200, 152, 0);
    assertThat(found).isEmpty();
  }

  /** Law: the deviation is the root of the mean variance within batches; without a network, NaN. */
  @Test
  void deviation() {
    batches(20, Double.NaN);
    warnings.endPane(100, 40, 0);
    assertThat(warnings.deviation()).isNaN();
    batches(10, .5);
    batches(10, 1.5);
    warnings.endPane(200, 80, 0);
    assertThat(warnings.deviation()).isEqualTo(1);
    batches(10, 4);
    warnings.endPane(300, 100, 0);
    assertThat(warnings.deviation()).isEqualTo(2);
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
    assertThat(found.get(0).message())
        .startsWith("arm full has learned 1,500 events")
        .contains("raise student.max_held");
    assertThat(found.get(1).message())
        .startsWith("arm full has learned 2 events")
        .contains("raise windows.lateness");
  }
}
