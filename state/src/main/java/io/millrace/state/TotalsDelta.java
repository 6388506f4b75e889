package io.millrace.state;

import io.millrace.event.EventTotals;
import io.millrace.event.RejectedRecord;
import io.millrace.values.HotValues;
import io.millrace.watch.DenseSummary;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an operator adds to the totals of a run since its last record of this kind; the totals
 * operator adds up all of them.
 *
 * @param events numbers of records by what happened to them
 * @param nanos CPU time by stage, ns
 * @param rejects the first records that are not events, without their bytes
 * @param values counted raw values, field by field; empty if the operator counts none
 * @param dense summaries of the dense columns, by pane; empty if the operator makes none
 */
public record TotalsDelta(
    EventTotals events,
    Map<String, Long> nanos,
    List<RejectedRecord> rejects,
    List<HotValues.Counted> values,
    Map<Long, DenseSummary> dense) {

  public TotalsDelta {
    nanos = Map.copyOf(nanos);
    rejects = List.copyOf(rejects);
    values = List.copyOf(values);
    dense = Map.copyOf(dense);
  }

  /** CPU time of one stage. */
  public static TotalsDelta spent(String stage, long nanos) {
    return new TotalsDelta(
        EventTotals.none(), Map.of(stage, nanos), List.of(), List.of(), Map.of());
  }

  /**
   * Events, times, rejects, values and dense columns, in this order. Version 1 lacked the last,
   * versions 1 and 2 the errors of values, versions 1 to 3 lost events.
   */
  public static final class Format implements RecordFormat<TotalsDelta> {
    private static final long serialVersionUID = 1L;
    private static final EventTotalsFormat EVENTS = new EventTotalsFormat();
    private static final RejectedRecordFormat REJECTS = new RejectedRecordFormat();

    @Override
    public Class<TotalsDelta> type() {
      return TotalsDelta.class;
    }

    @Override
    public int version() {
      return EVENTS.version();
    }

    @Override
    public void write(TotalsDelta record, DataOutput out) throws IOException {
      EVENTS.write(record.events, out);
      out.writeInt(record.nanos.size());
      for (Map.Entry<String, Long> stage : new TreeMap<>(record.nanos).entrySet()) {
        Texts.write(stage.getKey(), out);
        out.writeLong(stage.getValue());
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
      for (Map.Entry<Long, DenseSummary> pane : new TreeMap<>(record.dense).entrySet()) {
        out.writeLong(pane.getKey());
        pane.getValue().write(out);
      }
    }

    @Override
    public TotalsDelta read(int version, DataInput in) throws IOException {
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
        values.add(
            version > 2 ? HotValues.Counted.read(in) : HotValues.Counted.readWithoutErrors(in));
      }
      Map<Long, DenseSummary> dense = new TreeMap<>();
      for (int n = version > 1 ? in.readInt() : 0; n > 0; n--) {
        dense.put(in.readLong(), DenseSummary.read(in));
      }
      return new TotalsDelta(events, nanos, rejects, values, dense);
    }
  }
}
