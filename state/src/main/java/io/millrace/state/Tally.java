package io.millrace.state;

import io.millrace.event.EventTotals;
import io.millrace.event.RejectedRecord;
import io.millrace.format.HotValues;
import io.millrace.watch.DenseTally;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an operator has to add to the facts of a run since it last did: differences, which are added
 * up in one place.
 *
 * @param events what became of records
 * @param nanos CPU time by part of the job, ns
 * @param rejects the first records that are not events, without their bytes
 * @param values raw values seen, field by field; empty if the operator sees none
 * @param dense what dense columns look like, by pane; empty if the operator does not look at them
 */
public record Tally(
    EventTotals events,
    Map<String, Long> nanos,
    List<RejectedRecord> rejects,
    List<HotValues.Counted> values,
    Map<Long, DenseTally> dense) {

  public Tally {
    nanos = Map.copyOf(nanos);
    rejects = List.copyOf(rejects);
    values = List.copyOf(values);
    dense = Map.copyOf(dense);
  }

  /** CPU time of one part. */
  public static Tally spent(String part, long nanos) {
    return new Tally(EventTotals.none(), Map.of(part, nanos), List.of(), List.of(), Map.of());
  }

  /** Events, times, rejects, values and dense columns, in this order; version 1 lacked the last. */
  public static final class Format implements RecordFormat<Tally> {
    private static final long serialVersionUID = 1L;
    private static final EventTotalsFormat EVENTS = new EventTotalsFormat();
    private static final RejectedRecordFormat REJECTS = new RejectedRecordFormat();

    @Override
    public Class<Tally> type() {
      return Tally.class;
    }

    @Override
    public int version() {
      return 2;
    }

    @Override
    public void write(Tally record, DataOutput out) throws IOException {
      EVENTS.write(record.events, out);
      out.writeInt(record.nanos.size());
      for (Map.Entry<String, Long> part : new TreeMap<>(record.nanos).entrySet()) {
        Texts.write(part.getKey(), out);
        out.writeLong(part.getValue());
      }
      out.writeInt(record.rejects.size());
      for (RejectedRecord reject : record.rejects) {
        REJECTS.write(reject, out);
      }
      out.writeInt(record.values.size());
      for (HotValues.Counted field : record.values) {
        field.write(out);
      }
      out.writeInt(record.dense.size());
      for (Map.Entry<Long, DenseTally> pane : new TreeMap<>(record.dense).entrySet()) {
        out.writeLong(pane.getKey());
        pane.getValue().write(out);
      }
    }

    @Override
    public Tally read(int version, DataInput in) throws IOException {
      EventTotals events = EVENTS.read(version, in);
      Map<String, Long> nanos = new TreeMap<>();
      for (int n = in.readInt(); n > 0; n--) {
        nanos.put(Texts.read(in), in.readLong());
      }
      List<RejectedRecord> rejects = new ArrayList<>();
      for (int n = in.readInt(); n > 0; n--) {
        rejects.add(REJECTS.read(version, in));
      }
      List<HotValues.Counted> values = new ArrayList<>();
      for (int n = in.readInt(); n > 0; n--) {
        values.add(HotValues.Counted.read(in));
      }
      Map<Long, DenseTally> dense = new TreeMap<>();
      for (int n = version > 1 ? in.readInt() : 0; n > 0; n--) {
        dense.put(in.readLong(), DenseTally.read(in));
      }
      return new Tally(events, nanos, rejects, values, dense);
    }
  }
}
