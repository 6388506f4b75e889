package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.counts.CountRules;
import io.millrace.counts.PageCache;
import io.millrace.counts.PageStore;
import io.millrace.counts.PagedCounts;
import io.millrace.event.WindowSpec;
import io.millrace.flink.graph.FlinkSettings;
import io.millrace.flink.graph.GraphOptions;
import io.millrace.flink.graph.JobRun;
import io.millrace.flink.operator.CombineOperator;
import io.millrace.flink.operator.CountOperator;
import io.millrace.flink.operator.OperatorFactory;
import io.millrace.flink.operator.RefreshDecisions;
import io.millrace.math.Mix64;
import io.millrace.spec.CountOptions;
import io.millrace.state.CountDelta;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.state.RecordType;
import io.millrace.time.MapGrid;
import io.millrace.time.WatchGrid;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Counting 26 ids an event, Zipf-skewed over 5.2 M ids, on RocksDB with incremental checkpoints
 * each 5 s and two tasks: our combiner and paged counts against one {@code ValueState} access per
 * id. Target: 15 times the peer's events a second. A third side has half of the heap that our pages
 * take, so that they come and go.
 *
 * <p>Bytes of state on disk are those of the last checkpoint, in which files not yet compacted hold
 * older versions of pages; bytes of the heap are the pages' arrays. Each side runs for a while
 * before it is measured. Both make their events themselves, in the same way, which is part of the
 * time. All windows stay open; a window's end is timed apart, over pages of bytes on the heap
 * instead of RocksDB.
 */
