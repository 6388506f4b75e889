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

/**
 * Law: by event time, what a learner of one partition learns and closes is a function of the
 * partition, also where events are late: neither when watermarks come, nor waits, nor restarts
 * change it.
 */
class LateOrderTest {

  private static final WindowSpec WINDOWS = new WindowSpec(60, 60, 0, 25);
  private static final int SETS = 60;
  private static final int DELIVERIES = 8;

  /** Writes down what it does. */
  private static final class Log implements Sequencer.Learner {
    final List<String> steps = new ArrayList<>();
    boolean waits;

    @Override
    public void learn(ClickEvent event, boolean scored) {
      steps.add((scored ? "" : "late ") + event.eventTime() + "/" + event.ids()[0]);
    }

    @Override
    public void closeSubWindow(long subWindow) {
      steps.add("close " + subWindow);
    }

    @Override
    public void passWatermark(long watermark) {}

    @Override
    public boolean mayLearn(ClickEvent event) {
      return !waits;
    }

    @Override
    public boolean mayClose(long subWindow) {
      return !waits;
    }
  }

  private static Sequencer sequencer(MapGrid grid, int maxHeld, Log log) {
    return new Sequencer(grid, LearningOrder.EVENT_TIME, maxHeld, 1000, log);
  }

  @Test
  void stepsAreAFunctionOfThePartition() throws IOException {
    int late = 0;
    int heldLate = 0;
    for (int set = 0; set < SETS; set++) {
      SplittableRandom random = Seeds.generator(set, "late-order", 0);
      MapGrid grid = new MapGrid(WINDOWS, 1 + random.nextInt(4));
      List<ClickEvent> events = events(random);
      List<String> expected = watermarkAfterEachEvent(events, grid);
      late += (int) expected.stream().filter(step -> step.startsWith("late")).count();
      for (int d = 0; d < DELIVERIES; d++) {
        Log log = new Log();
        heldLate += delivered(events, grid, random, log);
        assertThat(log.steps).as("set " + set).isEqualTo(expected);
      }
    }
    assertThat(late).isGreaterThan(SETS * 10);
    assertThat(heldLate).isGreaterThan(SETS * 10);
  }

  /** Out of order within the lateness; gaps of panes; late events of equal and other times. */
  private static List<ClickEvent> events(SplittableRandom random) {
    List<ClickEvent> events = new ArrayList<>();
    long newest = random.nextLong(200) - 100;
    EventClock clock = new EventClock(new WatchGrid(WINDOWS, 4));
    LateGate gate = new LateGate(WINDOWS);
    for (int i = 0; i < 150; i++) {
      newest += random.nextInt(30) == 0 ? random.nextInt(300) : random.nextInt(4);
      long back = random.nextInt(4) == 0 ? 26 + random.nextInt(200) : random.nextInt(26);
      long time = newest - (i == 0 ? 0 : back);
      if (back <= WINDOWS.latenessMs() || gate.late(time)) {
        events.add(PaneBufferTest.at(time, random.nextInt(3)));
        clock.advance(time);
        gate.onWatermark(clock.watermark());
      }
    }
    return events;
  }

  /** Everything has its place at once; late events are never held. */
  private static List<String> watermarkAfterEachEvent(List<ClickEvent> events, MapGrid grid) {
    Log log = new Log();
    Sequencer steps = sequencer(grid, 1000, log);
    EventClock clock = new EventClock(new WatchGrid(WINDOWS, 12));
    LateGate gate = new LateGate(WINDOWS);
    for (ClickEvent event : events) {
      boolean late = gate.late(event.eventTime());
      int held = steps.held();
      steps.onEvent(event, late);
      assertThat(steps.held()).isEqualTo(late ? held : held + 1);
      clock.advance(event.eventTime());
      gate.onWatermark(clock.watermark());
      steps.onWatermark(clock.watermark());
    }
    steps.onWatermark(Long.MAX_VALUE);
    assertThat(steps.early() + steps.outOfOrder()).isZero();
    return log.steps;
  }

