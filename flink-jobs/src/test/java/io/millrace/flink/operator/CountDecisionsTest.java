package io.millrace.flink.operator;

import static io.millrace.flink.operator.CountHarness.CLICKS;
import static io.millrace.flink.operator.CountHarness.FEW_PAGES;
import static io.millrace.flink.operator.CountHarness.FIELDS;
import static io.millrace.flink.operator.CountHarness.MAX_PARALLELISM;
import static io.millrace.flink.operator.CountHarness.OPTIONS;
import static io.millrace.flink.operator.CountHarness.WINDOWS;
import static io.millrace.flink.operator.CountHarness.collect;
import static io.millrace.flink.operator.CountHarness.delta;
import static io.millrace.flink.operator.CountHarness.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.counts.IdCounts;
import io.millrace.random.Seeds;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.state.CountDelta;
import io.millrace.state.MapPiece;
import io.millrace.time.MapGrid;
import io.millrace.watch.Refreshes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Laws of counts that wait for refresh decisions: exact at the end of each sub-window. */
@SuppressWarnings("try") // close() of a harness may throw anything
class CountDecisionsTest {

  /** Quarters of panes. */
  private static final MapGrid GRID = new MapGrid(WINDOWS, 4);

  @TempDir Path dir;

  private KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece> refreshing(
      int parallelism, int subtask, OperatorSubtaskState state) throws Exception {
    RefreshDecisions.Source source =
        new RefreshDecisions.Source(GRID, true, dir.toString(), Duration.ofSeconds(60));
    return started(
        OperatorFactory.of(
            CountOperator.class, p -> new CountOperator(p, source, List.of(), OPTIONS, FEW_PAGES)),
        parallelism,
        subtask,
        state);
  }

  /** Decides that up to a sub-window maps are built at the ends of these alone. */
  private void decide(long until, Long... times) throws IOException {
    new MapFolder(dir.resolve(RunFiles.MAPS))
        .decide(new Refreshes(GRID, until, Long.MIN_VALUE, new TreeSet<>(List.of(times))));
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

  // Law: watermarks wait for the decisions of their sub-windows and no longer. What is counted
  // meanwhile belongs to its own sub-window, or to the next one if its own has closed.
  @Test
  void watermarksWaitForDecisions() throws Exception {
    try (var task = refreshing(1, 0, null)) {
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

  // Law: the end of the stream waits for decisions too, and emits all that is left.
  @Test
  void theEndWaitsForDecisions() throws Exception {
    try (var task = refreshing(1, 0, null)) {
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

  // Law: counts at the end of a sub-window hold every access before it, though tasks are restored
  // at another parallelism while the sub-window waits for its decision.
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
        for (long reported : new long[] {1, 3, 6, 7}) {
          if (subWindow <= reported && subWindow / 4 == reported / 4) {
            String key = field + "/" + reported + "/" + id;
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
      try (var task = refreshing(2, t, null)) {
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
      try (var task = refreshing(3, t, own)) {
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
        refreshing(
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
}
