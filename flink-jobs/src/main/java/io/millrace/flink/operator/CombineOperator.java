package io.millrace.flink.operator;

import io.millrace.counts.IdCounts;
import io.millrace.counts.IdTally;
import io.millrace.event.ClickEvent;
import io.millrace.runs.StageClock;
import io.millrace.state.CountDelta;
import io.millrace.state.GatedEvent;
import io.millrace.state.WatchPiece;
import io.millrace.stream.StageTimer;
import io.millrace.time.SubWindows;
import io.millrace.watch.TrafficTally;
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
 * Adds up accesses and clicks before they cross the network: clicks are skewed, so a few thousand
 * events hold each hot id many times.
 *
 * <p>What it holds leaves before every barrier, so it has no state; counts leave before a watermark
 * that ends a pane, or a part of one at whose end maps may be built, tallies of sub-windows before
 * each, as a side output for the {@link WatchOperator}. The first event of such a part is announced
 * to every shard of every field, and that its pane will end, so that all of them close the same
 * ones. Events are taken in batches, so that the clock is read once for many.
 */
public final class CombineOperator extends AbstractStreamOperator<CountDelta>
    implements OneInputStreamOperator<GatedEvent, CountDelta> {
  private static final long serialVersionUID = 1L;

  private static final int BATCH = 128;

  private final SubWindows parts;
  private final SubWindows mapParts;
  private final int fields;
  private final int shards;
  private final int maxEntries;
  private transient List<ClickEvent> batch;
  private transient TreeMap<Long, IdTally[]> counts;
  private transient IdTally[] spare;
  private transient LongOpenHashSet announced;
  private transient int entries;
  private transient long openPart;
  private transient TrafficTally traffic;
  private transient StageClock clock;

  /**
   * A combiner that holds nothing.
   *
   * @param parts in which traffic is tallied
   * @param mapParts in which ids are counted
   * @param shards tables per field
   * @param maxEntries ids held at most, over all fields and panes
   */
  public CombineOperator(
      StreamOperatorParameters<CountDelta> parameters,
      SubWindows parts,
      SubWindows mapParts,
      int fields,
      int shards,
      int maxEntries) {
    super(parameters);
    this.parts = parts;
    this.mapParts = mapParts;
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
    openPart = Long.MIN_VALUE;
    traffic = new TrafficTally(parts, fields);
    clock = new StageClock();
  }

  @Override
  public void processElement(StreamRecord<GatedEvent> element) {
    if (element.getValue().late()) {
      return;
    }
    ClickEvent event = element.getValue().event();
    long part = mapParts.of(event.eventTime(), openPart);
    if (announced.add(part)) {
      announce(part);
      long last = mapParts.lastOf(mapParts.pane(part));
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
    IdTally[] tables =
        counts.computeIfAbsent(mapParts.of(event.eventTime(), openPart), p -> tables());
    for (int f = 0; f < fields; f++) {
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

  private IdTally[] tables() {
    IdTally[] tables = spare;
    if (tables != null) {
      spare = null;
      return tables;
    }
    tables = new IdTally[fields];
    for (int f = 0; f < fields; f++) {
      tables[f] = new IdTally();
    }
    return tables;
  }

  private void announce(long part) {
    for (int key = 0; key < fields * shards; key++) {
      output.collect(new StreamRecord<>(CountDelta.touch(key, part)));
    }
  }

  /**
   * Takes the rest of the batch, and lets everything go.
   *
   * @param all whether the counts go too: no one waits for those of a part that stays open
   */
  private void flush(boolean all) {
    clock.start();
    addBatch();
    if (all) {
      emit();
    }
    traffic.drain(part -> WatchOperator.send(output, WatchPiece.of(part)));
    clock.stop();
    Tallies.spent(output, StageTimer.COUNTS, clock.take());
  }

  private void emit() {
    for (Map.Entry<Long, IdTally[]> part : counts.entrySet()) {
      for (int f = 0; f < fields; f++) {
        emit(f, part.getKey(), part.getValue()[f]);
        part.getValue()[f].clear();
      }
      spare = part.getValue();
    }
    counts.clear();
    entries = 0;
  }

  private void emit(int field, long part, IdTally tally) {
    int[] size = new int[shards];
    tally.forEach((id, n, clicks) -> size[IdCounts.shard(id, shards)]++);
    CountDelta[] deltas = new CountDelta[shards];
    for (int s = 0; s < shards; s++) {
      if (size[s] > 0) {
        deltas[s] = CountDelta.ofSize(field * shards + s, part, size[s]);
      }
    }
    tally.forEach(
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
    int open = announced.size();
    long complete = mapParts.lastClosed(mark.getTimestamp());
    announced.removeIf((long part) -> part <= complete);
    flush(announced.size() < open);
    openPart = complete + 1;
    super.processWatermark(mark);
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
