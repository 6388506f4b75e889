package io.millrace.flink.operator;

import io.millrace.counts.CountRules;
import io.millrace.counts.CountTable;
import io.millrace.counts.PageCache;
import io.millrace.counts.PagedCounts;
import io.millrace.runs.JobMetric;
import io.millrace.runs.StageClock;
import io.millrace.spec.CountOptions;
import io.millrace.state.CountDelta;
import io.millrace.state.MapPiece;
import io.millrace.state.ShardPages;
import io.millrace.state.ShardState;
import io.millrace.stream.StageTimer;
import io.millrace.time.MapGrid;
import it.unimi.dsi.fastutil.ints.Int2ObjectMap;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Id counts, keyed by shard.
 *
 * <p>Each shard's table consists of pages. As many pages as a bound in bytes allows are on the
 * heap. Pages that have changed are written to keyed state when they are evicted, and at
 * checkpoints. So an access needs no look-up in the state backend, and yet the parallelism can
 * change, as a shard is a key. A timer at the end of each pane that had events closes it and emits
 * the counts; timers at ends of sub-windows do the same if maps are built there. Until the decision
 * about that is known, watermarks are held back. Counting continues: accesses are counted by
 * sub-window.
 */
public final class CountOperator extends AbstractStreamOperator<MapPiece>
    implements OneInputStreamOperator<CountDelta, MapPiece>, Triggerable<Integer, VoidNamespace> {
  private static final long serialVersionUID = 1L;

  private final RefreshDecisions.Source source;
  private final MapGrid grid;
  private final List<Integer> dropped;
  private final CountOptions options;
  private final long maxPageBytes;
  private final transient MailboxExecutor mailbox;
  private transient RefreshDecisions refreshes;
  private transient long newestMark;
  private transient long passedMark;
  private transient PageCache cache;
  private transient Int2ObjectMap<ShardState> shards;
  private transient ValueState<byte[]> stored;
  private transient InternalTimerService<VoidNamespace> timers;
  private transient Counter afterClose;
  private transient StageClock clock;

  /**
   * Empty counts.
   *
   * @param source where decisions about maps come from
   * @param dropped numbers of former columns, whose counts in restored state are removed
   * @param maxPageBytes bound on the heap that pages take
   */
  public CountOperator(
      StreamOperatorParameters<MapPiece> parameters,
      RefreshDecisions.Source source,
      List<Integer> dropped,
      CountOptions options,
      long maxPageBytes) {
    super(parameters);
    this.source = source;
    this.grid = source.grid();
    this.dropped = dropped;
    this.options = options;
    this.maxPageBytes = maxPageBytes;
    this.mailbox = parameters.getMailboxExecutor();
  }

  @Override
  public void open() throws Exception {
    super.open();
    shards = new Int2ObjectOpenHashMap<>();
    cache = new PageCache(new ShardPages(getKeyedStateBackend()), maxPageBytes);
    stored =
        getPartitionedState(
            new ValueStateDescriptor<>("counts", BytePrimitiveArraySerializer.INSTANCE));
    timers = getInternalTimerService("panes", VoidNamespaceSerializer.INSTANCE, this);
    afterClose = getMetricGroup().counter(JobMetric.ACCESSES_AFTER_CLOSE_TOTAL.key());
    gauges().forEach((metric, gauge) -> getMetricGroup().gauge(metric.key(), gauge::getAsLong));
    newestMark = Long.MIN_VALUE;
    passedMark = Long.MIN_VALUE;
    String name = "counts-" + getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    refreshes = new RefreshDecisions(source, name, new Resumer(mailbox, name, this::pass));
    removeDropped();
    clock = new StageClock();
    clock.start();
  }

  private void removeDropped() throws Exception {
    for (int number : dropped) {
      for (int s = 0; s < options.shards(); s++) {
        remove(number * options.shards() + s);
      }
    }
  }

  private void remove(int key) throws Exception {
    if (Restore.isOwn(key, getRuntimeContext().getTaskInfo())) {
      setCurrentKey(key);
      shard(key).remove();
      shards.remove(key);
      stored.clear();
    }
  }

  /** The metrics of the task's state. */
  Map<JobMetric, LongSupplier> gauges() {
    return Map.of(
        JobMetric.SHARDS, () -> shards.size(),
        JobMetric.IDS, () -> sum(PagedCounts::size),
        JobMetric.PANE_IDS, () -> sum(PagedCounts::accessed),
        JobMetric.PAGES, () -> cache.pages(),
        JobMetric.PAGES_HELD, () -> cache.pagesHeld(),
        JobMetric.PAGES_DIRTY, () -> cache.dirtyPages(),
        JobMetric.PAGES_HELD_BYTES, () -> cache.bytes(),
        JobMetric.PAGE_EVICTIONS_TOTAL, () -> cache.evictions(),
        JobMetric.PAGE_READS_TOTAL, () -> cache.reads(),
        JobMetric.PAGE_WRITES_TOTAL, () -> cache.writes());
  }

  private long sum(ToLongFunction<PagedCounts> number) {
    return shards.values().stream().mapToLong(s -> number.applyAsLong(s.counts())).sum();
  }

  @Override
  public void processElement(StreamRecord<CountDelta> element) throws Exception {
    CountDelta delta = element.getValue();
    ShardState shard = shard(delta.shard());
    if (!shard.add(delta)) {
      afterClose.inc(delta.ids().length);
    } else if (delta.subWindow() > shard.lastClosed()) {
      setCurrentKey(delta.shard()); // pages of other shards may have been evicted
      timers.registerEventTimeTimer(VoidNamespace.INSTANCE, grid.end(delta.subWindow()) - 1);
    }
  }

  /** The shard of the current key, read from state the first time. */
  private ShardState shard(int key) throws Exception {
    ShardState shard = shards.get(key);
    if (shard == null) {
      CountRules rules = CountRules.of(options, grid);
      shard = new ShardState(rules, key, cache);
      byte[] bytes = stored.value();
      if (bytes != null) {
        shard.read(bytes);
      }
      shards.put(key, shard);
    }
    return shard;
  }

  @Override
  public void onEventTime(InternalTimer<Integer, VoidNamespace> timer) throws Exception {
    int key = timer.getKey();
    if (dropped.contains(key / options.shards())) {
      return;
    }
    long subWindow = grid.of(timer.getTimestamp());
    ShardState shard = shard(key);
    boolean builds = refreshes.builds(shard.lastClosed(), subWindow);
    shard.closeSubWindow(subWindow);
    if (grid.endsPane(subWindow)) {
      send(timer, subWindow, builds, shard.closePane(grid.pane(subWindow)));
    } else if (builds) {
      send(timer, subWindow, true, shard.tableAt(subWindow));
    }
  }

  private void send(
      InternalTimer<Integer, VoidNamespace> timer,
      long subWindow,
      boolean builds,
      CountTable table) {
    int field = timer.getKey() / options.shards();
    output.collect(
        new StreamRecord<>(MapPiece.of(field, subWindow, builds, table), timer.getTimestamp()));
  }

  @Override
  public void onProcessingTime(InternalTimer<Integer, VoidNamespace> timer) {
    throw new IllegalStateException("counts use no timers of processing time");
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    newestMark = mark.getTimestamp();
    pass();
  }

  /** Emits the newest watermark, or the one up to which decisions about maps are known. */
  private void pass() {
    boolean all = refreshes.decided(grid.lastClosed(newestMark));
    long mark = all ? newestMark : refreshes.until();
    if (mark > passedMark) {
      passedMark = mark;
      try {
        super.processWatermark(new Watermark(mark));
      } catch (Exception e) {
        throw new IllegalStateException("counts cannot emit watermark " + mark, e);
      }
      TotalsOutput.spent(output, StageTimer.COUNTS, clock.lap());
    }
  }

  @Override
  public void finish() throws Exception {
    while (passedMark < newestMark) {
      mailbox.yield();
    }
    super.finish();
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (refreshes != null) {
      refreshes.close();
    }
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    TotalsOutput.spent(output, StageTimer.COUNTS, clock.lap());
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    cache.flush();
    for (Int2ObjectMap.Entry<ShardState> entry : shards.int2ObjectEntrySet()) {
      if (entry.getValue().dirty()) {
        setCurrentKey(entry.getIntKey());
        stored.update(entry.getValue().write());
      }
    }
  }
}
