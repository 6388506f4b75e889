package io.millrace.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.WindowSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaneBufferTest {

  private final List<String> log = new ArrayList<>();
  private final WindowSpec windows = WindowSpec.tumbling(10);

  private PaneBuffer buffer(int maxHeld) {
    return buffer(1, maxHeld);
  }

  private PaneBuffer buffer(int perPane, int maxHeld) {
    return new PaneBuffer(
        new MapGrid(windows, perPane),
        LearningOrder.ARRIVAL,
        maxHeld,
        step ->
            log.add(
                step.event() == null
                    ? "close " + step.number()
                    : (step.scored() ? "" : "late ") + step.event().eventTime()));
  }

  static ClickEvent at(long time) {
    return at(time, time);
  }

  static ClickEvent at(long time, long id) {
    return new ClickEvent(time, 0, new float[0], new long[] {id}, new int[] {0, 1});
  }

  private static void feed(PaneBuffer buffer, WindowSpec windows, long... times) {
    EventClock clock = new EventClock(new WatchGrid(windows, 1));
    for (long time : times) {
      buffer.onEvent(at(time), false);
      long watermark = clock.advance(time);
      if (watermark != EventClock.NONE) {
        buffer.onWatermark(watermark);
      }
    }
  }

  @Test
  void eventsInOrderCloseTheirPanes() {
    PaneBuffer buffer = buffer(8);
    feed(buffer, windows, 1, 5, 12, 13, 41);
    buffer.onWatermark(Long.MAX_VALUE);
    assertThat(log).containsExactly("1", "5", "close 0", "12", "13", "close 1", "41", "close 4");
  }

  @Test
  void eventsOfTheNextPaneAreHeldUntilTheWatermark() {
    PaneBuffer buffer = buffer(8);
    buffer.onEvent(at(1), false);
    buffer.onWatermark(0);
    buffer.onEvent(at(14), false);
    buffer.onEvent(at(2), false);
    buffer.onWatermark(10);
    assertThat(log).containsExactly("1", "2", "close 0", "14");
    assertThat(buffer.early()).isZero();
  }

  @Test
  void overflowLearnsTheOldestHeldEventEarly() {
    PaneBuffer buffer = buffer(2);
    buffer.onEvent(at(1), false);
    buffer.onWatermark(0);
    for (long t = 11; t <= 14; t++) {
      buffer.onEvent(at(t), false);
    }
    assertThat(log).containsExactly("1", "11", "12");
    assertThat(buffer.early()).isEqualTo(2);
    buffer.onWatermark(10);
    assertThat(log).endsWith("close 0", "13", "14");
  }

  @Test
  void oneWatermarkClosesSeveralPanesEachInItsTurn() {
    PaneBuffer buffer = buffer(8);
    buffer.onEvent(at(1), false);
    buffer.onWatermark(0);
    buffer.onEvent(at(25), false);
    buffer.onEvent(at(12), false);
    buffer.onEvent(at(31), false);
    buffer.onWatermark(30);
    assertThat(log).containsExactly("1", "close 0", "12", "close 1", "25", "close 2", "31");
  }

  @Test
  void aPaneWhoseEventsWereAllLearnedEarlyStillCloses() {
    PaneBuffer buffer = buffer(0);
    buffer.onEvent(at(1), false);
    buffer.onWatermark(0);
    buffer.onEvent(at(12), false);
    buffer.onWatermark(Long.MAX_VALUE);
    assertThat(log).containsExactly("1", "12", "close 0", "close 1");
  }

  @Test
  void lateEventsAreLearnedAtOnceAndNotScored() {
    PaneBuffer buffer = buffer(2);
    feed(buffer, windows, 1, 12);
    buffer.onEvent(at(3), true);
    assertThat(log).containsExactly("1", "close 0", "12", "late 3");
  }

  // a gate that was idle may not know that the pane is closed
  @Test
  void aPaneClosesOnce() {
    PaneBuffer buffer = buffer(2);
    feed(buffer, windows, 1, 12);
    buffer.onEvent(at(3), false);
    buffer.onWatermark(Long.MAX_VALUE);
    assertThat(log).containsExactly("1", "close 0", "12", "late 3", "close 1");
  }

  @Test
  void aRestoredBufferGoesOnAsTheOriginal() throws IOException {
    PaneBuffer buffer = buffer(5);
    buffer.onEvent(at(1), false);
    buffer.onWatermark(0);
    buffer.onEvent(at(17), false);
    PaneBuffer copy = restored(buffer);
    log.clear();
    copy.onWatermark(9);
    copy = restored(copy);
    copy.onEvent(at(3), false);
    copy.onWatermark(Long.MAX_VALUE);
    assertThat(log).containsExactly("close 0", "17", "late 3", "close 1");
  }

  // parts 0 to 4 of the first pane are of two ms each: one closes if it had events or is the last,
  // and what follows it is learned after that
  @Test
  void partsCloseInTurn() {
    PaneBuffer buffer = buffer(5, 8);
    buffer.onEvent(at(1), false);
    buffer.onWatermark(0);
    buffer.onEvent(at(5), false);
    buffer.onEvent(at(0), false);
    buffer.onWatermark(1);
    assertThat(log).containsExactly("1", "0", "close 0");
    buffer.onEvent(at(3), false);
    buffer.onWatermark(2);
    assertThat(log).endsWith("close 0", "3");
    buffer.onEvent(at(13), false);
    buffer.onWatermark(9);
    assertThat(log).endsWith("3", "close 1", "5", "close 2", "close 4");
    assertThat(buffer.openSince()).isEqualTo(10);
    buffer.onWatermark(Long.MAX_VALUE);
    assertThat(log).endsWith("close 4", "13", "close 6", "close 9");
  }

  // what comes for a part that has closed is of the open one of its pane, late after that, and the
  // last part of a pane closes though its only event came first
  @Test
  void aPartClosesOnce() {
    PaneBuffer buffer = buffer(5, 8);
    buffer.onEvent(at(9), false);
    buffer.onEvent(at(1), false);
    buffer.onWatermark(3);
    buffer.onEvent(at(0), false);
    buffer.onWatermark(20);
    buffer.onEvent(at(2), false);
    buffer.onWatermark(Long.MAX_VALUE);
    assertThat(log).containsExactly("1", "close 0", "0", "close 2", "9", "close 4", "late 2");
  }

  // events learned early leave their parts to be closed
  @Test
  void partsOfEventsLearnedEarlyClose() {
    PaneBuffer buffer = buffer(5, 0);
    buffer.onEvent(at(3), false);
    buffer.onEvent(at(1), false);
    buffer.onWatermark(9);
    assertThat(buffer.early()).isEqualTo(2);
    assertThat(log).containsExactly("3", "1", "close 0", "close 1", "close 4");
  }

  // Law: with events in order, parts change neither the order of learning nor when panes close.
  @Test
  void partsChangeNothingForPanes() {
    long[] times = {1, 1, 4, 5, 9, 12, 13, 41, 47, 47, 49, 50};
    feed(buffer(8), windows, times);
    List<String> whole = List.copyOf(log);
    log.clear();
    feed(buffer(5, 8), windows, times);
    log.removeIf(line -> line.startsWith("close") && !line.matches("close (4|9|24)"));
    log.replaceAll(
        line ->
            line.startsWith("close") ? "close " + (Long.parseLong(line.substring(6)) / 5) : line);
    assertThat(log).isEqualTo(whole);
  }

  @Test
  void aRestoredBufferOfPartsGoesOnAsTheOriginal() throws IOException {
    PaneBuffer buffer = buffer(5, 5);
    buffer.onEvent(at(1), false);
    buffer.onWatermark(3);
    buffer.onEvent(at(17), false);
    buffer.onEvent(at(2), false);
    PaneBuffer copy = restored(buffer, 5);
    log.clear();
    copy.onEvent(at(0), false);
    copy.onWatermark(9);
    copy = restored(copy, 5);
    copy.onWatermark(Long.MAX_VALUE);
    assertThat(log).containsExactly("0", "close 2", "close 4", "17", "close 8", "close 9");
  }

  private PaneBuffer restored(PaneBuffer buffer) throws IOException {
    return restored(buffer, 1);
  }

  private PaneBuffer restored(PaneBuffer buffer, int perPane) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    buffer.now().write(new DataOutputStream(bytes));
    PaneBuffer copy = buffer(perPane, 5);
    copy.readState(
        new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())),
        Sequencer.Layout.NEWEST);
    return copy;
  }
}
