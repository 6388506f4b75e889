package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.WindowSpec;
import io.millrace.flink.graph.GraphOptions;
import io.millrace.flink.graph.JobRun;
import io.millrace.flink.graph.MillraceJob;
import io.millrace.flink.operator.CombineOperator;
import io.millrace.flink.operator.CountOperator;
import io.millrace.flink.operator.OperatorFactory;
import io.millrace.state.CountDelta;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.state.RecordType;
import io.millrace.stream.CountOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
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
 * <p>Each side runs for a while before it is measured. Both make their events themselves, in the
 * same way, which is part of the time. All windows stay open; a window's end is timed apart.
 */
@Tag("bench")
class CountingBench {
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 3);
  private static final int WARM_UP = Integer.getInteger("bench.warm", 10);
  private static final int SECONDS = Integer.getInteger("bench.seconds", 20);
  private static final String ONLY = System.getProperty("bench.only", "");
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
      long evictions) {}

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
    for (int r = 0; r < ROUNDS; r++) {
      if (ONLY.isEmpty()) {
        peer.add(measure("peer", numbers -> peer(numbers, false)));
      }
      ours.add(measure("ours", numbers -> ours(numbers, 1L << 30)));
      long bytes = ours.get(r).heapBytes / TASKS / 2;
      if (!ONLY.equals("ours")) {
        half.add(measure("half", numbers -> ours(numbers, bytes)));
      }
    }
    System.out.print(table(peer, ours, half));
    if (ONLY.isEmpty()) {
      assertThat(ratio(ours, peer)).isGreaterThanOrEqualTo(15);
    }
  }

  private static double ratio(List<Figures> above, List<Figures> below) {
    return Processor.medianRatio(
        above.stream().mapToDouble(Figures::eventsPerSecond).toArray(),
        below.stream().mapToDouble(Figures::eventsPerSecond).toArray());
  }

  private static String table(List<Figures> peer, List<Figures> ours, List<Figures> half) {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            Locale.ROOT,
            "%nCounting, %d rounds of %d s after %d s, load %.1f%n",
            ROUNDS,
            SECONDS,
            WARM_UP,
            Processor.load()));
    line(out, "a ValueState access per id", peer);
    line(out, "pages", ours);
    line(out, "pages, half of their heap", half);
    if (!peer.isEmpty()) {
      out.append(
          String.format(
              Locale.ROOT,
              "  events a second over the peer's: %.1f, with half of the heap %.1f; target 15%n",
              ratio(ours, peer),
              ratio(half, peer)));
    }
    return out.toString();
  }

  private static void line(StringBuilder out, String name, List<Figures> figures) {
    for (Figures f : figures) {
      out.append(
          String.format(
              Locale.ROOT,
              "  %-27s %,9.0f events/s %7.2f CPU us an event, checkpoint %,5d ms,"
                  + " state %,12d bytes, of %,9d ids (%.1f an id), heap %,12d (%.1f an id),"
                  + " pages %,6d held %,6d evicted %,8d%n",
              name,
              f.eventsPerSecond,
              f.microsPerEvent,
              f.checkpointMs,
              f.stateBytes,
              f.ids,
              (double) f.stateBytes / f.ids,
              f.heapBytes,
              (double) f.heapBytes / f.ids,
              f.pages,
              f.pagesHeld,
              f.evictions));
    }
  }

  private StreamExecutionEnvironment environment(String name) {
    Configuration flink = JobRun.localCluster(Optional.empty());
    Gauges.enable(flink);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(flink);
    env.configure(
        MillraceJob.settings(
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
    long ids = Gauges.sum("idsInPanes") + DISTINCT.sum();
    Figures figures =
        new Figures(
            events[0] / seconds,
            cpu / 1e3 / events[0],
            ids,
            Gauges.sum("pageBytes"),
            Gauges.sum("lastCheckpointFullSize"),
            Gauges.sum("lastCheckpointDuration"),
            Gauges.sum("pages"),
            Gauges.sum("pagesHeld"),
            Gauges.sum("pageEvictions"));
    client.cancel().get();
    StringBuilder out = new StringBuilder();
    line(out, name, List.of(figures));
    System.out.print(out);
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
                            p, WINDOWS, ZipfEvents.FIELDS, OPTIONS.shards(), COMBINED)))
            .uid("combine");
    return deltas
        .keyBy(CountDelta::shard, Types.INT)
        .transform(
            "counts",
            RecordType.of(new MapPiece.Format()),
            OperatorFactory.of(
                CountOperator.class, p -> new CountOperator(p, WINDOWS, OPTIONS, pageBytes)))
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
