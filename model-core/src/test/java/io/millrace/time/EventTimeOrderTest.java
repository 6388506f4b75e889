package io.millrace.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventHash;
import io.millrace.event.WindowSpec;
import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Law: by event time, what a learner learns and closes is a function of the set of events: neither
 * their delivery, nor when watermarks come, nor waits, nor restarts change it.
 */
class EventTimeOrderTest {

  private static final int SETS = 60;
  private static final int DELIVERIES = 8;

  /** Writes down what it does, and checks that no event comes after a watermark that passed it. */
  private static final class Log implements Sequencer.Learner {
    final List<String> steps = new ArrayList<>();
    boolean waits;
    private long learnedUntil = Long.MIN_VALUE;
    private long passed = Long.MIN_VALUE;

    @Override
    public void learn(ClickEvent event, boolean scored) {
      assertThat(scored).isTrue();
      assertThat(event.eventTime()).isGreaterThan(passed).isGreaterThanOrEqualTo(learnedUntil);
      learnedUntil = event.eventTime();
      steps.add(name(event));
    }

    @Override
    public void closeSubWindow(long subWindow) {
      steps.add("close " + subWindow);
    }

    @Override
    public void passWatermark(long watermark) {
      passed = Math.max(passed, watermark);
    }

    @Override
    public boolean mayLearn(ClickEvent event) {
      return !waits;
    }

    @Override
    public boolean mayClose(long subWindow) {
      return !waits;
    }
  }

  private static String name(ClickEvent event) {
    return event.eventTime() + "/" + event.ids()[0];
  }

  @Test
  void stepsAreAFunctionOfTheEvents() throws IOException {
    int ties = 0;
    for (int set = 0; set < SETS; set++) {
      SplittableRandom random = Seeds.generator(set, "event-time-order", 0);
      MapGrid grid = new MapGrid(WindowSpec.tumbling(60), 1 + random.nextInt(4));
      List<ClickEvent> events = events(random);
      List<String> expected = oracle(events, grid);
      ties += events.size() - (int) events.stream().map(ClickEvent::eventTime).distinct().count();
      for (int d = 0; d < DELIVERIES; d++) {
        Sequencer[] last = new Sequencer[1];
        assertThat(delivered(events, grid, random, last)).as("set " + set).isEqualTo(expected);
        assertThat(last[0].early() + last[0].outOfOrder()).isZero();
        assertThat(last[0].held()).isZero();
        assertThat(last[0].heldBytes()).isZero();
      }
    }
    assertThat(ties).isGreaterThan(SETS * 20);
  }

  /** Bursts, gaps of whole panes, equal times, and some events twice. */
  private static List<ClickEvent> events(SplittableRandom random) {
    List<ClickEvent> events = new ArrayList<>();
    long time = random.nextLong(200) - 100;
    for (int i = 0; i < 150; i++) {
      time += random.nextInt(30) == 0 ? random.nextInt(400) : random.nextInt(3);
      events.add(PaneBufferTest.at(time, random.nextInt(50)));
    }
    events.add(events.get(random.nextInt(150)));
    return events;
  }

  /** Sorts all events, and closes each sub-window that is due before the next one's first event. */
  private static List<String> oracle(List<ClickEvent> events, MapGrid grid) {
    EventHash hash = new EventHash();
    TreeSet<Long> closing = new TreeSet<>();
    for (ClickEvent event : events) {
      closing.add(grid.of(event.eventTime()));
      closing.add(grid.lastOf(grid.pane(grid.of(event.eventTime()))));
    }
    List<String> steps = new ArrayList<>();
    for (long subWindow : closing) {
      events.stream()
          .filter(event -> grid.of(event.eventTime()) == subWindow)
          .sorted(Comparator.comparingLong(ClickEvent::eventTime).thenComparingLong(hash::of))
          .map(EventTimeOrderTest::name)
          .forEach(steps::add);
      steps.add("close " + subWindow);
    }
    return steps;
  }

