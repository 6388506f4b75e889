package io.millrace.time;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.function.LongConsumer;

/** What a student or teacher has to do, in order, once what it waits for is there. */
public final class Backlog {

  /** An event to be learned or, where there is none, a part to be closed or a watermark. */
  private record Step(ClickEvent event, boolean scored, boolean isPart, long partOrTime) {}

  private final ArrayDeque<Step> steps = new ArrayDeque<>();

  public boolean isEmpty() {
    return steps.isEmpty();
  }

  public int size() {
    return steps.size();
  }

  public void add(ClickEvent event, boolean scored) {
    steps.add(new Step(event, scored, false, 0));
  }

  public void addPart(long part) {
    steps.add(new Step(null, false, true, part));
  }

  public void addWatermark(long watermark) {
    steps.add(new Step(null, false, false, watermark));
  }

  /** The part that is to be closed next; null if something else is. */
  public Long nextPart() {
    Step step = steps.peek();
    return step != null && step.isPart ? step.partOrTime : null;
  }

  /** The first part that is yet to be closed; {@link Long#MAX_VALUE} if there is none. */
  public long firstPart() {
    return steps.stream()
        .filter(Step::isPart)
        .mapToLong(Step::partOrTime)
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }

  /** Hands on the first step. */
  public void next(PaneBuffer.Trainer trainer, LongConsumer watermarks) {
    Step step = steps.remove();
    if (step.event != null) {
      trainer.learn(step.event, step.scored);
    } else if (step.isPart) {
      trainer.closeSubWindow(step.partOrTime);
    } else {
      watermarks.accept(step.partOrTime);
    }
  }

  /** Writes the steps. */
  public void writeState(DataOutput out) throws IOException {
    out.writeInt(steps.size());
    for (Step step : steps) {
      out.writeBoolean(step.event != null);
      if (step.event == null) {
        out.writeBoolean(step.isPart);
        out.writeLong(step.partOrTime);
      } else {
        out.writeBoolean(step.scored);
        EventBytes.write(step.event, out);
      }
    }
  }

  /** Reads what {@link #writeState} wrote. */
  public void readState(DataInput in, boolean withWatermarks) throws IOException {
    steps.clear();
    for (int n = in.readInt(); n > 0; n--) {
      if (in.readBoolean()) {
        boolean scored = in.readBoolean();
        add(EventBytes.read(in), scored);
      } else {
        boolean isPart = !withWatermarks || in.readBoolean();
        steps.add(new Step(null, false, isPart, in.readLong()));
      }
    }
  }
}
