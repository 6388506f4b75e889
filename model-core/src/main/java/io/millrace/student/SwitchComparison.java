package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.spec.StudentOptions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Compares a student with its {@link Shadow}, which keeps the old maps, for the first events after
 * a switch.
 *
 * <p>A comparison takes up to {@link StudentOptions#regretEvents} events, but at most a twentieth
 * of those of the window before, rounded up to a batch, and none of the next window. It includes
 * further maps that the student switches to meanwhile. So an arm takes at most a twentieth more
 * time.
 */
final class SwitchComparison implements AutoCloseable {

  /** A shadow exists for at most the events of the window before, divided by this. */
  private static final int SHADOWED_SHARE = 20;

  private final StudentTables tables;
  private final ClickModel model;
  private final Consumer<SwitchLine> listener;
  private long eventsOfLastPane;

  /** The student with its old maps, while both are compared; usually null. */
  private Shadow shadow;

  /** Compares nothing yet. */
  SwitchComparison(StudentTables tables, ClickModel model, Consumer<SwitchLine> listener) {
    this.tables = tables;
    this.model = model;
    this.listener = listener;
  }

  /** Copies the student just before its maps change, unless it is compared already or too large. */
  void begin(MapVersion[] maps) {
    boolean fits = model.trainingBytes() <= tables.job.student().regretMemoryMb() * 1_000_000L;
    if (shadow == null && mostEvents() > 0 && fits) {
      shadow = Shadow.of(model, tables, maps);
    }
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

  /** The student has learned a full batch; a comparison of enough events ends. */
  void endBatch(int mapVersion) {
    if (shadow != null && shadow.taken() >= mostEvents()) {
      end(mapVersion);
    }
  }

  /** A pane of {@code events} on time has ended, and with it the comparison. */
  void endPane(int mapVersion, long events) {
    if (shadow != null) {
      shadow.flush();
      end(mapVersion);
    }
    eventsOfLastPane = events;
  }

  private void end(int mapVersion) {
    if (shadow.events() > 0) {
      listener.accept(shadow.line(tables.arm.name(), tables.seed, mapVersion));
    }
    shadow.close();
    shadow = null;
  }

  void writeState(DataOutput out) throws IOException {
    out.writeLong(eventsOfLastPane);
    out.writeBoolean(shadow != null);
    if (shadow != null) {
      shadow.writeState(out);
    }
  }

  void readState(DataInput in) throws IOException {
    eventsOfLastPane = in.readLong();
    if (in.readBoolean()) {
      shadow = Shadow.read(in, tables);
    }
  }

  @Override
  public void close() {
    if (shadow != null) {
      shadow.close();
    }
  }
}
