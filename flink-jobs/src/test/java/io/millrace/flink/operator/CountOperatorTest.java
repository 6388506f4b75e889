package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.counts.CountTable;
import io.millrace.counts.IdCounts;
import io.millrace.event.WindowSpec;
import io.millrace.random.Seeds;
import io.millrace.runs.JobMetric;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.CountOptions;
import io.millrace.state.CountDelta;
import io.millrace.state.MapPiece;
import io.millrace.time.MapGrid;
import io.millrace.watch.Refreshes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // close() of a harness may throw anything
class CountOperatorTest {

  private static final WindowSpec WINDOWS = WindowSpec.tumbling(1000);
  private static final CountOptions OPTIONS = new CountOptions(1, 8, 100_000, 0);
  private static final long FEW_PAGES = 4096;
  private static final long UNBOUNDED = Long.MAX_VALUE;
  private static final int FIELDS = 2;
  private static final int MAX_PARALLELISM = 16;
  private static final String CLICKS = "/clicks";

  /** Quarters of panes. */
  private static final MapGrid PARTS = new MapGrid(WINDOWS, 4);

  @TempDir Path dir;

  private static KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece> harness(
      long pageBytes, int parallelism, int subtask, OperatorSubtaskState state) throws Exception {
    return started(
        OperatorFactory.of(
            CountOperator.class,
            p ->
                new CountOperator(
                    p,
                    new RefreshDecisions.Source(MapGrid.ofPanes(WINDOWS), false, null, null),
                    OPTIONS,
                    pageBytes)),
        parallelism,
        subtask,
        state);
  }

  private static KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece> started(
      OperatorFactory<CountDelta, MapPiece> operator,
      int parallelism,
      int subtask,
      OperatorSubtaskState state)
      throws Exception {
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece>(
            operator, CountDelta::shard, Types.INT, MAX_PARALLELISM, parallelism, subtask);
    harness.setStateBackend(new EmbeddedRocksDBStateBackend());
    harness.setup();
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }

  /** Adds up what the shards have reported for a pane, by field and id. */
  private static void collect(
      AbstractStreamOperatorTestHarness<MapPiece> harness, Map<String, Long> counts) {
    for (Object out : harness.getOutput()) {
      if (out instanceof StreamRecord<?> record && record.getValue() instanceof MapPiece piece) {
        CountTable table = piece.counts();
        for (int i = 0; i < table.size(); i++) {
          if (table.inWindow()[i] > 0) {
            String key = piece.field() + "/" + piece.subWindow() + "/" + table.ids()[i];
            assertThat(counts.put(key, table.inWindow()[i])).isNull();
            assertThat(counts.put(key + CLICKS, table.clicksInWindow()[i])).isNull();
          }
        }
      }
    }
    harness.getOutput().clear();
  }

  /** Runs phases of events at changing parallelism, with a restore between two phases. */
  private static Map<String, Long> run(
      long pageBytes, List<List<CountDelta>> phases, int... parallelism) throws Exception {
    Map<String, Long> counts = new HashMap<>();
    OperatorSubtaskState state = null;
    int before = 0;
    for (int phase = 0; phase < phases.size(); phase++) {
      int now = parallelism[phase];
      List<KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece>> tasks =
          new ArrayList<>();
      for (int t = 0; t < now; t++) {
        OperatorSubtaskState own =
            state == null
                ? null
                : AbstractStreamOperatorTestHarness.repartitionOperatorState(
                    state, MAX_PARALLELISM, before, now, t);
        tasks.add(harness(pageBytes, now, t, own));
      }
      for (CountDelta delta : phases.get(phase)) {
        int task =
            KeyGroupRangeAssignment.assignKeyToParallelOperator(
                delta.shard(), MAX_PARALLELISM, now);
        tasks.get(task).processElement(new StreamRecord<>(delta));
      }
      boolean last = phase == phases.size() - 1;
      List<OperatorSubtaskState> perPane = new ArrayList<>();
      for (var task : tasks) {
        task.processWatermark(new Watermark(last ? Long.MAX_VALUE : 1000L * phase + 999));
        collect(task, counts);
        perPane.add(task.snapshot(phase, 0));
        task.close();
      }
      state =
          AbstractStreamOperatorTestHarness.repackageState(
              perPane.toArray(new OperatorSubtaskState[0]));
      before = now;
    }
    return counts;
  }

  // panes 0, 1 and 2 are counted across two restores at parallelism 1, 2 and 3; every count is
  // exact, and in each pane every shard reports once
  @Test
  void countsSurviveRescaling() throws Exception {
    Map<String, Long> expected = new HashMap<>();
    List<List<CountDelta>> phases = phases(expected, 3, 2000);
    assertThat(run(UNBOUNDED, phases, 1, 2, 3)).isEqualTo(expected);
    assertThat(run(UNBOUNDED, phases, 3, 1, 2)).isEqualTo(expected);
    assertThat(run(FEW_PAGES, phases, 1, 2, 3)).isEqualTo(expected);
  }

