package io.millrace.state;

import io.millrace.event.EventTotals;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The three totals, then {@code i32 n} and n reasons with their counts, in order of reason, then
 * the lost events, which versions 1 to 3 lacked. Its version is that of {@link TotalsDelta}.
 */
final class EventTotalsFormat implements RecordFormat<EventTotals> {
  private static final long serialVersionUID = 1L;

  @Override
  public Class<EventTotals> type() {
    return EventTotals.class;
  }

  @Override
  public int version() {
    return 4;
  }

  @Override
  public void write(EventTotals record, DataOutput out) throws IOException {
    out.writeLong(record.trained());
    out.writeLong(record.lateTrained());
    out.writeLong(record.droppedLate());
    out.writeInt(record.rejects().size());
    for (Map.Entry<String, Long> entry : new TreeMap<>(record.rejects()).entrySet()) {
      Texts.write(entry.getKey(), out);
      out.writeLong(entry.getValue());
    }
    out.writeLong(record.lost());
  }

  @Override
  public EventTotals read(int version, DataInput in) throws IOException {
    long trained = in.readLong();
    long lateTrained = in.readLong();
    long droppedLate = in.readLong();
    Map<String, Long> rejects = new TreeMap<>();
    for (int n = in.readInt(); n > 0; n--) {
      rejects.put(Texts.read(in), in.readLong());
    }
    long lost = version > 3 ? in.readLong() : 0;
    return new EventTotals(trained, lateTrained, droppedLate, rejects, lost);
  }
}
