package io.millrace.flink.operator;

import io.millrace.event.ClickEvent;
import io.millrace.event.WindowSpec;
import io.millrace.state.CountDelta;
import io.millrace.state.GatedEvent;
import io.millrace.stream.IdCounts;
import it.unimi.dsi.fastutil.longs.Long2LongMap;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Adds up accesses before they cross the network: clicks are skewed, so a few thousand events hold
 * each hot id many times.
 *
 * <p>What it holds leaves before every watermark and every barrier, so it has no state. The first
 * event of a pane is announced to every shard of every field, so that all of them close the same
 * panes.
 */
public final class CombineOperator extends AbstractStreamOperator<CountDelta>
    implements OneInputStreamOperator<GatedEvent, CountDelta> {
  private static final long serialVersionUID = 1L;

  private final WindowSpec windows;
  private final int fields;
  private final int shards;
  private final int maxEntries;
  private transient TreeMap<Long, Long2LongOpenHashMap[]> panes;
  private transient LongOpenHashSet announced;
  private transient int entries;

  /**
   * A combiner that holds nothing.
   *
   * @param shards tables per field
   * @param maxEntries ids held at most, over all fields and panes
   */
  public CombineOperator(
      StreamOperatorParameters<CountDelta> parameters,
      WindowSpec windows,
      int fields,
      int shards,
      int maxEntries) {
    super(parameters);
    this.windows = windows;
    this.fields = fields;
    this.shards = shards;
    this.maxEntries = maxEntries;
  }

  @Override
  public void open() throws Exception {
    super.open();
    panes = new TreeMap<>();
    announced = new LongOpenHashSet();
  }

  @Override
  public void processElement(StreamRecord<GatedEvent> element) {
    if (element.getValue().late()) {
      return;
    }
    ClickEvent event = element.getValue().event();
    long pane = windows.pane(event.eventTime());
    if (announced.add(pane)) {
      announce(pane);
    }
    Long2LongOpenHashMap[] counts = panes.computeIfAbsent(pane, p -> tables());
    for (int f = 0; f < fields; f++) {
      for (int i = event.offsets()[f]; i < event.offsets()[f + 1]; i++) {
        if (counts[f].addTo(event.ids()[i], 1) == 0) {
          entries++;
        }
      }
    }
    if (entries >= maxEntries) {
      flush();
    }
  }

  private Long2LongOpenHashMap[] tables() {
    Long2LongOpenHashMap[] tables = new Long2LongOpenHashMap[fields];
    for (int f = 0; f < fields; f++) {
      tables[f] = new Long2LongOpenHashMap();
    }
    return tables;
  }

  private void announce(long pane) {
    for (int key = 0; key < fields * shards; key++) {
      output.collect(new StreamRecord<>(CountDelta.touch(key, pane)));
    }
  }

  private void flush() {
    for (Map.Entry<Long, Long2LongOpenHashMap[]> pane : panes.entrySet()) {
      for (int f = 0; f < fields; f++) {
        emit(f, pane.getKey(), pane.getValue()[f]);
      }
    }
    panes.clear();
    entries = 0;
  }

  private void emit(int field, long pane, Long2LongOpenHashMap counts) {
    int[] size = new int[shards];
    for (long id : counts.keySet()) {
      size[IdCounts.shard(id, shards)]++;
    }
    CountDelta[] deltas = new CountDelta[shards];
    for (int s = 0; s < shards; s++) {
      if (size[s] > 0) {
        deltas[s] = new CountDelta(field * shards + s, pane, new long[size[s]], new long[size[s]]);
      }
    }
    for (Long2LongMap.Entry entry : counts.long2LongEntrySet()) {
      int s = IdCounts.shard(entry.getLongKey(), shards);
      int at = --size[s];
      deltas[s].ids()[at] = entry.getLongKey();
      deltas[s].counts()[at] = entry.getLongValue();
    }
    for (CountDelta delta : deltas) {
      if (delta != null) {
        output.collect(new StreamRecord<>(delta));
      }
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    flush();
    announced.removeIf((long pane) -> windows.closed(pane, mark.getTimestamp()));
    super.processWatermark(mark);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    flush();
  }

  @Override
  public void finish() throws Exception {
    flush();
    super.finish();
  }
}