  /** Phase {@code p} holds events of panes {@code p} and {@code p + 1}. */
  private static List<List<CountDelta>> phases(Map<String, Long> expected, int n, int events) {
    SplittableRandom random = Seeds.generator(5, "counts", 0);
    List<List<CountDelta>> phases = new ArrayList<>();
    for (int phase = 0; phase < n; phase++) {
      List<CountDelta> deltas = new ArrayList<>();
      for (int i = 0; i < events; i++) {
        long pane = (long) phase + random.nextInt(2);
        int field = random.nextInt(FIELDS);
        long id = random.nextInt(300);
        long count = 1L + random.nextInt(3);
        int shard = field * OPTIONS.shards() + IdCounts.shard(id, OPTIONS.shards());
        long clicks = random.nextInt((int) count + 1);
        deltas.add(delta(shard, pane, id, count, clicks));
        String key = field + "/" + pane + "/" + id;
        expected.merge(key, count, Long::sum);
        expected.merge(key + CLICKS, clicks, Long::sum);
      }
      phases.add(deltas);
    }
    return phases;
  }

  private static CountDelta delta(int shard, long pane, long id, long count, long clicks) {
    return new CountDelta(shard, pane, new long[] {id}, new long[] {count}, new long[] {clicks});
  }

  // a checkpoint writes the pages of the shards that have changed, and no other; a restored task
  // reads a page when it is to write it
  @Test
  void onlyDirtyPagesAreWritten() throws Exception {
    OperatorSubtaskState state;
    try (var task = harness(UNBOUNDED, 1, 0, null)) {
      for (long id = 0; id < 100_000; id++) {
        task.processElement(new StreamRecord<>(delta((int) (id % 4), 0, id, 1, 0)));
      }
      state = task.snapshot(1, 0);
      long pages =
          gauge(task, JobMetric.PAGES) - 4; // the decayed counts of each shard are empty yet
      assertThat(pages).isGreaterThan(60);
      assertThat(gauge(task, JobMetric.PAGE_WRITES_TOTAL)).isEqualTo(pages);
      task.processElement(new StreamRecord<>(delta(3, 0, 7, 1, 0)));
      task.processElement(new StreamRecord<>(delta(1, 0, 5, 1, 0)));
      assertThat(gauge(task, JobMetric.PAGES_DIRTY)).isEqualTo(2);
      task.snapshot(2, 0);
      assertThat(gauge(task, JobMetric.PAGE_WRITES_TOTAL)).isEqualTo(pages + 2);
      assertThat(gauge(task, JobMetric.PAGES_DIRTY)).isZero();
    }
    try (var task = harness(UNBOUNDED, 1, 0, state)) {
      task.processElement(new StreamRecord<>(delta(3, 0, 7, 1, 0)));
      assertThat(gauge(task, JobMetric.PAGE_READS_TOTAL)).isZero();
      task.snapshot(3, 0);
      assertThat(gauge(task, JobMetric.PAGE_READS_TOTAL)).isEqualTo(1);
      assertThat(gauge(task, JobMetric.PAGES_HELD)).isEqualTo(1);
      assertThat(gauge(task, JobMetric.PAGE_WRITES_TOTAL)).isEqualTo(1);
    }
  }

  /** Keeps what the job of the time before pages kept: a shard as one value, and a timer. */
  private static final class BeforePages extends AbstractStreamOperator<MapPiece>
      implements OneInputStreamOperator<CountDelta, MapPiece>, Triggerable<Integer, VoidNamespace> {
    private static final long serialVersionUID = 1L;

    BeforePages(StreamOperatorParameters<MapPiece> parameters) {
      super(parameters);
    }

    @Override
    public void processElement(StreamRecord<CountDelta> element) throws Exception {
      Path golden = Path.of("../state/src/test/resources/counts/shard-counts-2.b64");
      getPartitionedState(
              new ValueStateDescriptor<>("counts", BytePrimitiveArraySerializer.INSTANCE))
          .update(Base64.getMimeDecoder().decode(Files.readAllBytes(golden)));
      getInternalTimerService("panes", VoidNamespaceSerializer.INSTANCE, this)
          .registerEventTimeTimer(VoidNamespace.INSTANCE, WINDOWS.paneEnd(8) - 1);
    }

    @Override
    public void onEventTime(InternalTimer<Integer, VoidNamespace> timer) {}

    @Override
    public void onProcessingTime(InternalTimer<Integer, VoidNamespace> timer) {}
  }

