package io.millrace.state;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import io.millrace.event.RejectedRecord;
import io.millrace.format.EventValues;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A record of the events topic after decoding: an event, or a reject.
 *
 * @param event null for a reject
 * @param values the event's raw values, if its form has them; null for a reject
 * @param reject null for an event
 */
public record SourceRecord(ClickEvent event, EventValues values, RejectedRecord reject) {

  /** An event. */
  public static SourceRecord of(ClickEvent event, EventValues values) {
    return new SourceRecord(event, values, null);
  }

  /** A reject. */
  public static SourceRecord of(RejectedRecord reject) {
    return new SourceRecord(null, null, reject);
  }

  /** {@code bool} whether it is an event, then event and values, or the reject. */
  public static final class Format implements RecordFormat<SourceRecord> {
    private static final long serialVersionUID = 1L;
    private static final RejectedRecordFormat REJECTS = new RejectedRecordFormat();

    @Override
    public Class<SourceRecord> type() {
      return SourceRecord.class;
    }

    @Override
    public void write(SourceRecord record, DataOutput out) throws IOException {
      out.writeBoolean(record.event != null);
      if (record.event != null) {
        EventBytes.write(record.event, out);
        record.values.write(out);
      } else {
        REJECTS.write(record.reject, out);
      }
    }

    @Override
    public SourceRecord read(int version, DataInput in) throws IOException {
      return in.readBoolean()
          ? of(EventBytes.read(in), EventValues.read(in))
          : of(REJECTS.read(version, in));
    }
  }
}
