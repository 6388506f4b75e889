package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.StateCopy;
import io.millrace.event.ClickEvent;
import io.millrace.event.Warning;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.spec.GateOptions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Decides whether a student's model may be published. It finds damage, not a slow loss of quality.
 * Models are judged on the newest {@code publish.gate.events} scored events, as soon as there are
 * as many. The <em>active</em> model is a version that has passed.
 *
 * <ol>
 *   <li>All parameters that a server gets are finite, and no field has rows that are all 0.
 *   <li>The model's normalised entropy (NE) on these events is at most {@code max_ne_rise} above
 *       that of the student's predictions before it learned them. This finds damage of this moment.
 *   <li>The NE of these predictions is at most {@code max_ne_rise} above that of the active model's
 *       predictions, on those of the events that came after the active model had passed. This finds
 *       damage by learning.
 *   <li>On these events, the model predicts at most {@code max_calibration} times the clicks that
 *       were observed, and at least one over that; or it is no further off than the active model.
 * </ol>
 *
 * <p>Each comparison is of two models on the same events, so a change in the stream does not
 * matter. In rule 3, no model has learned from the events. Of what rules 3 and 4 measure, {@value
 * #ERRORS} standard errors count as chance. Both begin when a version has passed, and rule 3 a
 * tenth of the events later.
 *
 * <p>The gate holds a copy of the active model if it is not above {@code student.regret_memory_mb}.
 * A version that passes becomes the active one when the one before is as old as the events. Without
 * a copy, as for a large student and after a restart until the active version is replaced, the
 * active model's figures are those of the time when it passed, on other events. The stream may have
 * changed since: they are replaced by the student's figures of now once, for {@value #OUTLIVED}
 * times the events, nothing but them was against a model, and the student still predicts better
 * than the events' click rate alone (an NE below 1). A student that is worse stays refused.
 *
 * <p>What is refused changes nothing in the student. The next version or update is judged anew.
 */
public final class PublishGate implements AutoCloseable {

  /** Standard errors that count as chance. */
  private static final int ERRORS = 3;

  /** Rule 3 needs the number of events divided by this. */
  private static final int LEAST_SHARE = 10;

  /** Figures of the active model are out of date after so many times the events. */
  private static final int OUTLIVED = 3;

  private static final long NEVER = -1;

  /** Why a model is refused. */
  public enum Reason {
    /** Parameters are not finite, or all rows of a field are 0. */
    PARAMETERS,
    /** Too many, or too few, predicted clicks; or predictions that are not numbers. */
    CALIBRATION,
    /** Normalised entropy rises. */
    NE;

    /** As metrics name it, such as {@code calibration}. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What is found wrong.
   *
   * @param then whether it is so against figures of another time alone
   */
  private record Fault(Reason reason, String text, boolean then) {}

  private final StudentTables tables;
  private final GateOptions options;
  private final ClickModel model;
  private final Consumer<Warning> out;
  private final NewestEvents events;
  private final AtomicLongArray refused = new AtomicLongArray(Reason.values().length);
  private ClickModel active;
  private long activeVersion;
  private long activeAt;
  private double activeNe = Double.NaN;
  private double activeChance = Double.NaN;
  private long streak;

  /** Number of events when figures of another time alone began to be against a model. */
  private long againstThenSince = NEVER;

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

  /** Takes an event on time, and what the student has predicted for it. */
  void add(ClickEvent event, float p) {
    if (!off()) {
      events.add(event, p);
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
    if (!accepts(fault(SoundParameters.in(model)), "version " + version, version - 1, time)) {
      return false;
    }
    if (activeVersion == 0 || events.added() - activeAt >= options.events()) {
      activate(version);
    }
    return true;
  }

  /** Whether {@link #passes(long, long)} would return true; nothing is counted or reported. */
  public boolean sound() {
    if (off()) {
      return true;
    }
    Fault fault = fault(SoundParameters.in(model));
    return fault == null || outlived(fault);
  }

  private void activate(long version) {
    activeVersion = version;
    activeAt = events.added();
    measureActive();
    if (SwitchComparison.fits(model, tables.job)) {
      active = active == null ? emptyCopy() : active;
      StateCopy.copy(model, active);
    } else {
      closeActive();
    }
  }

  private void measureActive() {
    if (events.full()) {
      NewestEvents.Score own = events.own(options.events());
      activeNe = ownNe();
      activeChance = chance(own.losses()) / own.entropy();
    }
  }

  private ClickModel emptyCopy() {
    StudentTables own = new StudentTables(tables.job, tables.arm, tables.seed);
    return own.copy(own.create());
  }

  /** Judges an update of the active version that leads to the student's model as it is. */
  public boolean passes(ModelUpdate update) {
    return off()
        || accepts(
            fault(SoundParameters.in(update)),
            "an update of version " + update.header().modelVersion(),
            update.header().modelVersion(),
            update.header().lastEventTime());
  }

  /** The first rule that is broken, or null. */
  private Fault fault(boolean sound) {
    if (!sound) {
      return new Fault(
          Reason.PARAMETERS,
          "has parameters that are not finite, or a field whose rows are all 0",
          false);
    }
    if (!events.full()) {
      return null;
    }
    NewestEvents.Score now = events.of(model, options.events());
    NewestEvents.Score own = events.own(options.events());
    Fault fault = calibration(now);
    fault = fault == null ? damage(now, own) : fault;
    return fault == null && activeVersion > 0 ? learnedDamage(own) : fault;
  }

  private Fault calibration(NewestEvents.Score now) {
    double off = now.miscalibration(ERRORS);
    boolean within = off <= options.maxCalibration();
    if (within || !Double.isNaN(off) && noFurtherOff(off)) {
      return null;
    }
    return new Fault(
        Reason.CALIBRATION,
        text(
            "predicts %.1f clicks on the last %,d events, which have %,d:"
                + " publish.gate.max_calibration is %s",
            now.predicted(), options.events(), now.clicks(), options.maxCalibration()),
        false);
  }

  private boolean noFurtherOff(double off) {
    return activeVersion == 0
        || active != null && off <= events.of(active, options.events()).miscalibration(ERRORS);
  }

  private Fault damage(NewestEvents.Score now, NewestEvents.Score own) {
    double ne = now.mean() / own.entropy();
    double before = own.mean() / own.entropy();
    return ne - before > options.maxNeRise()
        ? neFault(
            false,
            "has an NE of %.4f on the last %,d events, which the student predicted with %.4f before"
                + " it learned them",
            ne,
            options.events(),
            before)
        : null;
  }

  private Fault learnedDamage(NewestEvents.Score own) {
    return active == null ? againstThen(own) : againstActive(own.entropy());
  }

  private Fault againstActive(double entropy) {
    int n = (int) Math.min(options.events(), events.added() - activeAt);
    if (n < Math.max(2, options.events() / LEAST_SHARE)) {
      return null;
    }
    NewestEvents.Score own = events.own(n);
    NewestEvents.Score its = events.of(active, n);
    double rise = own.mean() - its.mean() - chance(differences(own.losses(), its.losses()));
    return rise / entropy > options.maxNeRise()
        ? neFault(
            false,
            "is of a student that has predicted the last %,d events with an NE of %.4f, and version"
                + " %d with %.4f",
            n,
            own.mean() / entropy,
            activeVersion,
            its.mean() / entropy)
        : null;
  }

  /** Without a copy of the active model: against its NE at its time. */
  private Fault againstThen(NewestEvents.Score own) {
    double ne = own.mean() / own.entropy();
    double chance = Math.hypot(chance(own.losses()) / own.entropy(), activeChance);
    return ne - activeNe - chance > options.maxNeRise()
        ? neFault(
            true,
            "is of a student that has predicted the last %,d events with an NE of %.4f, and %.4f"
                + " before version %d",
            options.events(),
            ne,
            activeNe,
            activeVersion)
        : null;
  }

  private Fault neFault(boolean then, String format, Object... values) {
    String rule = ": publish.gate.max_ne_rise is " + options.maxNeRise();
    return new Fault(Reason.NE, text(format, values) + rule, then);
  }

  private static double[] differences(double[] a, double[] b) {
    double[] differences = new double[a.length];
    Arrays.setAll(differences, i -> a[i] - b[i]);
    return differences;
  }

  /** {@value #ERRORS} standard errors of the mean. */
  private static double chance(double[] values) {
    double mean = Arrays.stream(values).sum() / values.length;
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return ERRORS * Math.sqrt(squares) / values.length;
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private boolean accepts(Fault fault, String what, long newest, long time) {
    if (fault == null) {
      return accepted();
    }
    if (outlived(fault)) {
      report(what + " is published, although it " + fault.text() + follows(), time);
      measureActive();
      return accepted();
    }
    againstThenSince =
        !fault.then() ? NEVER : againstThenSince == NEVER ? events.added() : againstThenSince;
    refused.incrementAndGet(fault.reason().ordinal());
    streak++;
    if (Long.bitCount(streak) == 1) {
      report(what + " is not published, as it " + fault.text() + "; " + follows(newest), time);
    }
    return false;
  }

  private boolean accepted() {
    streak = 0;
    againstThenSince = NEVER;
    return true;
  }

  /** Whether a fault says only that figures of another time are out of date. */
  private boolean outlived(Fault fault) {
    return fault.then()
        && againstThenSince != NEVER
        && events.added() - againstThenSince >= (long) OUTLIVED * options.events()
        && ownNe() < 1;
  }

  private double ownNe() {
    NewestEvents.Score own = events.own(options.events());
    return own.mean() / own.entropy();
  }

  private void report(String message, long time) {
    String where = tables.arm.name();
    String text = text("arm %s: %s", where, message);
    out.accept(new Warning(Warning.Kind.PUBLISH_REFUSED, time, tables.seed, where, streak, text));
  }

  private String follows() {
    return text(
        "; nothing else was wrong for %,d events, so the NE of now takes the place of that one",
        events.added() - againstThenSince);
  }

  private String follows(long newest) {
    String served = newest == 0 ? "nothing is served" : "version " + newest + " stays in use";
    return streak == 1
        ? served + "; the student learns on, and its next version is judged anew"
        : text(
            "%,d refusals in a row: %s and gets old; lower student.dense.lr or student.table.lr, or"
                + " go on from a savepoint before; publish.gate.events: 0 publishes it as it is",
            streak, served);
  }

  /** Versions and updates refused since the start, for all reasons; for any thread. */
  public long refused() {
    return Arrays.stream(Reason.values()).mapToLong(this::refused).sum();
  }

  /** The same for one reason. */
  public long refused(Reason reason) {
    return refused.get(reason.ordinal());
  }

  /** Writes the newest events, and the active version with its figures; not its copy. */
  void writeState(DataOutput state) throws IOException {
    events.writeState(state);
    state.writeLong(activeVersion);
    state.writeLong(activeAt);
    state.writeDouble(activeNe);
    state.writeDouble(activeChance);
    state.writeLong(streak);
    state.writeLong(againstThenSince);
  }

  /**
   * Reads what {@link #writeState} wrote.
   *
   * @param withSince false for an earlier version, whose figures were never out of date
   */
  void readState(DataInput in, boolean withSince) throws IOException {
    events.readState(in);
    activeVersion = in.readLong();
    activeAt = in.readLong();
    activeNe = in.readDouble();
    activeChance = in.readDouble();
    streak = in.readLong();
    againstThenSince = withSince ? in.readLong() : NEVER;
    closeActive();
  }

  /**
   * Goes on in the place of another gate, as after a restart.
   *
   * @param moved returns an event as this one's model takes it
   */
  void take(PublishGate former, UnaryOperator<ClickEvent> moved) throws IOException {
    StateCopy.copy(former::writeState, in -> readState(in, true));
    events.move(moved);
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
