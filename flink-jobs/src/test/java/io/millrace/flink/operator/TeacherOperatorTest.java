package io.millrace.flink.operator;

import static io.millrace.flink.operator.StudentHarness.learn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.event.ClickEvent;
import io.millrace.flink.graph.TestJobs;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.time.MapGrid;
import io.millrace.watch.Refreshes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFinalizer;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a barrier passes between any two events, in the middle of a batch or a pane, and what the
 * checkpoint's thread writes while the teacher goes on is the teacher at the barrier.
 */
@Timeout(60)
@SuppressWarnings("try") // close() of a harness may throw anything
class TeacherOperatorTest {

  private static final int PER_DAY = 200;
  private static final int FIELDS = 2;

  @TempDir Path dir;

  private final JobSpec drift = TestJobs.refreshing(RefreshOptions.When.DRIFT, 1, 50, 0);
  private final MapGrid hours = drift.mapGrid();

  private final JobSpec job = TestJobs.everything(50, 0);
  private final List<ClickEvent> events = TestJobs.events(3, PER_DAY, 0, 1);

  private OneInputStreamOperatorTestHarness<GatedEvent, MapPiece> harness() throws Exception {
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(
            TeacherOperator.class,
            p ->
                new TeacherOperator(
                    p, job, false, 7, RefreshDecisions.Source.of(job, null, null))));
  }

  @Test
  void barriersPassBetweenAnyTwoEvents() throws Exception {
    MemCheckpointStreamFactory storage = new MemCheckpointStreamFactory(1 << 24);
    CheckpointOptions how = CheckpointOptions.forCheckpointWithDefaultLocation();
    for (int barrier : new int[] {1, 77, PER_DAY, 2 * PER_DAY + 13}) {
      try (var teacher = harness()) {
        teacher.open();
        learn(teacher, events.subList(0, barrier));
        OperatorSnapshotFutures futures =
            teacher.getOneInputOperator().snapshotState(1, 1, how, storage);
        int before = teacher.extractOutputValues().size();
        learn(teacher, events.subList(barrier, events.size()));
        OperatorSubtaskState state =
            OperatorSnapshotFinalizer.create(futures).getJobManagerOwnedState();
        try (var restored = harness()) {
          restored.initializeState(state);
          restored.open();
          learn(restored, events.subList(barrier, events.size()));
          assertThat(restored.extractOutputValues())
              .as("barrier after %d events", barrier)
              .usingRecursiveComparison()
              .isEqualTo(
                  teacher
                      .extractOutputValues()
                      .subList(before, teacher.extractOutputValues().size()));
        }
        assertThat(teacher.extractOutputValues()).hasSize(4);
      }
    }
  }

  private OneInputStreamOperatorTestHarness<GatedEvent, MapPiece> refreshing() throws Exception {
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(
            TeacherOperator.class,
            p ->
                new TeacherOperator(
                    p,
                    drift,
                    false,
                    7,
                    RefreshDecisions.Source.of(drift, dir.toString(), Duration.ofSeconds(60)))));
  }

  /** Says that maps are built at the ends of these hours, and when it is decided of no more. */
  private void decide(long until, Long... times) throws IOException {
    long first = hours.of(TestJobs.START);
    TreeSet<Long> parts = new TreeSet<>();
    Stream.of(times).forEach(time -> parts.add(first + time));
    new MapFolder(dir.resolve(RunFiles.MAPS))
        .decide(
            new Refreshes(
                hours, until == Long.MAX_VALUE ? until : first + until, Long.MIN_VALUE, parts));
  }

  private static List<Long> marks(OneInputStreamOperatorTestHarness<GatedEvent, MapPiece> task) {
    return task.getOutput().stream()
        .filter(out -> out instanceof Watermark)
        .map(out -> ((Watermark) out).getTimestamp())
        .toList();
  }

  // Law: what comes after a part that is not decided waits, events and watermarks, and a barrier
  // passes meanwhile; a teacher that goes on from there, or from its backlog, gives the same.
  @Test
  void whatIsNotDecidedWaits() throws Exception {
    List<MapPiece> atOnce;
    decide(Long.MAX_VALUE, 5L, 30L);
    try (var teacher = refreshing()) {
      teacher.open();
      learn(teacher, events.subList(0, events.size()));
      await()
          .pollInSameThread()
          .until(
              () -> {
                runMails(teacher);
                return teacher.extractOutputValues().size() == 4 * FIELDS;
              });
      atOnce = teacher.extractOutputValues();
    }
    assertThat(atOnce).extracting(MapPiece::builds).contains(true, false);
    decide(4);
    OperatorSubtaskState state;
    try (var teacher = refreshing()) {
      teacher.open();
      learn(teacher, events.subList(0, PER_DAY + 40));
      long hour = TestJobs.DAY / 24;
      long held = hours.end(hours.of(TestJobs.START) + 4) - 1;
      await()
          .pollInSameThread()
          .until(
              () -> {
                runMails(teacher);
                return marks(teacher).contains(held);
              });
      assertThat(teacher.extractOutputValues()).isEmpty();
      assertThat(marks(teacher)).isSorted().allMatch(mark -> mark <= held + hour);
      state = teacher.snapshot(1, 1);
      decide(Long.MAX_VALUE); // for close(), which ends the task
    }
    decide(24 + 5, 5L);
    try (var teacher = refreshing()) {
      teacher.initializeState(state);
      teacher.open();
      learn(teacher, events.subList(PER_DAY + 40, events.size()));
      teacher.processWatermark(new Watermark(Long.MAX_VALUE));
      await()
          .pollInSameThread()
          .until(
              () -> {
                runMails(teacher);
                return teacher.extractOutputValues().size() == 2 * FIELDS;
              });
      decide(Long.MAX_VALUE, 5L, 30L);
      ((TeacherOperator) teacher.getOperator()).finish();
      assertThat(teacher.extractOutputValues().subList(0, atOnce.size()))
          .usingRecursiveComparison()
          .isEqualTo(atOnce);
      assertThat(marks(teacher)).isSorted().endsWith(Long.MAX_VALUE);
    }
  }

  private static void runMails(OneInputStreamOperatorTestHarness<GatedEvent, MapPiece> task)
      throws Exception {
    while (task.getTaskMailbox().hasMail()) {
      task.getTaskMailbox().take(0).run();
    }
  }
}
