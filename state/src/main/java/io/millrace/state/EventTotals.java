package io.millrace.state;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of the records that were read: {@code read = trained + rejected + droppedLate}.
 *
 * @param trained events trained on, late ones included
 * @param lateTrained the late ones among them
 * @param droppedLate late events dropped
 * @param rejects records that are not events, by reason
 */
public record EventTotals(
    long trained, long lateTrained, long droppedLate, Map<String, Long> rejects) {

  public EventTotals {
    rejects = Map.copyOf(rejects);
  }

  /** Nothing read. */
  public static EventTotals none() {
    return new EventTotals(0, 0, 0, Map.of());
  }

  /** Records read. */
  public long read() {
    return trained + rejected() + droppedLate;
  }

  /** Records that are not events. */
  public long rejected() {
    return rejects.values().stream().mapToLong(Long::longValue).sum();
  }

  /** These and others. */
  public EventTotals plus(EventTotals other) {
    Map<String, Long> sum = new TreeMap<>(rejects);
    other.rejects.forEach((reason, n) -> sum.merge(reason, n, Long::sum));
    return new EventTotals(
        trained + other.trained,
        lateTrained + other.lateTrained,
        droppedLate + other.droppedLate,
        sum);
  }

  /** The three totals, then {@code i32 n} and n reasons with their counts, in order of reason. */
  public static final class Format implements RecordFormat<EventTotals> {
    private static final long serialVersionUID = 1L;

    @Override
    public Class<EventTotals> type() {
      return EventTotals.class;
    }

    @Override
    public void write(EventTotals record, DataOutput out) throws IOException {
      out.writeLong(record.trained);
      out.writeLong(record.lateTrained);
      out.writeLong(record.droppedLate);
      out.writeInt(record.rejects.size());
      for (Map.Entry<String, Long> entry : new TreeMap<>(record.rejects).entrySet()) {
        Texts.write(entry.getKey(), out);
        out.writeLong(entry.getValue());
      }
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
      return new EventTotals(trained, lateTrained, droppedLate, rejects);
    }
  }
}
