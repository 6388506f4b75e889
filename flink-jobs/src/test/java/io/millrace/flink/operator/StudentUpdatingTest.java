package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.Warning;
import io.millrace.flink.graph.TestJobs;
import io.millrace.runs.RunFiles;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.UpdateCodec;
import io.millrace.snapshot.UpdateRecord;
import io.millrace.spec.JobSpec;
import io.millrace.state.ReportLine;
import io.millrace.state.UpdateChunk;
import io.millrace.student.Student;
import io.millrace.table.EmbeddingTable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  // Law: an epoch is later than that of any version, also one that began after the checkpoint,
  // where the clock has gone backwards.
  @Test
  void anEpochIsLaterThanThoseOfTheVersions() throws Exception {
    JobSpec job = TestJobs.live();
    OperatorSubtaskState saved;
    try (StudentHarness student = StudentHarness.updating(job, dir, SECOND)) {
      student.setProcessingTime(NOW);
      student.open();
      saved = student.snapshot(1, 1);
    }
    try (StudentHarness student = StudentHarness.updating(job, dir, SECOND)) {
      student.setProcessingTime(NOW + 500_000);
      student.initializeState(saved);
      student.open();
      StudentHarness.learn(student, StudentHarness.EVENTS.subList(0, 100));
      student.setProcessingTime(NOW + 501_000);
    }
    try (StudentHarness student = StudentHarness.updating(job, dir, SECOND)) {
      student.setProcessingTime(NOW + 1000);
      student.initializeState(saved);
      student.open();
      assertThat(records(student))
          .containsExactly(new UpdateRecord.Reset("learned", NOW + 500_001, 0));
    }
  }

  // Law: a number that was published keeps its content where versions depend on wall time.
  @ParameterizedTest
  @ValueSource(strings = {"learned", "pep"})
  void numbersGoOnBeyondThoseOfTheFolder(String arm) throws Exception {
    JobSpec job = arm.equals("pep") ? TestJobs.pruned("") : TestJobs.live();
    Duration updates = arm.equals("pep") ? SECOND : Duration.ZERO;
    OperatorSubtaskState saved;
    try (StudentHarness student = StudentHarness.updating(job, dir, updates)) {
      student.open();
      student.day(0);
      saved = student.snapshot(1, 1);
      student.day(1);
    }
    byte[] second = Files.readAllBytes(manifest(arm, 2));
    try (StudentHarness student = StudentHarness.updating(job, dir, updates)) {
      student.initializeState(saved);
      student.open();
      StudentHarness.learn(student, StudentHarness.EVENTS.subList(200, 300));
      student.processWatermark(new Watermark(TestJobs.START + 2 * TestJobs.DAY - 1));
    }
    assertThat(manifest(arm, 2)).hasBinaryContent(second);
    assertThat(manifest(arm, 3)).exists();
  }

  private Path manifest(String arm, long version) {
    return dir.resolve(RunFiles.MODELS)
        .resolve(arm)
        .resolve(ModelFolder.versionName(version))
        .resolve(Manifest.FILE_NAME);
  }

  // Law: while the gate refuses, attempts get rarer, to one a minute; one that passes ends that.
  @Test
  void attemptsGetRarerWhileTheGateRefuses() throws Exception {
    try (StudentHarness student = StudentHarness.updating(TestJobs.live(), dir, SECOND)) {
      student.setProcessingTime(NOW);
      student.open();
      StudentHarness.learn(student, StudentHarness.EVENTS.subList(0, 100));
      student.setProcessingTime(NOW + 1000);
      Student learner = ((StudentOperator) student.getOneInputOperator()).learner;
      StudentHarness.learn(student, StudentHarness.EVENTS.subList(100, 190));
      EmbeddingTable table = learner.model().fields().get(0).table();
      byte[] healthy = state(table);
      byte[] damaged = healthy.clone();
      ByteBuffer.wrap(damaged).putFloat(Integer.BYTES + Long.BYTES, Float.NaN);
      table.readState(new DataInputStream(new ByteArrayInputStream(damaged)));
      List<Integer> at = new ArrayList<>();
      for (int second = 2; second <= 200; second++) {
        long before = learner.gate().refused();
        student.setProcessingTime(NOW + second * 1000L);
        if (learner.gate().refused() > before) {
          at.add(second);
        }
      }
      assertThat(at).containsExactly(2, 3, 5, 9, 17, 33, 65, 125, 185);
      table.readState(new DataInputStream(new ByteArrayInputStream(healthy)));
      student.setProcessingTime(NOW + 245_000);
      assertThat(learner.updates().refused()).isFalse();
      StudentHarness.learn(student, StudentHarness.EVENTS.subList(190, 199));
      student.setProcessingTime(NOW + 246_000);
      assertThat(learner.modelVersion()).isEqualTo(2);
    }
  }

  private static byte[] state(EmbeddingTable table) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    table.writeState(new DataOutputStream(out));
    return out.toByteArray();
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