  /**
   * With the watermarks that enter sub-windows, and some others; until some event, the learner gets
   * none, as another reader has not begun.
   *
   * @return late events that were held
   */
  private static int delivered(
      List<ClickEvent> events, MapGrid grid, SplittableRandom random, Log log) throws IOException {
    EventClock clock = new EventClock(new WatchGrid(WINDOWS, 12));
    LateGate gate = new LateGate(WINDOWS);
    Sequencer steps = sequencer(grid, 1000, log);
    int often = 1 + random.nextInt(30);
    int silent = random.nextBoolean() ? random.nextInt(100) : 0;
    int heldLate = 0;
    for (int i = 0; i < events.size(); i++) {
      log.waits = random.nextInt(4) == 0;
      ClickEvent event = events.get(i);
      boolean late = gate.late(event.eventTime());
      int held = steps.held();
      steps.onEvent(event, late);
      heldLate += late && steps.held() > held ? 1 : 0;
      long entered = clock.advance(event.eventTime());
      gate.onWatermark(entered);
      if (i >= silent && (entered != EventClock.NONE || random.nextInt(often) == 0)) {
        steps.onWatermark(clock.watermark());
      }
      if (random.nextInt(8) == 0) {
        steps = restored(steps, grid, log);
      }
      if (random.nextInt(3) == 0) {
        steps.resume(1 + random.nextInt(5));
      }
    }
    log.waits = false;
    steps.onWatermark(Long.MAX_VALUE);
    steps.resumeAll();
    assertThat(steps.early() + steps.outOfOrder() + steps.held() + steps.heldBytes()).isZero();
    return heldLate;
  }

  private static byte[] state(Sequencer steps) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    steps.panes().write(new DataOutputStream(bytes));
    steps.stepsHeldBack().write(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  private static Sequencer restored(Sequencer from, MapGrid grid, Log log) throws IOException {
    byte[] state = state(from);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(state));
    Sequencer copy = sequencer(grid, 1000, log);
    copy.readPanes(in, Sequencer.Layout.NEWEST);
    copy.readHeldBack(in, true);
    assertThat(state(copy)).isEqualTo(state);
    return copy;
  }

  // the newest event is at 200, so events up to 174 are complete: 3 comes after 174, before 175,
  // although no watermark says so when it comes
  @Test
  void aLateEventComesAfterWhatIsComplete() {
    Log log = new Log();
    Sequencer steps = sequencer(MapGrid.ofPanes(WINDOWS), 9, log);
    for (long time : new long[] {175, 174, 200}) {
      steps.onEvent(PaneBufferTest.at(time, 0), false);
    }
    steps.onEvent(PaneBufferTest.at(3, 0), true);
    steps.onWatermark(173);
    assertThat(log.steps).isEmpty();
    steps.onWatermark(174);
    assertThat(log.steps).containsExactly("174/0", "late 3/0");
    steps.onEvent(PaneBufferTest.at(4, 0), true);
    steps.onWatermark(Long.MAX_VALUE);
    assertThat(log.steps)
        .containsExactly("174/0", "late 3/0", "late 4/0", "175/0", "close 2", "200/0", "close 3");
    assertThat(steps.early()).isZero();
  }

  // 85 + 1 ms of lateness: the pane of 59 is complete, so the late event comes after its end
  @Test
  void aLateEventComesAfterTheEndOfACompletePane() {
    Log log = new Log();
    Sequencer steps = sequencer(MapGrid.ofPanes(WINDOWS), 9, log);
    steps.onEvent(PaneBufferTest.at(59, 0), false);
    steps.onEvent(PaneBufferTest.at(60, 0), false);
    steps.onEvent(PaneBufferTest.at(85, 0), false);
    steps.onEvent(PaneBufferTest.at(3, 0), true);
    steps.onWatermark(59);
    assertThat(log.steps).containsExactly("59/0", "close 0", "late 3/0");
  }

  // a late event takes one of the places, and counts where it is learned ahead of its turn
  @Test
  void lateEventsAreBoundedToo() {
    Log log = new Log();
    Sequencer steps = sequencer(MapGrid.ofPanes(WINDOWS), 2, log);
    steps.onEvent(PaneBufferTest.at(100, 0), false);
    steps.onEvent(PaneBufferTest.at(3, 0), true);
    steps.onEvent(PaneBufferTest.at(4, 0), true);
    assertThat(steps.held()).isEqualTo(2);
    assertThat(log.steps).containsExactly("late 3/0");
    assertThat(steps.early()).isEqualTo(1);
  }
}
