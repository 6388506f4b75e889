package io.millrace.flink.operator;

import static io.millrace.flink.operator.CountHarness.CLICKS;
import static io.millrace.flink.operator.CountHarness.FEW_PAGES;
import static io.millrace.flink.operator.CountHarness.FIELDS;
import static io.millrace.flink.operator.CountHarness.MAX_PARALLELISM;
import static io.millrace.flink.operator.CountHarness.OPTIONS;
import static io.millrace.flink.operator.CountHarness.UNBOUNDED;
import static io.millrace.flink.operator.CountHarness.WINDOWS;
import static io.millrace.flink.operator.CountHarness.collect;
import static io.millrace.flink.operator.CountHarness.delta;
import static io.millrace.flink.operator.CountHarness.harness;
import static io.millrace.flink.operator.CountHarness.started;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.counts.CountTable;
import io.millrace.counts.IdCounts;
import io.millrace.random.Seeds;
import io.millrace.runs.JobMetric;
import io.millrace.state.CountDelta;
import io.millrace.state.MapPiece;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** Laws of id counts in keyed state: exact across restores, written page by page. */
@SuppressWarnings("try") // close() of a harness may throw anything
class CountOperatorTest {

  /** Runs phases of events at changing parallelism, with a restore between two phases. */
  private static Map<String, Long> run(
      long pageBytes, List<List<CountDelta>> phases, int... parallelism) throws Exception {
    return run(List.of(), pageBytes, phases, parallelism);
  }

  /** The same; the last phase and what follows a restore of it lacks some fields. */
  private static Map<String, Long> run(
      List<Integer> dropped, long pageBytes, List<List<CountDelta>> phases, int... parallelism)
      throws Exception {
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
        boolean lacks = phase == phases.size() - 1;
        tasks.add(harness(lacks ? dropped : List.of(), pageBytes, now, t, own));
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

  // Law: every count is exact, and in each pane every shard reports once, though panes 0, 1 and 2
  // are counted across two restores at parallelism 1, 2 and 3.
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

  private static List<List<CountDelta>> without(int field, List<List<CountDelta>> phases) {
    return phases.stream()
        .map(phase -> phase.stream().filter(d -> d.shard() / OPTIONS.shards() != field).toList())
        .toList();
  }

  // Law: where a field is dropped at a restore, the counts of the others are those of a job that
  // never had it, and no timer or page of it is left.
  @Test
  void aDroppedFieldLeavesNothing() throws Exception {
    List<List<CountDelta>> phases = new ArrayList<>(phases(new HashMap<>(), 3, 2000));
    List<List<CountDelta>> without = without(0, phases);
    phases.set(2, without.get(2));
    for (long pageBytes : new long[] {UNBOUNDED, FEW_PAGES}) {
      Map<String, Long> counts = run(List.of(0), pageBytes, phases, 1, 1, 3);
      counts.keySet().removeIf(key -> key.startsWith("0/0/") || key.startsWith("0/1/"));
      Map<String, Long> expected = run(pageBytes, without, 1, 1, 3);
      assertThat(counts).isEqualTo(expected).isNotEmpty();
    }
  }

  // Law: a dropped field's keys are gone from the state that is written next.
  @Test
  void aDroppedFieldsKeysAreRemoved() throws Exception {
    OperatorSubtaskState state;
    try (var task = harness(UNBOUNDED, 1, 0, null)) {
      for (long id = 0; id < 1000; id++) {
        task.processElement(new StreamRecord<>(delta((int) (id % 4), 0, id, 1, 0)));
        task.processElement(new StreamRecord<>(delta(OPTIONS.shards(), 0, id, 1, 0)));
      }
      state = task.snapshot(1, 0);
    }
    try (var task = harness(List.of(0), UNBOUNDED, 1, 0, state)) {
      state = task.snapshot(2, 0);
    }
    try (var task = harness(UNBOUNDED, 1, 0, state)) {
      var backend = task.getOperator().<Integer>getKeyedStateBackend();
      for (String name : List.of("counts", "pages")) {
        try (var keys = backend.<Object>getKeysAndNamespaces(name)) {
          assertThat(keys.map(key -> key.f0 / OPTIONS.shards())).as(name).containsOnly(1);
        }
      }
    }
  }

  // Law: a checkpoint writes the pages that have changed and no other. A restored task reads a page
  // only to write it.
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

  /** Keeps what the job kept before there were pages: a shard as one value, and a timer. */
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

  // Law: a savepoint from before there were pages restores, is written in pages, and restores
  // again.
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

  private static long gauge(AbstractStreamOperatorTestHarness<MapPiece> task, JobMetric metric) {
    return ((CountOperator) task.getOperator()).gauges().get(metric).getAsLong();
  }

  // Law: a pane that has closed stays as it was reported.
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