  // a savepoint of the time before pages goes on, is written in pages, and goes on from them
  @Test
  void savepointsOfBeforePagesAreRead() throws Exception {
    OperatorSubtaskState state;
    try (var task = started(OperatorFactory.of(BeforePages.class, BeforePages::new), 1, 0, null)) {
      task.processElement(new StreamRecord<>(CountDelta.touch(3, 8)));
      state = task.snapshot(1, 0);
    }
    for (long pageBytes : new long[] {UNBOUNDED, 1}) {
      OperatorSubtaskState next = state;
      for (int restart = 0; restart < 2; restart++) {
        try (var task = harness(pageBytes, 1, 0, next)) {
          task.processElement(new StreamRecord<>(delta(3, 8, restart, 1, 1)));
          next = task.snapshot(2, 0);
        }
      }
      try (var task = harness(pageBytes, 1, 0, next)) {
        task.processWatermark(new Watermark(Long.MAX_VALUE));
        CountTable table = task.extractOutputValues().get(0).counts();
        assertThat(table.ids()).containsExactly(-9, 0, 1, 5, 8);
        assertThat(table.inWindow()).containsExactly(0, 1, 1, 1, 7);
        assertThat(table.clicksInWindow()).containsExactly(0, 1, 1, 1, 0);
        assertThat(table.decayed()).containsExactly(.5, 2, 6.5, 3, 7);
        assertThat(table.decayedClicks()).containsExactly(0, 2, 1.5, 2, 0);
      }
    }
  }

  private KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece> ofParts(
      int parallelism, int subtask, OperatorSubtaskState state) throws Exception {
    RefreshDecisions.Source source =
        new RefreshDecisions.Source(PARTS, true, dir.toString(), Duration.ofSeconds(60));
    return started(
        OperatorFactory.of(
            CountOperator.class, p -> new CountOperator(p, source, OPTIONS, FEW_PAGES)),
        parallelism,
        subtask,
        state);
  }

  /** Says at the ends of which sub-windows maps are built, and that of none else up to one. */
  private void decide(long until, Long... times) throws IOException {
    new MapFolder(dir.resolve(RunFiles.MAPS))
        .decide(new Refreshes(PARTS, until, Long.MIN_VALUE, new TreeSet<>(List.of(times))));
  }

  /** Works off what the watcher of decisions mails until a watermark has passed. */
  private static void awaitWatermark(
      AbstractStreamOperatorTestHarness<MapPiece> task, long watermark) {
    TaskMailbox mailbox = task.getTaskMailbox();
    await()
        .pollInSameThread()
        .until(
            () -> {
              while (mailbox.hasMail()) {
                mailbox.take(0).run();
              }
              return task.getOutput().contains(new Watermark(watermark));
            });
  }

  // watermarks wait for what is decided, no longer; what is counted meanwhile is of its own
  // sub-window,
  // or
  // of the next one if that has closed
  @Test
  void watermarksWaitForDecisions() throws Exception {
    try (var task = ofParts(1, 0, null)) {
      for (long subWindow = 0; subWindow < 4; subWindow++) {
        task.processElement(new StreamRecord<>(delta(3, subWindow, 7, 1 << subWindow, 0)));
      }
      task.processWatermark(new Watermark(749));
      assertThat(task.getOutput()).isEmpty();
      decide(0, 0L);
      awaitWatermark(task, 249);
      task.processElement(new StreamRecord<>(delta(3, 0, 7, 100, 0)));
      task.processElement(new StreamRecord<>(delta(3, 2, 7, 100, 0)));
      decide(4, 0L, 2L);
      awaitWatermark(task, 749);
      task.processWatermark(new Watermark(1000));
      task.processWatermark(new Watermark(1600));
      assertThat(marks(task)).containsExactly(249L, 749L, 1000L, 1249L);
      List<MapPiece> pieces = task.extractOutputValues();
      assertThat(pieces).extracting(MapPiece::subWindow).containsExactly(0L, 2L, 3L);
      assertThat(pieces).extracting(MapPiece::builds).containsExactly(true, true, false);
      assertThat(pieces)
          .extracting(piece -> piece.counts().inWindow()[0])
          .containsExactly(1L, 207L, 215L);
      decide(Long.MAX_VALUE); // for close(), which ends the task
    }
  }

  private static List<Long> marks(AbstractStreamOperatorTestHarness<MapPiece> task) {
    return task.getOutput().stream()
        .filter(out -> out instanceof Watermark)
        .map(out -> ((Watermark) out).getTimestamp())
        .toList();
  }

