package io.millrace.flink.operator;

import io.millrace.counts.AccessCounts;
import io.millrace.counts.IdCounts;
import io.millrace.event.ClickEvent;
import io.millrace.runs.StageClock;
import io.millrace.state.CountDelta;
import io.millrace.state.GatedEvent;
import io.millrace.state.WatchPiece;
import io.millrace.stream.StageTimer;
import io.millrace.time.MapGrid;
import io.millrace.time.SubWindowEntry;
import io.millrace.time.WatchGrid;
import io.millrace.watch.TrafficCounter;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Sums accesses and clicks by id before they cross the network. Ids are skewed, so a few thousand
 * events hold each hot id many times.
 *
 * <p>It emits all it holds before every barrier, so it has no state. It emits id counts before a
 * watermark that closes a sub-window of the maps' grid, and traffic before one that closes a
 * sub-window, as a side output for the {@link WatchOperator}. At the first event of a sub-window it
 * sends an empty delta to every shard of every field, for that sub-window and for the last one of
 * its pane, so that all shards close the same sub-windows. It adds events in batches, to read the
 * clock less often.
 */
public final class CombineOperator extends AbstractStreamOperator<CountDelta>
    implements OneInputStreamOperator<GatedEvent, CountDelta> {
  private static final long serialVersionUID = 1L;

  private static final int BATCH = 128;

  private final WatchGrid watchGrid;
  private final MapGrid mapGrid;
  private final List<Integer> fields;
  private final int shards;
  private final int maxEntries;
  private transient List<ClickEvent> batch;
  private transient TreeMap<Long, AccessCounts[]> counts;
  private transient AccessCounts[] spare;
  private transient LongOpenHashSet announced;
  private transient int entries;
  private transient long openSubWindow;
  private transient SubWindowEntry entry;
  private transient TrafficCounter traffic;
  private transient StageClock clock;

  /**
   * A combiner that holds nothing.
   *
   * @param watchGrid sub-windows in which traffic is counted
   * @param mapGrid sub-windows in which ids are counted
   * @param fields the number of each field, by which its shards are keyed
   * @param shards tables per field
   * @param maxEntries ids held at most, over all fields and panes
   */
  public CombineOperator(
      StreamOperatorParameters<CountDelta> parameters,
      WatchGrid watchGrid,
      MapGrid mapGrid,
      List<Integer> fields,
      int shards,
      int maxEntries) {
    super(parameters);
    this.watchGrid = watchGrid;
    this.mapGrid = mapGrid;
    this.fields = fields;
    this.shards = shards;
    this.maxEntries = maxEntries;
  }

  @Override
  public void open() throws Exception {
    super.open();
    batch = new ArrayList<>(BATCH);
    counts = new TreeMap<>();
    announced = new LongOpenHashSet();
    openSubWindow = Long.MIN_VALUE;
    entry = new SubWindowEntry(watchGrid);
    traffic = new TrafficCounter(watchGrid, fields.size());
    clock = new StageClock();
  }

  @Override
  public void processElement(StreamRecord<GatedEvent> element) {
    if (element.getValue().late()) {
      return;
    }
    ClickEvent event = element.getValue().event();
    long subWindow = mapGrid.of(event.eventTime(), openSubWindow);
    if (announced.add(subWindow)) {
      announce(subWindow);
      long last = mapGrid.lastOf(mapGrid.pane(subWindow));
      if (announced.add(last)) {
        announce(last);
      }
    }
    batch.add(event);
    if (batch.size() == BATCH) {
      clock.start();
      addBatch();
      clock.stop();
    }
  }

  private void addBatch() {
    batch.forEach(this::add);
    batch.clear();
  }

  private void add(ClickEvent event) {
    traffic.add(event);
    int clicks = event.clicked() ? 1 : 0;
    AccessCounts[] tables =
        counts.computeIfAbsent(mapGrid.of(event.eventTime(), openSubWindow), p -> tables());
    for (int f = 0; f < fields.size(); f++) {
      for (int i = event.offsets()[f]; i < event.offsets()[f + 1]; i++) {
        if (tables[f].add(event.ids()[i], 1, clicks)) {
          entries++;
        }
      }
    }
    if (entries >= maxEntries) {
      emit();
    }
  }

  private AccessCounts[] tables() {
    AccessCounts[] tables = spare;
    if (tables != null) {
      spare = null;
      return tables;
    }
    tables = new AccessCounts[fields.size()];
    for (int f = 0; f < fields.size(); f++) {
      tables[f] = new AccessCounts();
    }
    return tables;
  }

  private void announce(long subWindow) {
    for (int field : fields) {
      for (int s = 0; s < shards; s++) {
        output.collect(new StreamRecord<>(CountDelta.touch(field * shards + s, subWindow)));
      }
    }
  }

  /**
   * Adds the rest of the batch, and emits traffic.
   *
   * @param all whether to emit the id counts too; nothing waits for those of open sub-windows
   */
  private void flush(boolean all) {
    clock.start();
    addBatch();
    if (all) {
      emit();
    }
    traffic.drain(counted -> WatchOperator.emit(output, WatchPiece.of(counted)));
    clock.stop();
    TotalsOutput.spent(output, StageTimer.COUNTS, clock.take());
  }

  private void emit() {
    for (Map.Entry<Long, AccessCounts[]> subWindow : counts.entrySet()) {
      for (int f = 0; f < fields.size(); f++) {
        emit(fields.get(f), subWindow.getKey(), subWindow.getValue()[f]);
        subWindow.getValue()[f].clear();
      }
      spare = subWindow.getValue();
    }
    counts.clear();
    entries = 0;
  }

  private void emit(int field, long subWindow, AccessCounts accesses) {
    int[] size = new int[shards];
    accesses.forEach((id, n, clicks) -> size[IdCounts.shard(id, shards)]++);
    CountDelta[] deltas = new CountDelta[shards];
    for (int s = 0; s < shards; s++) {
      if (size[s] > 0) {
        deltas[s] = CountDelta.ofSize(field * shards + s, subWindow, size[s]);
      }
    }
    accesses.forEach(
        (id, n, clicks) -> {
          int s = IdCounts.shard(id, shards);
          int at = --size[s];
          deltas[s].ids()[at] = id;
          deltas[s].counts()[at] = n;
          deltas[s].clicks()[at] = clicks;
        });
    for (CountDelta delta : deltas) {
      if (delta != null) {
        output.collect(new StreamRecord<>(delta));
      }
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    if (entry.enters(mark.getTimestamp())) {
      closeSubWindow(mark);
    }
    super.processWatermark(mark);
  }

  private void closeSubWindow(Watermark mark) {
    int open = announced.size();
    long complete = mapGrid.lastClosed(mark.getTimestamp());
    announced.removeIf((long subWindow) -> subWindow <= complete);
    flush(announced.size() < open);
    openSubWindow = complete + 1;
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    flush(true);
  }

  @Override
  public void finish() throws Exception {
    flush(true);
    super.finish();
  }
}
