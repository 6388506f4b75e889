package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.event.Warning;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.spec.GateOptions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;

/**
 * Decides whether a student's model may be published. It finds damage, not slow loss of quality:
 *
 * <ol>
 *   <li>All parameters that a server gets are finite.
 *   <li>On the newest {@code publish.gate.events} scored events, the model predicts at most {@code
 *       max_calibration} times the clicks that were observed, and at least one over that. The
 *       observed number may be off by {@value #ERRORS} standard errors.
 *   <li>On the same events, its normalised entropy (NE) is at most {@code max_ne_rise} above that of
 *       the <em>active</em> model, the version that passed last.
 * </ol>
 *
 * <p>The model has learned these events and the active one may not have, so the comparison favours
 * the model; drift makes both worse, or the active one only. The gate holds a copy of the active
 * model, if it is not above {@code student.regret_memory_mb}. Without the copy, as for a large
 * student and after a restart until a version passes, the NE is compared with that of the active
 * model when it passed, on the events of then. Rules 2 and 3 begin when there are as many events.
 *
 * <p>What is refused changes nothing in the student. The next version or update is judged anew.
 */
public final class PublishGate implements AutoCloseable {

  /** Standard errors that chance may explain. */
  private static final int ERRORS = 3;

  /** Why a model is refused. */
  public enum Reason {
    /** Parameters are not finite. */
    NOT_FINITE,
    /** Normalised entropy rises. */
    NE,
    /** Too many, or too few, predicted clicks. */
    CALIBRATION;

    /** As metrics name it, such as {@code not_finite}. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is found wrong. */
  private record Fault(Reason reason, String text) {}

  private final StudentTables tables;
  private final GateOptions options;
  private final ClickModel model;
  private final Consumer<Warning> out;
  private final NewestEvents events;
  private final AtomicLongArray refused = new AtomicLongArray(Reason.values().length);
  private ClickModel active;
  private double activeNe = Double.NaN;
  private long activeVersion;
  private long streak;

  /** A gate through which no model has passed. */
  PublishGate(StudentTables tables, ClickModel model, Consumer<Warning> out) {
    this.tables = tables;
    this.options = tables.job.publish().gate();
    this.model = model;
    this.out = out;
    this.events = new NewestEvents(options.events(), tables.arm.learner().trainer().batch());
  }

  private boolean off() {
    return options.events() == 0;
  }

  /** Takes an event on time that has been predicted. */
  void add(ClickEvent event) {
    if (!off()) {
      events.add(event);
    }
  }

  /**
   * Judges the student's model as it is; if it passes, it is the active one from now on.
   *
   * @param version its number
   * @param time of the newest event learned, ms
   */
  public boolean passes(long version, long time) {
    if (off()) {
      return true;
    }
    Verdict verdict = judge(FiniteParameters.in(model));
    if (!accepts(verdict.fault(), "version " + version, time)) {
      return false;
    }
    activeNe = verdict.ne();
    activeVersion = version;
    if (SwitchComparison.fits(model, tables.job)) {
      active = active == null ? emptyCopy() : active;
      StateCopy.copy(model, active);
    } else {
      closeActive();
    }
    return true;
  }

  private ClickModel emptyCopy() {
    StudentTables own = new StudentTables(tables.job, tables.arm, tables.seed);
    return own.copy(own.create());
  }

  /** Judges an update of the active version that leads to the student's model as it is. */
  public boolean passes(ModelUpdate update) {
    return off()
        || accepts(
            judge(FiniteParameters.in(update)).fault(),
            "an update of version " + update.header().modelVersion(),
            update.header().lastEventTime());
  }

  /**
   * A judgement.
   *
   * @param fault null if there is none
   * @param ne normalised entropy on the newest events; NaN if it is not known
   */
  private record Verdict(Fault fault, double ne) {}

