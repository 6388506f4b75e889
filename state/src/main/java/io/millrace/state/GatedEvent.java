package io.millrace.state;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * An event that has passed the gate.
 *
 * @param late whether its pane had already closed; late events are trained on but not counted
 */
public record GatedEvent(ClickEvent event, boolean late) {

  /** Late flag, then the event as {@link EventBytes} draws it. */
  public static final class Format implements RecordFormat<GatedEvent> {
    private static final long serialVersionUID = 1L;

    @Override
    public Class<GatedEvent> type() {
      return GatedEvent.class;
    }

    @Override
    public void write(GatedEvent record, DataOutput out) throws IOException {
      out.writeBoolean(record.late);
      EventBytes.write(record.event, out);
    }

    @Override
    public GatedEvent read(int version, DataInput in) throws IOException {
      boolean late = in.readBoolean();
      return new GatedEvent(EventBytes.read(in), late);
    }
  }
}
