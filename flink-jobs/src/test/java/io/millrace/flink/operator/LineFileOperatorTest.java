package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.Warning;
import io.millrace.flink.graph.TestJobs;
import io.millrace.jobfile.JobConfig;
import io.millrace.jobfile.Settings;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import io.millrace.state.ReportLine;
import io.millrace.student.StateFacts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // close() of a harness may throw anything
class LineFileOperatorTest {

  @TempDir Path dir;

  private OneInputStreamOperatorTestHarness<ReportLine, ReportLine> harness() throws Exception {
    return harness(TestJobs.live());
  }

  private OneInputStreamOperatorTestHarness<ReportLine, ReportLine> harness(JobSpec job)
      throws Exception {
    return harness(job, Settings.NONE);
  }

  private OneInputStreamOperatorTestHarness<ReportLine, ReportLine> harness(
      JobSpec job, Settings settings) throws Exception {
    String runDir = dir.toString();
    StateFacts facts = StateFacts.ofJob(job, 1, "clicks");
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(
            LineFileOperator.class, p -> new LineFileOperator(p, runDir, settings, facts)));
  }

  private static StreamRecord<ReportLine> line(ReportLine.Kind kind, String json) {
    return new StreamRecord<>(new ReportLine(kind, "key", json));
  }

  // a line written after the checkpoint and again after the restart is there once
  @Test
  void linesAreThereOnce() throws Exception {
    OperatorSubtaskState state;
    try (var files = harness()) {
      files.open();
      files.processElement(line(ReportLine.Kind.METRICS, "{\"a\":1}"));
      files.processElement(line(ReportLine.Kind.DRIFT, "{\"d\":\"ä\"}"));
      state = files.snapshot(1, 0);
      files.processElement(line(ReportLine.Kind.METRICS, "{\"a\":2}"));
    }
    try (var files = harness()) {
      files.initializeState(state);
      files.open();
      files.processElement(line(ReportLine.Kind.METRICS, "{\"a\":2}"));
      files.processElement(line(ReportLine.Kind.MAP, "{}"));
      assertThat(files.extractOutputValues()).hasSize(2);
    }
    assertThat(Files.readAllLines(dir.resolve(RunFiles.METRICS)))
        .containsExactly("{\"a\":1}", "{\"a\":2}");
    assertThat(Files.readAllLines(dir.resolve(RunFiles.DRIFT))).containsExactly("{\"d\":\"ä\"}");
    assertThat(dir.resolve(RunFiles.REJECTS)).doesNotExist();
  }

  // a job that reads its state in another way is told so, once, and not restarted for ever
  @Test
  void stateOfAJobLaidOutInAnotherWayIsRefused() throws Exception {
    OperatorSubtaskState state;
    try (var files = harness()) {
      files.open();
      state = files.snapshot(1, 0);
    }
    try (var files = harness(TestJobs.everything(50, 30))) {
      files.initializeState(state);
    }
    try (var files = harness(TestJobs.countingIn(4))) {
      assertThatThrownBy(() -> files.initializeState(state))
          .isInstanceOf(SuppressRestartsException.class)
          .cause()
          .hasMessage(
              "job: counts.shards must stay 3, as in the saved state, but was 4; put it back, or"
                  + " start a new run without --from");
    }
  }

  // a job that could not read the settings before it was submitted says which keys it needs
  @Test
  void settingsThatDifferWhereTheyAreUnsetAreRefused() throws Exception {
    OperatorSubtaskState state;
    try (var files = harness(TestJobs.live(), settings("hash: {kept: 0.5}\n"))) {
      files.open();
      state = files.snapshot(1, 0);
    }
    try (var files = harness(TestJobs.live(), settings("hash: {kept: 0.6}\n"))) {
      files.initializeState(state);
    }
    try (var files = harness(TestJobs.live(), settings(""))) {
      assertThatThrownBy(() -> files.initializeState(state))
          .isInstanceOf(SuppressRestartsException.class)
          .cause()
          .hasMessage(
              "job: keys that the job file leaves unset must be as in the saved state but are not:"
                  + " set hash.kept: 0.5 (was 0.9), or submit the job where --from can be read");
    }
  }

  private static Settings settings(String sections) {
    String data =
        "name: a\nschema: {label: {column: y}, time: {column: t},"
            + " categorical: [{columns: u, expected_ids: 9}]}\narms: [{name: b}]\n";
    return JobConfig.parse(data + sections, "job.yaml").settings();
  }

  // what every reader finds for itself is a line once for a place; other warnings are lines each
  @Test
  void readersWarnTogether() throws Exception {
    try (var files = harness()) {
      files.open();
      for (String place : List.of("a", "a", "b")) {
        for (Warning.Kind kind : List.of(Warning.Kind.UNSEEN_COLUMN, Warning.Kind.LATE_EVENTS)) {
          Warning warning = new Warning(kind, 1, null, place, 1, "m");
          files.processElement(new StreamRecord<>(ReportLines.warning(warning)));
        }
      }
    }
    assertThat(Files.readAllLines(dir.resolve(RunFiles.WARNINGS)))
        .filteredOn(line -> line.contains("unseen_column"))
        .hasSize(2);
    assertThat(Files.readAllLines(dir.resolve(RunFiles.WARNINGS))).hasSize(5);
  }

  // rejects and values stay here; the file of values is replaced
  @Test
  void someLinesAreForFilesAlone() throws Exception {
    try (var files = harness()) {
      files.open();
      files.processElement(line(ReportLine.Kind.REJECT, "{\"r\":1}"));
      files.processElement(line(ReportLine.Kind.VALUES, "{\"v\":1}\n{\"v\":2}"));
      files.processElement(line(ReportLine.Kind.VALUES, "{\"v\":3}\n{\"v\":4}"));
      assertThat(files.extractOutputValues()).isEmpty();
    }
    assertThat(Files.readString(dir.resolve(RunFiles.REJECTS))).isEqualTo("{\"r\":1}\n");
    assertThat(Files.readString(dir.resolve(RunFiles.VALUES))).isEqualTo("{\"v\":3}\n{\"v\":4}\n");
  }
}