  /** Delivers the events in some order, with watermarks that no event to come is behind. */
  private static List<String> delivered(
      List<ClickEvent> events, MapGrid grid, SplittableRandom random, Sequencer[] last)
      throws IOException {
    int jitter = 1 + random.nextInt(100);
    List<ClickEvent> left = shuffled(events, jitter, random);
    int often = 1 + random.nextInt(30);
    Log log = new Log();
    Sequencer steps = new Sequencer(grid, LearningOrder.EVENT_TIME, 1000, 1000, log);
    for (int i = 0; i < left.size(); i++) {
      log.waits = random.nextInt(4) == 0;
      steps.onEvent(left.get(i), false);
      if (random.nextInt(often) == 0) {
        long first =
            left.stream().skip(i + 1).mapToLong(ClickEvent::eventTime).min().orElse(Long.MAX_VALUE);
        steps.onWatermark(first - 1 - random.nextInt(3));
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
    last[0] = steps;
    return log.steps;
  }

  /** Each event at most {@code jitter} ms behind its turn. */
  private static List<ClickEvent> shuffled(
      List<ClickEvent> events, int jitter, SplittableRandom random) {
    record At(ClickEvent event, long turn) {}

    return events.stream()
        .map(event -> new At(event, event.eventTime() + random.nextInt(jitter)))
        .sorted(Comparator.comparingLong(At::turn))
        .map(At::event)
        .toList();
  }

  private static Sequencer restored(Sequencer from, MapGrid grid, Log log) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    from.panes().write(new DataOutputStream(bytes));
    from.stepsHeldBack().write(new DataOutputStream(bytes));
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
    Sequencer copy = new Sequencer(grid, LearningOrder.EVENT_TIME, 1000, 1000, log);
    copy.readPanes(in, Sequencer.Layout.NEWEST);
    copy.readHeldBack(in, true);
    assertThat(in.read()).isEqualTo(-1);
    return copy;
  }

  // events at 5, 3, 9 with two places: the earliest is learned early, then each in its turn
  @Test
  void theEarliestIsLearnedFirstWhenTooManyAreHeld() {
    Log log = new Log();
    Sequencer steps =
        new Sequencer(
            MapGrid.ofPanes(WindowSpec.tumbling(60)), LearningOrder.EVENT_TIME, 2, 9, log);
    for (long time : new long[] {5, 3, 9}) {
      steps.onEvent(PaneBufferTest.at(time, 0), false);
    }
    assertThat(log.steps).containsExactly("3/0");
    assertThat(steps.early()).isEqualTo(1);
    steps.onWatermark(59);
    assertThat(log.steps).containsExactly("3/0", "5/0", "9/0", "close 0");
    assertThat(steps.outOfOrder()).isZero();
  }

  // what the watermark has passed is learned at once and scored; a late event is in no count
  @Test
  void anEventBehindTheWatermarkIsLearnedWhenItComes() {
    List<String> learned = new ArrayList<>();
    PaneBuffer buffer =
        new PaneBuffer(
            MapGrid.ofPanes(WindowSpec.tumbling(60)),
            LearningOrder.EVENT_TIME,
            9,
            step -> learned.add(step.number() + ":" + step.event() + step.scored()));
    ClickEvent behind = PaneBufferTest.at(70, 1);
    buffer.onWatermark(70);
    buffer.onEvent(behind, false);
    assertThat(learned).containsExactly("0:" + behind + true);
    assertThat(buffer.outOfOrder()).isEqualTo(1);
    ClickEvent late = PaneBufferTest.at(50, 1);
    buffer.onEvent(late, true);
    assertThat(learned).last().isEqualTo("0:" + late + false);
    assertThat(buffer.outOfOrder()).isEqualTo(1);
    ClickEvent next = PaneBufferTest.at(71, 1);
    buffer.onEvent(next, false);
    assertThat(learned).hasSize(2);
    assertThat(buffer.held()).isEqualTo(1);
    assertThat(buffer.heldBytes()).isPositive();
  }
}