  private Verdict judge(boolean finite) {
    if (!finite) {
      String text = "has parameters that are not finite numbers, which no key allows";
      return new Verdict(new Fault(Reason.NOT_FINITE, text), Double.NaN);
    }
    if (!events.full()) {
      return new Verdict(null, Double.NaN);
    }
    NewestEvents.Score now = events.score(model);
    Fault fault = calibration(now);
    if (Boolean.getBoolean("gate.debug")) { // DEBUG
      NewestEvents.Score b = active == null ? now : events.score(active);
      double m = 0, q = 0;
      int n = now.losses().length;
      for (int i = 0; i < n; i++) { double d = now.losses()[i] - b.losses()[i]; m += d / n; q += d * d / n; }
      System.err.println("GATE " + tables.arm.name() + " " + tables.seed + " " + now.ne() + " " + (active == null ? Double.NaN : b.ne()) + " " + activeNe + " " + now.predicted() + " " + now.clicks() + " " + n + " " + Math.sqrt((q - m * m) / n) + " " + (fault == null ? "-" : fault.reason()));
    }
    return new Verdict(fault == null ? neRise(now) : fault, now.ne());
  }

  private Fault calibration(NewestEvents.Score now) {
    double chance = ERRORS * Math.sqrt(now.clicks() + 1);
    double most = options.maxCalibration() * (now.clicks() + chance);
    double least = (now.clicks() - chance) / options.maxCalibration();
    return now.predicted() >= least && now.predicted() <= most
        ? null
        : new Fault(
            Reason.CALIBRATION,
            text(
                "predicts %.1f clicks on the last %,d events, which had %,d: the ratio must be"
                    + " within publish.gate.max_calibration (%s)",
                now.predicted(), now.losses().length, now.clicks(), options.maxCalibration()));
  }

  private Fault neRise(NewestEvents.Score now) {
    double before = active == null ? activeNe : events.score(active).ne();
    boolean known = !Double.isNaN(before) && !Double.isNaN(now.ne());
    return !known || now.ne() - before <= options.maxNeRise()
        ? null
        : new Fault(
            Reason.NE,
            text(
                "has an NE of %.4f on the last %,d events, and version %d has %.4f: the rise must be"
                    + " at most publish.gate.max_ne_rise (%s)",
                now.ne(), now.losses().length, activeVersion, before, options.maxNeRise()));
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private boolean accepts(Fault fault, String what, long time) {
    if (fault == null) {
      streak = 0;
      return true;
    }
    refused.incrementAndGet(fault.reason().ordinal());
    streak++;
    if (Long.bitCount(streak) == 1) {
      String where = tables.arm.name();
      String message = text("arm %s: %s is not published, as it %s; ", where, what, fault.text());
      out.accept(
          new Warning(
              Warning.Kind.PUBLISH_REFUSED, time, tables.seed, where, streak, message + follows()));
    }
    return false;
  }

  private String follows() {
    String served =
        activeVersion == 0 ? "nothing is served" : "version " + activeVersion + " stays in use";
    return streak == 1
        ? served + ", the student learns on, and the next publication is tried"
        : text(
            "%d in a row: %s and gets old; lower student.dense.lr or student.table.lr, or go on"
                + " from an earlier savepoint; publish.gate.events: 0 publishes it as it is",
            streak, served);
  }

  /** Versions and updates refused since the start; for any thread. */
  public long refused(Reason reason) {
    return refused.get(reason.ordinal());
  }

  /** Writes the newest events, and the active version with its NE; not its copy. */
  void writeState(DataOutput state) throws IOException {
    events.writeState(state);
    state.writeLong(activeVersion);
    state.writeDouble(activeNe);
    state.writeLong(streak);
  }

  void readState(DataInput in) throws IOException {
    events.readState(in);
    activeVersion = in.readLong();
    activeNe = in.readDouble();
    streak = in.readLong();
    closeActive();
  }

  private void closeActive() {
    if (active != null) {
      active.close();
      active = null;
    }
  }

  @Override
  public void close() {
    closeActive();
  }
}