@Tag("bench")
class CountingBench {
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 3);
  private static final int WARM_UP = Integer.getInteger("bench.warm", 10);
  private static final int SECONDS = Integer.getInteger("bench.seconds", 20);
  private static final int TASKS = 2;
  private static final int COMBINED = 1 << 17;
  private static final WindowSpec WINDOWS = WindowSpec.tumbling(1000);
  private static final CountOptions OPTIONS = new CountOptions(1, 16, 10_000_000, 90);

  @TempDir Path dir;

  /** What one run gave. */
  private record Figures(
      double eventsPerSecond,
      double microsPerEvent,
      long ids,
      long heapBytes,
      long stateBytes,
      long checkpointMs,
      long pages,
      long pagesHeld,
      long evictions) {

    static final String HEADER =
        String.format(
            Locale.ROOT,
            "  %-25s %9s %8s %10s %10s %9s %9s %7s %7s %8s",
            "",
            "events/s",
            "CPU us",
            "checkpoint",
            "ids",
            "disk/id",
            "heap/id",
            "pages",
            "held",
            "evicted");

    String row(String name) {
      return String.format(
          Locale.ROOT,
          "  %-25s %,9.0f %8.2f %,7d ms %,10d %7.1f B %7.1f B %,7d %,7d %,8d",
          name,
          eventsPerSecond,
          microsPerEvent,
          checkpointMs,
          ids,
          (double) stateBytes / ids,
          (double) heapBytes / ids,
          pages,
          pagesHeld,
          evictions);
    }
  }

  /** Builds one side on a stream of event numbers. */
  @FunctionalInterface
  private interface Side {
    DataStream<?> build(DataStream<Long> numbers);
  }

  @Test
  void pagesAgainstOneStateAccessPerId() throws Exception {
    assertSameCounts();
    List<Figures> peer = new ArrayList<>();
    List<Figures> ours = new ArrayList<>();
    List<Figures> half = new ArrayList<>();
    System.out.printf(
        Locale.ROOT,
        "%nCounting, %d rounds of %d s after %d s, load %.1f%n%s%n",
        ROUNDS,
        SECONDS,
        WARM_UP,
        Processor.load(),
        Figures.HEADER);
    for (int r = 0; r < ROUNDS; r++) {
      peer.add(measure("a ValueState access an id", numbers -> peer(numbers, false)));
      ours.add(measure("pages", numbers -> ours(numbers, 1L << 30)));
      long bytes = ours.get(r).heapBytes / TASKS / 2;
      half.add(measure("pages, half of the heap", numbers -> ours(numbers, bytes)));
    }
    System.out.printf(
        Locale.ROOT,
        "  median of the rounds' ratios   events/s over the peer's %.1f, with half of the heap %.1f,"
            + " target 15; its processor time an event over ours %.1f and %.1f%n",
        ratio(ours, peer, Figures::eventsPerSecond),
        ratio(half, peer, Figures::eventsPerSecond),
        ratio(peer, ours, Figures::microsPerEvent),
        ratio(peer, half, Figures::microsPerEvent));
    record("pages", ours, peer);
    record("pages, half of the heap", half, peer);
    assertThat(ratio(ours, peer, Figures::eventsPerSecond)).isGreaterThanOrEqualTo(15);
  }

  private static void record(String name, List<Figures> ours, List<Figures> peer) {
    double events = ratio(ours, peer, Figures::eventsPerSecond);
    BenchResults.add(CountingBench.class, name + ", events/s over the peer's", events, "x");
    double cpu = ratio(peer, ours, Figures::microsPerEvent);
    BenchResults.add(CountingBench.class, name + ", the peer's cpu over ours", cpu, "x");
  }

  private static double ratio(
      List<Figures> above, List<Figures> below, ToDoubleFunction<Figures> figure) {
    return Processor.medianRatio(
        above.stream().mapToDouble(figure).toArray(), below.stream().mapToDouble(figure).toArray());
  }

  private StreamExecutionEnvironment environment(String name) {
    Configuration flink = JobRun.localCluster(Optional.empty());
    Gauges.enable(flink);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(flink);
    env.configure(
        FlinkSettings.of(
            new GraphOptions.Checkpoints(
                dir.resolve(name).toUri().toString(),
                Duration.ofSeconds(5),
                "rocksdb",
                0,
                Duration.ZERO)));
    env.setParallelism(TASKS);
    return env;
  }

  private Figures measure(String name, Side side) throws Exception {
    DISTINCT.reset();
    StreamExecutionEnvironment env = environment(name);
    sink(side.build(numbers(env, Long.MAX_VALUE / ZipfEvents.FIELDS)));
    JobClient client = env.executeAsync(name);
    Thread.sleep(1000L * WARM_UP);
    long[] events = {ZipfEvents.MADE.sum()};
    long start = System.nanoTime();
    double cpu = Processor.nanos(() -> sleep(SECONDS));
    double seconds = (System.nanoTime() - start) / 1e9;
    events[0] = ZipfEvents.MADE.sum() - events[0];
    long ids = Gauges.sum("pane_ids") + DISTINCT.sum();
    Figures figures =
        new Figures(
            events[0] / seconds,
            cpu / 1e3 / events[0],
            ids,
            Gauges.sum("pages_held_bytes"),
            Gauges.sum("lastCheckpointFullSize"),
            Gauges.sum("lastCheckpointDuration"),
            Gauges.sum("pages"),
            Gauges.sum("pages_held"),
            Gauges.sum("page_evictions_total"));
    client.cancel().get();
    System.out.println(figures.row(name));
    return figures;
  }

  private static void sleep(int seconds) {
    try {
      Thread.sleep(1000L * seconds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static DataStream<Long> numbers(StreamExecutionEnvironment env, long events) {
    return env.fromSequence(0, events - 1).uid("numbers");
  }

  private static void sink(DataStream<?> results) {
    results.sinkTo(new DiscardingSink<>()).uid("sink");
  }

  private static DataStream<MapPiece> ours(DataStream<Long> numbers, long pageBytes) {
    SingleOutputStreamOperator<CountDelta> deltas =
        numbers
            .map(new ZipfEvents())
            .returns(RecordType.of(new GatedEvent.Format()))
            .uid("made")
            .transform(
                "combine",
                RecordType.of(new CountDelta.Format()),
                OperatorFactory.of(
                    CombineOperator.class,
                    p ->
                        new CombineOperator(
                            p,
                            new WatchGrid(WINDOWS, 24),
                            MapGrid.ofPanes(WINDOWS),
                            IntStream.range(0, ZipfEvents.FIELDS).boxed().toList(),
                            OPTIONS.shards(),
                            COMBINED)))
            .uid("combine");
    return deltas
        .keyBy(CountDelta::shard, Types.INT)
        .transform(
            "counts",
            RecordType.of(new MapPiece.Format()),
            OperatorFactory.of(
                CountOperator.class,
                p ->
                    new CountOperator(
                        p,
                        new RefreshDecisions.Source(MapGrid.ofPanes(WINDOWS), false, null, null),
                        List.of(),
                        OPTIONS,
                        pageBytes)))
        .uid("counts");
  }

  private static DataStream<Long> peer(DataStream<Long> numbers, boolean noted) {
    return numbers
        .flatMap(
            (Long number, Collector<Long> out) -> {
              for (long id : ZipfEvents.ids(number)) {
                out.collect(id);
              }
            })
        .returns(Types.LONG)
        .uid("made")
        .keyBy(id -> id, Types.LONG)
        .process(new OneByOne(noted))
        .uid("counts");
  }

  /** Distinct ids of the peer. */
  private static final LongAdder DISTINCT = new LongAdder();

  /** Counts of the peer by id, where they are noted. */
  private static final Map<Long, Long> NOTED = new ConcurrentHashMap<>();

  /** Our counts by id. */
  private static final Map<Long, Long> OURS = new ConcurrentHashMap<>();

  /** The peer: a number in keyed state for each id. */
  private static final class OneByOne extends KeyedProcessFunction<Long, Long, Long> {
    private static final long serialVersionUID = 1L;

    private final boolean noted;
    private transient ValueState<Long> count;

    OneByOne(boolean noted) {
      this.noted = noted;
    }

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
    }

    @Override
    public void processElement(Long id, Context context, Collector<Long> out) throws Exception {
      Long before = count.value();
      long now = before == null ? 1 : before + 1;
      count.update(now);
      if (before == null) {
        DISTINCT.increment();
      }
      if (noted) {
        NOTED.put(id, now);
      }
    }
  }

  private static int note(MapPiece piece) {
    for (int i = 0; i < piece.counts().size(); i++) {
      OURS.put(piece.counts().ids()[i], piece.counts().inWindow()[i]);
    }
    return piece.counts().size();
  }

  /** Pages as bytes on the heap. */
  private static final class ByteStore implements PageStore {
    private final Map<String, byte[]> pages = new HashMap<>();

    @Override
    public byte[] read(int shard, long table, int page) {
      return pages.get(shard + "/" + table + "/" + page);
    }

    @Override
    public void write(int shard, long table, int page, byte[] bytes) {
      pages.put(shard + "/" + table + "/" + page, bytes);
    }

    @Override
    public void remove(int shard, long table, int page) {
      pages.remove(shard + "/" + table + "/" + page);
    }

    @Override
    public void removeAll(int shard, long table) {
      pages.keySet().removeIf(key -> key.startsWith(shard + "/" + table + "/"));
    }
  }

  /** One shard of 650,000 ids, each of which has been seen in every window. */
  @Test
  void theEndOfAWindow() throws IOException {
    int ids = 650_000;
    for (long bytes : new long[] {1L << 30, 1 << 24}) {
      PageCache cache = new PageCache(new ByteStore(), bytes);
      PagedCounts counts = new PagedCounts(new CountRules(.9, 1 << 20, 1, 90, 1), 0, cache);
      double nanos = 0;
      for (int pane = 0; pane < 5; pane++) {
        for (int i = 0; i < ids; i += 1000) {
          int from = i;
          long[] some = new long[1000];
          Arrays.setAll(some, k -> Mix64.mix(from + k + 1L, 2));
          long[] ones = new long[1000];
          Arrays.fill(ones, 1);
          counts.add(pane, some, ones, ones);
        }
        long ending = pane;
        nanos = Processor.nanos(() -> close(counts, ending, ids));
      }
      System.out.printf(
          Locale.ROOT,
          "Window's end, %,d ids, pages within %,d bytes: %.0f CPU ns an id, %,d of %,d pages held,"
              + " %,d fetched%n",
          ids,
          bytes,
          nanos / ids,
          cache.pagesHeld(),
          cache.pages(),
          cache.reads());
    }
  }

  private static void close(PagedCounts counts, long pane, int ids) {
    try {
      assertThat(counts.closePane(pane).size()).isEqualTo(ids);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Both sides count the same events, and come to the same counts. */
  private void assertSameCounts() throws Exception {
    int events = 20_000;
    NOTED.clear();
    StreamExecutionEnvironment env = environment("same-peer");
    sink(peer(numbers(env, events), true));
    env.execute("peer");
    env = environment("same-ours");
    sink(
        ours(numbers(env, events), 1 << 20)
            .map(CountingBench::note)
            .returns(Types.INT)
            .uid("noted"));
    env.execute("ours");
    assertThat(OURS.values().stream().mapToLong(n -> n).sum())
        .isEqualTo((long) events * ZipfEvents.FIELDS);
    assertThat(OURS.equals(NOTED)).isTrue();
  }
}
