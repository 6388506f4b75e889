package io.millrace.stream;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.function.LongConsumer;

/** What a student has to do, in order, once the maps that are due are there. */
final class Backlog {

  /** An event to be learned or, where there is none, a pane to be closed or a watermark. */
  private record Step(ClickEvent event, boolean scored, boolean isPane, long paneOrTime) {}

  private final ArrayDeque<Step> steps = new ArrayDeque<>();

  boolean isEmpty() {
    return steps.isEmpty();
  }

  int size() {
    return steps.size();
  }

  void add(ClickEvent event, boolean scored) {
    steps.add(new Step(event, scored, false, 0));
  }

  void addPane(long pane) {
    steps.add(new Step(null, false, true, pane));
  }

  void addWatermark(long watermark) {
    steps.add(new Step(null, false, false, watermark));
  }

  /** Hands on the first step. */
  void next(PaneBuffer.Trainer trainer, LongConsumer watermarks) {
    Step step = steps.remove();
    if (step.event != null) {
      trainer.learn(step.event, step.scored);
    } else if (step.isPane) {
      trainer.closePane(step.paneOrTime);
    } else {
      watermarks.accept(step.paneOrTime);
    }
  }

  /** Writes the steps. */
  void writeState(DataOutput out) throws IOException {
    out.writeInt(steps.size());
    for (Step step : steps) {
      out.writeBoolean(step.event != null);
      if (step.event == null) {
        out.writeBoolean(step.isPane);
        out.writeLong(step.paneOrTime);
      } else {
        out.writeBoolean(step.scored);
        EventBytes.write(step.event, out);
      }
    }
  }

  /** Reads what {@link #writeState} wrote. */
  void readState(DataInput in, boolean withWatermarks) throws IOException {
    steps.clear();
    for (int n = in.readInt(); n > 0; n--) {
      if (in.readBoolean()) {
        boolean scored = in.readBoolean();
        add(EventBytes.read(in), scored);
      } else {
        boolean isPane = !withWatermarks || in.readBoolean();
        steps.add(new Step(null, false, isPane, in.readLong()));
      }
    }
  }
}
