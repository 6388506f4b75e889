package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.spec.JobSpec;
import io.millrace.spec.StudentOptions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares a student with its {@link Shadow}, which keeps the old maps, for the first events after
 * a switch.
 *
 * <p>Where maps are on trial, the shadow is a candidate that takes the new maps, while the student
 * keeps the old ones. At the end of the comparison, the student takes the candidate's model and
 * maps if these did no worse ({@link PairedLosses#noWorse}); else they are dropped.
 *
 * <p>A comparison takes up to {@link StudentOptions#regretEvents} events, but at most a twentieth
 * of those of the window before, rounded up to a batch, and none of the next window. It includes
 * further maps that the student switches to meanwhile. So an arm takes at most a twentieth more
 * time.
 *
 * <p>A trial begins anew when further maps join it. If it has compared fewer than {@value
 * PairedLosses#LEAST} events when the window ends, it goes on in the next one; if it has when its
 * events are over, as they were late, its maps are taken and count as {@link #ungated}.
 */
final class SwitchComparison implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SwitchComparison.class);

  /** A shadow exists for at most the events of the window before, divided by this. */
  private static final int SHADOWED_SHARE = 20;

  private final StudentTables tables;
  private final ClickModel model;
  private final Consumer<SwitchLine> listener;
  private long eventsOfLastPane;
  private final LongAdder dropped = new LongAdder();
  private final LongAdder ungated = new LongAdder();

  /** The copy of the student with other maps, while both are compared; usually null. */
  private Shadow shadow;

  /** Compares nothing yet. */
  SwitchComparison(StudentTables tables, ClickModel model, Consumer<SwitchLine> listener) {
    this.tables = tables;
    this.model = model;
    this.listener = listener;
  }

  /**
   * Copies the student just before its maps change, unless it is compared already or too large.
   *
   * @param live whether the student no longer waits for maps
   * @return a candidate, which takes the new maps instead of the student; null without one
   */
  Shadow begin(MapVersion[] maps, boolean live) {
    boolean trial =
        switch (tables.job.hash().trial()) {
          case ALWAYS -> true;
          case NEVER -> false;
          case LIVE -> live;
        };
    if (shadow == null && mostEvents() > 0 && fits(model, tables.job)) {
      shadow = Shadow.of(model, tables, maps, trial);
    }
    if (shadow != null && shadow.candidate()) {
      return shadow;
    }
    ungated.add(trial ? 1 : 0);
    return null;
  }

  /** Whether a copy of a model is small enough to be held beside it. */
  static boolean fits(ClickModel model, JobSpec job) {
    return model.trainingBytes() <= job.student().regretMemoryMb() * 1_000_000L;
  }

  /** Trials that have ended without the new maps, since the start; for any thread. */
  long dropped() {
    return dropped.sum();
  }

  /**
   * Switches that were to be on trial but could not, or only with too few events, since the start;
   * for any thread.
   */
  long ungated() {
    return ungated.sum();
  }

  /** Events over which a change of maps is compared; 0 for none. */
  private long mostEvents() {
    return Math.min(tables.job.student().regretEvents(), eventsOfLastPane / SHADOWED_SHARE);
  }

  /** Takes an event that the student has taken with the same tag. */
  void add(ClickEvent event, int tag) {
    if (shadow != null) {
      shadow.add(event, tag);
    }
  }

  /** Takes a prediction of the student. */
  void predicted(ClickEvent event, int tag, float p) {
    if (shadow != null) {
      shadow.predicted(event, tag, p);
    }
  }

  /** The student has learned a batch that was not full. */
  void flush() {
    if (shadow != null) {
      shadow.flush();
    }
  }

  /**
   * The student has learned a full batch; a comparison of enough events ends.
   *
   * @param mapVersion newest map of the student
   * @return the maps of a candidate that has taken over; empty if none has
   */
  Optional<MapVersion[]> endBatch(int mapVersion) {
    return shadow != null && shadow.taken() >= mostEvents() ? end(mapVersion) : Optional.empty();
  }

  /**
   * A pane of {@code events} on time has ended, and with it the comparison, unless it is a trial
   * with too few events; returns the same.
   */
  Optional<MapVersion[]> endPane(int mapVersion, long events) {
    eventsOfLastPane = events;
    if (shadow == null) {
      return Optional.empty();
    }
    shadow.flush();
    return shadow.enough() ? end(mapVersion) : Optional.empty();
  }

  private Optional<MapVersion[]> end(int mapVersion) {
    if (shadow.events() > 0) {
      listener.accept(shadow.line(tables.arm.name(), tables.seed, mapVersion));
    }
    boolean accepted = shadow.accepted();
    dropped.add(accepted ? 0 : 1);
    ungated.add(shadow.enough() ? 0 : 1);
    Optional<MapVersion[]> maps =
        shadow.candidate() && accepted ? Optional.of(shadow.takeOver(model)) : Optional.empty();
    shadow.close();
    shadow = null;
    return maps;
  }

  /**
   * Goes on in the place of the comparison of a student that has other columns. A comparison that
   * has begun ends without a result.
   *
   * @return by field of that student the maps that were on trial; empty without a trial
   */
  Optional<MapVersion[]> take(SwitchComparison former) {
    eventsOfLastPane = former.eventsOfLastPane;
    if (former.shadow == null) {
      return Optional.empty();
    }
    boolean trial = former.shadow.candidate();
    LOG.warn(
        "arm {}: {} its columns have changed",
        tables.arm.name(),
        trial
            ? "the trial of its new maps begins anew, as"
            : "what its last switch of maps has cost is not known, as");
    return trial ? Optional.of(former.shadow.maps()) : Optional.empty();
  }

  void writeState(DataOutput out) throws IOException {
    out.writeLong(eventsOfLastPane);
    out.writeBoolean(shadow != null);
    if (shadow != null) {
      shadow.writeState(out);
    }
  }

  /**
   * Reads what {@link #writeState} wrote, see {@link Shadow#read}; a comparison of an arm that has
   * several replicas now ends without a line.
   */
  void readState(DataInput in, boolean candidates, boolean restarts) throws IOException {
    eventsOfLastPane = in.readLong();
    if (in.readBoolean()) {
      shadow = Shadow.read(in, tables, candidates, restarts);
      if (tables.arm.replicas() > 1) {
        close();
        shadow = null;
      }
    }
  }

  @Override
  public void close() {
    if (shadow != null) {
      shadow.close();
    }
  }
}