  // the end of the stream waits too, and gives all
  @Test
  void theEndWaitsForDecisions() throws Exception {
    try (var task = ofParts(1, 0, null)) {
      task.processElement(new StreamRecord<>(delta(3, 1, 7, 1, 0)));
      task.processElement(new StreamRecord<>(delta(3, 5, 7, 1, 0)));
      task.processWatermark(new Watermark(Long.MAX_VALUE));
      assertThat(task.getOutput()).isEmpty();
      decide(Long.MAX_VALUE, 1L, 4L);
      ((CountOperator) task.getOperator()).finish();
      assertThat(task.extractOutputValues())
          .extracting(MapPiece::subWindow)
          .containsExactly(1L, 5L);
      assertThat(marks(task)).containsExactly(Long.MAX_VALUE);
    }
  }

  // Law: counts at the end of a sub-window hold what came before it, to the last access, though
  // tasks are
  // restored at another parallelism while it waits to be decided.
  @Test
  void openSubWindowsSurviveRescaling() throws Exception {
    SplittableRandom random = Seeds.generator(6, "counts", 0);
    Map<String, Long> expected = new HashMap<>();
    List<List<CountDelta>> phases = new ArrayList<>();
    for (int phase = 0; phase < 2; phase++) {
      List<CountDelta> deltas = new ArrayList<>();
      for (int i = 0; i < 3000; i++) {
        long subWindow = random.nextInt(8);
        int field = random.nextInt(FIELDS);
        long id = random.nextInt(300);
        long clicks = random.nextInt(2);
        int shard = field * OPTIONS.shards() + IdCounts.shard(id, OPTIONS.shards());
        deltas.add(delta(shard, subWindow, id, 1, clicks));
        for (long told : new long[] {1, 3, 6, 7}) {
          if (subWindow <= told && subWindow / 4 == told / 4) {
            String key = field + "/" + told + "/" + id;
            expected.merge(key, 1L, Long::sum);
            expected.merge(key + CLICKS, clicks, Long::sum);
          }
        }
      }
      phases.add(deltas);
    }
    Map<String, Long> counts = new HashMap<>();
    List<OperatorSubtaskState> states = new ArrayList<>();
    for (int t = 0; t < 2; t++) {
      try (var task = ofParts(2, t, null)) {
        send(task, phases.get(0), 2, t);
        task.processWatermark(new Watermark(499));
        assertThat(task.getOutput()).isEmpty();
        states.add(task.snapshot(1, 0));
        decide(Long.MAX_VALUE); // for close(), which ends the task
      }
    }
    OperatorSubtaskState all =
        AbstractStreamOperatorTestHarness.repackageState(
            states.toArray(new OperatorSubtaskState[0]));
    for (int t = 0; t < 3; t++) {
      decide(3, 1L);
      OperatorSubtaskState own =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(all, MAX_PARALLELISM, 2, 3, t);
      try (var task = ofParts(3, t, own)) {
        send(task, phases.get(1), 3, t);
        task.processWatermark(new Watermark(Long.MAX_VALUE));
        awaitWatermark(task, 999);
        assertThat(task.extractOutputValues())
            .filteredOn(MapPiece::builds)
            .isNotEmpty()
            .allMatch(piece -> piece.subWindow() == 1);
        collect(task, counts);
        states.add(task.snapshot(2, 0));
        decide(Long.MAX_VALUE, 1L, 6L);
      }
    }
    all =
        AbstractStreamOperatorTestHarness.repackageState(
            states.subList(2, 5).toArray(new OperatorSubtaskState[0]));
    try (var task =
        ofParts(
            1,
            0,
            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                all, MAX_PARALLELISM, 3, 1, 0))) {
      task.processWatermark(new Watermark(Long.MAX_VALUE));
      awaitWatermark(task, Long.MAX_VALUE);
      collect(task, counts);
    }
    assertThat(counts).isEqualTo(expected);
  }

  private static void send(
      KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece> task,
      List<CountDelta> deltas,
      int parallelism,
      int subtask)
      throws Exception {
    for (CountDelta delta : deltas) {
      int to =
          KeyGroupRangeAssignment.assignKeyToParallelOperator(
              delta.shard(), MAX_PARALLELISM, parallelism);
      if (to == subtask) {
        task.processElement(new StreamRecord<>(delta));
      }
    }
  }

  private static long gauge(AbstractStreamOperatorTestHarness<MapPiece> task, JobMetric metric) {
    return ((CountOperator) task.getOperator()).gauges().get(metric).getAsLong();
  }

  // a pane that has closed stays as it was reported
  @Test
  void refusesWhatComesAfterTheClose() throws Exception {
    try (var task = harness(UNBOUNDED, 1, 0, null)) {
      CountDelta delta = delta(3, 0, 7, 1, 1);
      task.processElement(new StreamRecord<>(delta));
      task.processWatermark(new Watermark(999));
      task.getOutput().clear();
      task.processElement(new StreamRecord<>(delta));
      task.processWatermark(new Watermark(1999));
      assertThat(task.extractOutputValues()).isEmpty();
    }
  }
}
