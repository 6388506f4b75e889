package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.flink.graph.TestJobs;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.stream.JobSpec;
import java.util.List;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFinalizer;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Law: a barrier passes between any two events, in the middle of a batch or a pane, and what the
 * checkpoint's thread writes while the teacher goes on is the teacher at the barrier.
 */
@Timeout(60)
@SuppressWarnings("try") // close() of a harness may throw anything
class TeacherOperatorTest {

  private static final int PER_DAY = 200;

  private final JobSpec job = TestJobs.everything(50, 0);
  private final List<ClickEvent> events = TestJobs.events(3, PER_DAY, 0, 1);

  private OneInputStreamOperatorTestHarness<GatedEvent, MapPiece> harness() throws Exception {
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(
            TeacherOperator.class,
            p ->
                new TeacherOperator(
                    p, job, false, 7, KnownRefreshes.Source.ofWindows(job.windows()))));
  }

  private void learn(
      OneInputStreamOperatorTestHarness<GatedEvent, MapPiece> teacher, int from, int to)
      throws Exception {
    for (ClickEvent event : events.subList(from, to)) {
      teacher.processElement(new StreamRecord<>(new GatedEvent(event, false), event.eventTime()));
      teacher.processWatermark(new Watermark(event.eventTime() - 1));
    }
  }

  @Test
  void barriersPassBetweenAnyTwoEvents() throws Exception {
    MemCheckpointStreamFactory storage = new MemCheckpointStreamFactory(1 << 24);
    CheckpointOptions how = CheckpointOptions.forCheckpointWithDefaultLocation();
    for (int barrier : new int[] {1, 77, PER_DAY, 2 * PER_DAY + 13}) {
      try (var teacher = harness()) {
        teacher.open();
        learn(teacher, 0, barrier);
        OperatorSnapshotFutures futures =
            teacher.getOneInputOperator().snapshotState(1, 1, how, storage);
        int before = teacher.extractOutputValues().size();
        learn(teacher, barrier, events.size());
        OperatorSubtaskState state =
            OperatorSnapshotFinalizer.create(futures).getJobManagerOwnedState();
        try (var restored = harness()) {
          restored.initializeState(state);
          restored.open();
          learn(restored, barrier, events.size());
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
}
