package io.millrace.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.WindowSpec;
import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SequencerTest {

  private static final MapGrid GRID = new MapGrid(WindowSpec.tumbling(10), 2);

  /** Writes down its steps; events and ends of sub-windows may have to wait. */
  private static final class Log implements Sequencer.Learner {
    final List<String> steps = new ArrayList<>();
    boolean learns = true;
    long closesUntil = Long.MAX_VALUE;

    @Override
    public void learn(ClickEvent event, boolean scored) {
      steps.add((scored ? "" : "late ") + event.eventTime());
    }

    @Override
    public void closeSubWindow(long subWindow) {
      steps.add("close " + subWindow);
    }

    @Override
    public void passWatermark(long watermark) {
      steps.add("pass " + watermark);
    }

    @Override
    public boolean mayLearn(ClickEvent event) {
      return learns;
    }

    @Override
    public boolean mayClose(long subWindow) {
      return subWindow <= closesUntil;
    }
  }

  private static Sequencer sequencer(Log log) {
    return new Sequencer(GRID, LearningOrder.ARRIVAL, 100, 100, log);
  }

  private static Sequencer restored(Sequencer from, Log log) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    from.panes().write(new DataOutputStream(bytes));
    from.stepsHeldBack().write(new DataOutputStream(bytes));
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
    Sequencer copy = sequencer(log);
    copy.readPanes(in, Sequencer.Layout.NEWEST);
    copy.readHeldBack(in, true);
    assertThat(in.read()).isEqualTo(-1);
    return copy;
  }

  /** Without watermarks that are followed by another one: while they wait only the last counts. */
  private static List<String> lastPasses(List<String> steps) {
    List<String> kept = new ArrayList<>();
    for (String step : steps) {
      if (step.startsWith("pass")
          && !kept.isEmpty()
          && kept.get(kept.size() - 1).startsWith("pass")) {
        kept.remove(kept.size() - 1);
      }
      kept.add(step);
    }
    return kept;
  }

  /** Law: steps run in the same order whenever they may run, and also across restarts. */
  @Test
  void waitingChangesNoOrder() throws IOException {
    Log atOnce = new Log();
    Sequencer expected = sequencer(atOnce);
    Log log = new Log();
    Sequencer steps = sequencer(log);
    SplittableRandom random = Seeds.generator(7, "sequencer", 0);
    int heldBack = 0;
    for (long time = 0; time < 400; time++) {
      long jittered = time + random.nextInt(8);
      boolean late = random.nextInt(20) == 0;
      log.learns = random.nextInt(3) > 0;
      log.closesUntil = random.nextInt(3) > 0 ? Long.MAX_VALUE : GRID.of(time) - 2;
      for (Sequencer each : List.of(expected, steps)) {
        each.onEvent(PaneBufferTest.at(jittered), late);
        each.onWatermark(time - 1);
      }
      if (random.nextInt(4) == 0) {
        steps.resume(1 + random.nextInt(10));
      }
      heldBack = Math.max(heldBack, steps.heldBack());
      if (random.nextInt(10) == 0) {
        steps = restored(steps, log);
      }
    }
    assertThat(heldBack).isGreaterThan(10);
    steps.resumeAll();
    assertThat(lastPasses(log.steps)).isEqualTo(lastPasses(atOnce.steps));
  }

  /** Law: a slice runs at most as many steps as asked for, and stops where one has to wait. */
  @Test
  void resumesInSlices() {
    Log log = new Log();
    Sequencer steps = sequencer(log);
    log.closesUntil = -1;
    steps.onEvent(PaneBufferTest.at(1), false);
    steps.onWatermark(4);
    steps.onEvent(PaneBufferTest.at(6), false);
    steps.onWatermark(9);
    assertThat(log.steps).containsExactly("1");
    assertThat(steps.firstHeldBack()).isZero();
    assertThat(steps.resume(9)).isFalse();
    log.closesUntil = 0;
    assertThat(steps.resume(2)).isTrue();
    assertThat(log.steps).containsExactly("1", "close 0", "pass 4");
    assertThat(steps.resume(9)).isFalse();
    assertThat(log.steps).endsWith("pass 4", "6");
    assertThat(steps.firstHeldBack()).isEqualTo(1);
    steps.resumeAll();
    assertThat(log.steps).endsWith("6", "close 1", "pass 9");
    assertThat(steps.firstHeldBack()).isEqualTo(Long.MAX_VALUE);
  }

  /** Law: an event beyond the bound runs the first step; watermarks and ends never do. */
  @Test
  void memoryIsBounded() {
    Log log = new Log();
    Sequencer steps = new Sequencer(GRID, LearningOrder.ARRIVAL, 100, 2, log);
    log.learns = false;
    steps.onEvent(PaneBufferTest.at(1), true);
    steps.onEvent(PaneBufferTest.at(2), true);
    steps.onWatermark(3);
    assertThat(log.steps).isEmpty();
    assertThat(steps.heldBack()).isEqualTo(3);
    steps.onEvent(PaneBufferTest.at(3), true);
    assertThat(log.steps).containsExactly("late 1");
    assertThat(steps.heldBack()).isEqualTo(3);
  }
}
