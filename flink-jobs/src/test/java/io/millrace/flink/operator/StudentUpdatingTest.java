package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.Warning;
import io.millrace.flink.graph.TestJobs;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.UpdateCodec;
import io.millrace.snapshot.UpdateRecord;
import io.millrace.spec.JobSpec;
import io.millrace.state.ReportLine;
import io.millrace.state.UpdateChunk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: a student emits what wall time asks for, and numbers it over restarts. */
@SuppressWarnings("try") // close() of a harness may throw anything
class StudentUpdatingTest {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final long NOW = 1_700_000_000_000L;

  @TempDir Path dir;

  // Law: a reset comes first, then a version by the next tick, then updates; none without change.
  // A restore begins a larger epoch, also where the clock stands still, with a version at once.
  @Test
  void numbersGoOnAfterARestore() throws Exception {
    JobSpec job = TestJobs.live();
    OperatorSubtaskState saved;
    try (StudentHarness student = StudentHarness.updating(job, dir, SECOND)) {
      student.setProcessingTime(NOW);
      student.open();
      assertThat(records(student)).containsExactly(new UpdateRecord.Reset("learned", NOW, 0));
      StudentHarness.learn(student, StudentHarness.EVENTS.subList(0, 100));
      student.setProcessingTime(NOW + 1000);
      assertThat(records(student)).hasSize(1);
      StudentHarness.learn(student, StudentHarness.EVENTS.subList(100, 190));
      student.setProcessingTime(NOW + 2000);
      student.setProcessingTime(NOW + 3000);
      assertThat(records(student)).hasSize(2);
      ModelUpdate update = (ModelUpdate) records(student).get(1);
      assertThat(update.header().epoch()).isEqualTo(NOW);
      assertThat(update.header().previous()).isEqualTo(1);
      assertThat(update.header().interval()).isEqualTo(2);
      assertThat(update.header().modelVersion()).isEqualTo(1);
      assertThat(update.header().eventsLearned()).isPositive();
      saved = student.snapshot(1, 1);
    }
    try (StudentHarness student = StudentHarness.updating(job, dir, SECOND)) {
      student.setProcessingTime(NOW);
      student.initializeState(saved);
      student.open();
      student.setProcessingTime(NOW + 1);
      assertThat(records(student)).containsExactly(new UpdateRecord.Reset("learned", NOW + 1, 2));
      assertThat(student.extractOutputValues())
          .filteredOn(line -> line.kind() == ReportLine.Kind.MODEL)
          .singleElement()
          .extracting(ReportLine::json)
          .asString()
          .contains("\"model_version\":2");
    }
  }

  // Law: an arm whose rows are pruned says that it emits none, by its name, and emits none.
  @Test
  void prunedArmsWarn() throws Exception {
    try (StudentHarness student = StudentHarness.updating(TestJobs.pruned(""), dir, SECOND)) {
      student.setProcessingTime(NOW);
      student.open();
      StudentHarness.learn(student, StudentHarness.EVENTS.subList(0, 100));
      student.setProcessingTime(NOW + 5000);
      assertThat(student.getSideOutput(StudentUpdating.UPDATES)).isNullOrEmpty();
      assertThat(student.extractOutputValues())
          .filteredOn(line -> line.kind() == ReportLine.Kind.WARNING)
          .singleElement()
          .extracting(ReportLine::json)
          .asString()
          .contains(Warning.Kind.NO_UPDATES.key(), "arm pep emits no updates");
    }
  }

  private static List<UpdateRecord> records(StudentHarness student) {
    UpdateCodec.Assembler assembler = new UpdateCodec.Assembler();
    List<UpdateRecord> records = new ArrayList<>();
    for (StreamRecord<UpdateChunk> chunk : student.getSideOutput(StudentUpdating.UPDATES)) {
      assembler.add(chunk.getValue().value()).ifPresent(records::add);
    }
    return records;
  }
}
