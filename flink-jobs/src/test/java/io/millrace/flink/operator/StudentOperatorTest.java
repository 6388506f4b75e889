package io.millrace.flink.operator;

import static io.millrace.flink.operator.StudentHarness.DAYS;
import static io.millrace.flink.operator.StudentHarness.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.graph.TestJobs;
import io.millrace.runs.RunFacts;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.ReportLine;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Laws of a student's checkpoints and metrics. */
@Timeout(60)
@SuppressWarnings("try") // close() of a harness may throw anything
class StudentOperatorTest {

  @TempDir Path runDir;

  private final JobSpec job = TestJobs.live();

  // Law: a checkpoint written while the student trains on holds the student at its barrier.
  @Test
  void aCheckpointHoldsTheStudentAtItsBarrier() throws Exception {
    MemCheckpointStreamFactory storage = new MemCheckpointStreamFactory(1 << 24);
    CheckpointOptions how = CheckpointOptions.forCheckpointWithDefaultLocation();
    try (var student = StudentHarness.of(job, runDir)) {
      student.open();
      for (int day = 0; day < DAYS; day++) {
        OneInputStreamOperator<GatedEvent, ReportLine> operator = student.getOneInputOperator();
        OperatorSnapshotFutures atOnce = operator.snapshotState(3L * day, 0, how, storage);
        OperatorSnapshotFutures aborted = operator.snapshotState(3L * day + 1, 0, how, storage);
        OperatorSnapshotFutures later = operator.snapshotState(3L * day + 2, 0, how, storage);
        byte[] wanted = bytes(atOnce);
        aborted.cancel();
        student.day(day);
        assertThat(bytes(later)).hasSizeGreaterThan(1 << 20).isEqualTo(wanted);
        assertThat(aborted.getOperatorStateRawFuture().isCancelled()).isTrue();
      }
    }
  }

  private static byte[] bytes(OperatorSnapshotFutures futures) throws Exception {
    futures.getOperatorStateRawFuture().run();
    try (InputStream in =
        futures.getOperatorStateRawFuture().get().getJobManagerOwnedSnapshot().openInputStream()) {
      return in.readAllBytes();
    }
  }

  // Law: the lag is the time since the newest event learned, of that beyond the lateness.
  @Test
  void lagIsMeasuredBeyondTheLateness() throws Exception {
    JobSpec patient = TestJobs.learned(100, 300);
    try (var student = StudentHarness.of(patient, runDir)) {
      student.open();
      StudentOperator operator = (StudentOperator) student.getOneInputOperator();
      student.setProcessingTime(TestJobs.START + 2_000);
      GatedEvent event = new GatedEvent(StudentHarness.EVENTS.get(100), false);
      student.processElement(new StreamRecord<>(event, 1));
      assertThat(operator.lagSeconds()).isNaN();
      student.processWatermark(new Watermark(TestJobs.START + 500));
      assertThat(operator.lagSeconds()).isEqualTo(1.2);
      student.setProcessingTime(TestJobs.START + 60_000);
      assertThat(operator.lagSeconds()).isEqualTo(59.2);
    }
  }

  // Law: a student that retrains under a mask goes on from a snapshot as if it had not stopped.
  @Test
  void retrainingGoesOnFromASnapshot() throws Exception {
    Path search = runDir.resolve("search");
    retrain("", search, new ArrayList<>(), 0, DAYS);
    Path mask = search.resolve(RunFiles.MODELS).resolve("pep");
    List<ReportLine> whole = new ArrayList<>();
    List<ReportLine> parts = new ArrayList<>();
    retrain(mask.toString(), runDir.resolve("whole"), whole, 0, DAYS);
    OperatorSubtaskState middle = retrain(mask.toString(), runDir.resolve("parts"), parts, 0, 2);
    retrain(mask.toString(), runDir.resolve("parts"), parts, 2, DAYS, middle);
    assertThat(json(parts)).hasSize(DAYS).isEqualTo(json(whole)).doesNotHaveDuplicates();
    assertThat(RunFacts.notes(TestJobs.pruned(mask.toString()), List.of(7L, 8L)))
        .containsExactly(
            "the mask of arm pep has seen the labels of events up to 2023-11-14T22:13:24.995Z:"
                + " only figures of later windows are predictions",
            "the mask of arm pep was found with seed 7: with seeds [8] weights start from other"
                + " values than in the search");
  }

  /** Days {@code [from, to)} of an arm that prunes; its state at their end. */
  private OperatorSubtaskState retrain(
      String mask,
      Path folder,
      List<ReportLine> lines,
      int from,
      int to,
      OperatorSubtaskState... state)
      throws Exception {
    JobSpec pruned = TestJobs.pruned(mask);
    try (var student = StudentHarness.publishing(pruned, folder)) {
      if (state.length > 0) {
        student.initializeState(state[0]);
      }
      student.open();
      for (int day = from; day < to; day++) {
        student.day(day);
      }
      OperatorSubtaskState end = student.snapshot(1, 1);
      lines.addAll(student.extractOutputValues());
      return end;
    }
  }
}
