package io.millrace.student;

import io.millrace.event.Warning;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Finds what the user of a student must know at the end of a pane: that its output does not vary,
 * that it has not learned from batches, or has learned events in another order.
 *
 * <p>A network whose units are all inactive puts out its bias whatever the inputs are, and never
 * learns again. Within a batch all its logits are then equal, while those of a working one differ;
 * between batches the bias moves. A linear part beside it hides that in the predictions, so the
 * network's own logits are judged. Batches are collected over panes until there are {@value
 * #BATCHES}. This is no state: a restart begins to collect anew.
 */
final class StudentWarnings {

  /** Least batches of at least two predictions by which a student is judged. */
  private static final int BATCHES = 10;

  private final String arm;
  private final long seed;
  private final Consumer<Warning> out;
  private int predictions;
  private long constant;
  private long varied;
  private double variances;
  private double deviation = Double.NaN;
  private boolean reported;
  private long skipped;
  private long early;
  private long outOfOrder;
  private Warning rescaled;

  StudentWarnings(String arm, long seed, Consumer<Warning> out) {
    this.arm = arm;
    this.seed = seed;
    this.out = out;
  }

  /** Continues a student that has left out, or learned in another order, this many events. */
  void restored(long skippedBefore, long earlyBefore, long outOfOrderBefore) {
    skipped = skippedBefore;
    early = earlyBefore;
    outOfOrder = outOfOrderBefore;
  }

  /**
   * Continues a student that had another number of replicas, or the same.
   *
   * @param before their number in the state
   * @param now their number from now on
   * @param again events of the state that are learned again
   * @param time of the last event, ms
   */
  void replicas(int before, int now, int again, long time) {
    rescaled =
        before == now
            ? null
            : new Warning(
                Warning.Kind.RESCALED, time, seed, arm, again, rescaled(before, now, again));
  }

  private String rescaled(int before, int now, int again) {
    String goesOn =
        "arm %s goes on with %d %s instead of %d: "
            .formatted(arm, now, now == 1 ? "replica" : "replicas", before);
    if (before == 1) {
      return goesOn + "until the window's end it learns in one place, then they learn";
    }
    String events = String.format(Locale.ROOT, "%,d", again);
    return now == 1
        ? goesOn
            + events
            + " events that were not merged are learned again, and the optimiser of its MLPs goes"
            + " on with the moments of the time before it had replicas"
        : goesOn
            + events
            + " events of its open interval are dealt anew and learned again, with the mean of the"
            + " former replicas' moments";
  }

  /** Reports that it has another number of replicas than before. */
  void report() {
    if (rescaled != null) {
      out.accept(rescaled);
      rescaled = null;
    }
  }

  /** An event of the batch that is being learned. */
  void predicted() {
    predictions++;
  }

  /**
   * The batch has been learned.
   *
   * @param variance of the network's logits over the batch; NaN without a network
   */
  void endBatch(double variance) {
    if (predictions > 1 && !Double.isNaN(variance)) {
      constant += variance == 0 ? 1 : 0;
      varied += variance == 0 ? 0 : 1;
      variances += variance;
    }
    predictions = 0;
  }

  /**
   * Standard deviation of the network's logits within the batches by which it was judged last, as
   * the root of the mean variance; NaN before.
   */
  double deviation() {
    return deviation;
  }

  /**
   * Judges the student at the end of a pane.
   *
   * @param end of the pane, ms
   * @param learned events learned since the start
   * @param skippedNow events left out since the start
   */
  void endPane(long end, long learned, long skippedNow) {
    if (constant + varied >= BATCHES) {
      boolean same = varied == 0;
      if (same && !reported) {
        out.accept(constant(end, learned));
      }
      reported = same;
      deviation = Math.sqrt(variances / (constant + varied));
      variances = 0;
      constant = 0;
      varied = 0;
    }
    if (skippedNow > skipped) {
      out.accept(skipped(end, skippedNow - skipped));
      skipped = skippedNow;
    }
  }

  /**
   * Judges the order of the events at the end of a pane.
   *
   * @param end of the pane, ms
   * @param earlyNow events learned ahead of their turn since the start
   * @param outOfOrderNow events learned behind their turn since the start
   */
  void order(long end, long earlyNow, long outOfOrderNow) {
    if (earlyNow > early) {
      out.accept(early(end, earlyNow - early));
      early = earlyNow;
    }
    if (outOfOrderNow > outOfOrder) {
      out.accept(outOfOrder(end, outOfOrderNow - outOfOrder));
      outOfOrder = outOfOrderNow;
    }
  }

  private Warning early(long end, long count) {
    return warning(
        Warning.Kind.EARLY_EVENTS,
        end,
        count,
        "arm %s has learned %,d events of a window before it was their turn, as it held"
            + " student.max_held others: another run may have other figures; raise"
            + " student.max_held, or lower windows.lateness or time.alignment",
        count);
  }

  private Warning outOfOrder(long end, long count) {
    return warning(
        Warning.Kind.OUT_OF_ORDER,
        end,
        count,
        "arm %s has learned %,d events of a window out of order, as they came after the"
            + " watermark had passed their time: another run may have other figures; raise"
            + " windows.lateness if events come out of order",
        count);
  }

  private Warning constant(long end, long learned) {
    return warning(
        Warning.Kind.CONSTANT_PREDICTION,
        end,
        constant,
        "arm %s has a network that puts out one value for all events of a window, after %,d"
            + " events: it learns nothing from them; set student.bottom_output: linear or"
            + " wider student.bottom and student.top, and start anew",
        learned);
  }

  private Warning skipped(long end, long count) {
    return warning(
        Warning.Kind.SKIPPED_BATCHES,
        end,
        count,
        "arm %s has not learned from %,d events of a window, as the loss of their batches was"
            + " not a number or far too large: see student.dense.lr and the transforms"
            + " of dense columns",
        count);
  }

  /** A warning whose text names the arm and then a number of events. */
  private Warning warning(Warning.Kind kind, long end, long count, String text, long events) {
    return new Warning(kind, end, seed, arm, count, String.format(Locale.ROOT, text, arm, events));
  }
}
