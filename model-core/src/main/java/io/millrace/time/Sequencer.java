package io.millrace.time;

import io.millrace.event.ClickEvent;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.function.UnaryOperator;

/**
 * Runs the steps of a learner in order, and holds them back while the next one has to wait.
 *
 * <pre>
 *  events ──────► pane buffer ─► learn, close ─┬─ may run ────► learner
 *  watermarks ─────────────────► pass ─────────┴─ must wait ──► held back ─► resume ─► learner
 * </pre>
 *
 * <p>There are three kinds of steps: learn an event, close a sub-window, pass a watermark. The
 * learner decides whether the next step may run. While one must wait, all steps after it are held
 * back too. So the learner runs the same steps in the same order, however long it waits. How often
 * watermarks come changes only how often they are passed.
 */
public final class Sequencer {

  /** What a learner does in each kind of step. */
  public interface Learner {

    /**
     * Learns one event.
     *
     * @param scored false for late events, which belong to no window any more
     */
    void learn(ClickEvent event, boolean scored);

    /** Closes a sub-window that had an event on time, or the last one of such a pane; in order. */
    void closeSubWindow(long subWindow);

    /** All steps before this watermark, ms, have run. */
    void passWatermark(long watermark);

    /** Whether {@link #learn} may run now; if not, {@link #resume} is called later. */
    default boolean mayLearn(ClickEvent event) {
      return true;
    }

    /** Whether {@link #closeSubWindow} may run now; if not, {@link #resume} is called later. */
    default boolean mayClose(long subWindow) {
      return true;
    }
  }

  /**
   * State of one moment. Taking it copies references only; it is written once, now or later, by any
   * thread.
   */
  @FunctionalInterface
  public interface Moment {
    /** Writes the state as it was. */
    void write(DataOutput out) throws IOException;
  }

  /** Versions of what {@link #panes} writes. */
  public enum Layout {
    /** No watermark and no count of events out of order: it learned as events arrived. */
    BY_ARRIVAL,
    /** No late events are held. */
    ON_TIME_ONLY,
    /** The one that is written. */
    NEWEST
  }

  private final MapGrid grid;
  private final PaneBuffer panes;
  private final int maxHeldBack;
  private final Learner learner;
  private final ArrayDeque<Step> held = new ArrayDeque<>();

  /**
   * A sequencer that has seen nothing.
   *
   * @param grid sub-windows that are closed one by one
   * @param order in which events are learned
   * @param maxEarly events that are held until it is their turn
   * @param maxHeldBack upper bound on the steps held back; when an event exceeds it, the first step
   *     runs although it has to wait, and blocks
   */
  public Sequencer(
      MapGrid grid, LearningOrder order, int maxEarly, int maxHeldBack, Learner learner) {
    this.grid = grid;
    this.maxHeldBack = maxHeldBack;
    this.learner = learner;
    this.panes = new PaneBuffer(grid, order, maxEarly, this::runOrHold);
  }

  /** Takes an event; late ones are learned but not scored. */
  void onEvent(ClickEvent event, boolean late) {
    panes.onEvent(event, late);
  }

  /** Takes a watermark, ms; closes the sub-windows that it completes. */
  void onWatermark(long watermark) {
    panes.onWatermark(watermark);
    if (!held.isEmpty() && held.getLast().passes()) {
      held.removeLast(); // nothing happens between the two
    }
    runOrHold(Step.pass(watermark));
  }

  private void runOrHold(Step step) {
    if (held.isEmpty() && step.mayRun(learner)) {
      step.run(learner);
      return;
    }
    held.add(step);
    if (step.event() != null && held.size() > maxHeldBack) {
      held.remove().run(learner);
    }
  }

  /**
   * Runs steps that were held back, as far as they may run.
   *
   * @param most steps to run
   * @return true if the next step may run too
   */
  public boolean resume(int most) {
    for (int n = 0; n < most && mayResume(); n++) {
      held.remove().run(learner);
    }
    return mayResume();
  }

  private boolean mayResume() {
    return !held.isEmpty() && held.element().mayRun(learner);
  }

  /** Runs all steps that were held back; blocks where one has to wait. */
  public void resumeAll() {
    while (!held.isEmpty()) {
      held.remove().run(learner);
    }
  }

  /** Number of steps that are held back. */
  public int heldBack() {
    return held.size();
  }

  /** The first sub-window whose end is held back; {@link Long#MAX_VALUE} if there is none. */
  public long firstHeldBack() {
    return held.stream()
        .filter(Step::closes)
        .mapToLong(Step::number)
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }

  /**
   * Start of the open sub-window, ms, or {@link Long#MIN_VALUE} before the first watermark: every
   * window that ended by then is older than all later events on time.
   */
  public long openSince() {
    return panes.openSince();
  }

  /**
   * Start of the sub-window of the next step, ms: that of the first end which is held back, or
   * {@link #openSince} if none is.
   */
  public long heldSince() {
    long first = firstHeldBack();
    return first == Long.MAX_VALUE ? openSince() : grid.end(first - 1);
  }

  /** Events learned ahead of their turn, late ones included, because too many were held. */
  public long early() {
    return panes.early();
  }

  /**
   * Events learned behind their turn, because the watermark had passed them; 0 by arrival. Late
   * events are not among them.
   */
  public long outOfOrder() {
    return panes.outOfOrder();
  }

  /** Events held until the watermark reaches them. */
  public int held() {
    return panes.held();
  }

  /** Memory that the events held take, about; the steps held back are not among them. */
  public long heldBytes() {
    return panes.heldBytes();
  }

  /**
   * The last sub-window that has closed or may have an event; {@link Long#MIN_VALUE} if there is
   * none. All later ones are still without events.
   */
  public long reached() {
    return panes.reached();
  }

  /**
   * Goes on in the place of another sequencer; this one has seen nothing.
   *
   * @param former of the same grid and order
   * @param moved returns an event as this one's learner takes it
   */
  public void take(Sequencer former, UnaryOperator<ClickEvent> moved) {
    panes.take(former.panes, moved);
    former.held.forEach(step -> held.add(step.move(moved)));
  }

  /** The open sub-window and the events that are held until it is their turn, as they are now. */
  public Moment panes() {
    return panes.now();
  }

  /** Reads what {@link #panes} has written, or an earlier version. */
  public void readPanes(DataInput in, Layout layout) throws IOException {
    panes.readState(in, layout);
  }

  /** The steps that are held back now. */
  public Moment stepsHeldBack() {
    Step[] all = held.toArray(Step[]::new);
    return out -> {
      out.writeInt(all.length);
      for (Step step : all) {
        step.write(out);
      }
    };
  }

  /**
   * Reads what {@link #stepsHeldBack} has written.
   *
   * @param withWatermarks false for an earlier version, which held no watermarks back
   */
  public void readHeldBack(DataInput in, boolean withWatermarks) throws IOException {
    held.clear();
    for (int n = in.readInt(); n > 0; n--) {
      held.add(Step.read(in, withWatermarks));
    }
  }
}
