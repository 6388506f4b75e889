package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import org.junit.jupiter.api.Test;

class PairedLossesTest {

  private static final ClickEvent CLICK =
      new ClickEvent(0, 1, new float[0], new long[0], new int[] {0});

  /** Learns batches of one event, in which the shadow predicts worse by about a nat. */
  private static void worse(PairedLosses losses, int events) {
    for (int i = 0; i < events; i++) {
      losses.student(CLICK, 0, .5f);
      losses.shadow(CLICK, 0, i % 2 == 0 ? .1f : .2f);
      losses.endBatch();
    }
  }

  // Law: a few events say nothing; as many as are needed do; what came before a restart does not.
  @Test
  void aFewEventsSayNothing() {
    PairedLosses losses = new PairedLosses();
    assertThat(losses.noWorse()).isTrue();
    worse(losses, PairedLosses.LEAST - 1);
    assertThat(losses.enough()).isFalse();
    assertThat(losses.noWorse()).isTrue();
    worse(losses, 1);
    assertThat(losses.enough()).isTrue();
    assertThat(losses.noWorse()).isFalse();
    losses.restart();
    assertThat(losses.studentEvents() + losses.shadowEvents()).isZero();
    assertThat(losses.enough()).isFalse();
    assertThat(losses.noWorse()).isTrue();
  }

  // Law: a shadow that cannot predict an event is worse, however few events there are.
  @Test
  void aLackingPredictionIsWorse() {
    PairedLosses losses = new PairedLosses();
    losses.student(CLICK, 0, .5f);
    losses.endBatch();
    assertThat(losses.enough()).isTrue();
    assertThat(losses.noWorse()).isFalse();
  }
}
