package io.millrace.flink.operator;

import static io.millrace.flink.operator.StudentHarness.DAYS;
import static io.millrace.flink.operator.StudentHarness.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.flink.graph.TestJobs;
import io.millrace.runs.ModelPublisher;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import io.millrace.state.ReportLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Law: a folder that cannot be written delays versions, and loses none that it would keep. */
@Timeout(60)
@SuppressWarnings("try") // close() of a harness may throw anything
class StudentPublishingTest {

  @TempDir Path runDir;

  private final JobSpec job = TestJobs.live();

  // Law: versions that cannot be written while the student learns leave the files and the
  // announcements that they would have left at once, of as many versions as the folder keeps.
  @Test
  void aFolderThatCannotBeWrittenIsCaughtUpWith() throws Exception {
    Path whole = runDir.resolve("whole");
    Path broken = runDir.resolve("broken");
    List<ReportLine> expected = new ArrayList<>();
    List<ReportLine> lines = new ArrayList<>();
    try (var student = StudentHarness.publishing(job, whole);
        var other = StudentHarness.publishing(job, broken)) {
      student.open();
      other.open();
      for (int day = 0; day < DAYS; day++) {
        student.day(day);
        if (day == 1) {
          block(broken);
        }
        other.day(day);
      }
      other.setProcessingTime(5000);
      assertThat(versions(other)).containsExactly("1");
      unblock(broken);
      other.setProcessingTime(10_000);
      assertThat(versions(student)).containsExactly("1", "2", "3", "4", "5");
      assertThat(versions(other)).containsExactly("1", "3", "4", "5");
      expected.addAll(student.extractOutputValues());
      lines.addAll(other.extractOutputValues());
    }
    assertThat(json(lines)).isEqualTo(json(expected));
    assertThat(announced(lines)).isSubsetOf(announced(expected));
    assertThat(content(broken)).isEqualTo(content(whole)).hasSize(3 * 2 + 1);
  }

  // Law: after a restart the newest version that was due is published, with the number it had.
  @Test
  void aRestartPublishesWhatWasDue() throws Exception {
    var first = StudentHarness.publishing(job, runDir);
    first.open();
    first.day(0);
    block(runDir);
    first.day(1);
    first.day(2);
    OperatorSubtaskState state = first.snapshot(1, 1);
    assertThatThrownBy(first::close).isInstanceOf(IOException.class);

    var second = StudentHarness.publishing(job, runDir);
    second.initializeState(state);
    second.open();
    second.setProcessingTime(5000);
    assertThat(versions(second)).isEmpty();
    state = second.snapshot(2, 2);
    assertThatThrownBy(second::close).isInstanceOf(IOException.class);

    unblock(runDir);
    for (String next : List.of("4", "5")) { // the second time 3 is there, and announced again
      try (var student = StudentHarness.publishing(job, runDir)) {
        student.initializeState(state);
        student.open();
        student.setProcessingTime(5000);
        assertThat(versions(student)).containsExactly("3");
        student.day(3);
        assertThat(versions(student)).containsExactly("3", next);
      }
    }
  }

  // Law: a job that ends without some versions names them.
  @Test
  void anEndWithoutItsModelsIsAFailure() throws Exception {
    var student = StudentHarness.publishing(job, runDir);
    student.open();
    block(runDir);
    student.day(0);
    assertThatThrownBy(student::close)
        .hasMessageStartingWith("student-learned has ended but cannot publish versions [1]: ")
        .hasMessageContaining(runDir.toString());
  }

  /** Puts a file where the arm's folder was, which not even root can write into. */
  private static void block(Path folder) throws IOException {
    Path arm = folder.resolve(RunFiles.MODELS).resolve("learned");
    Files.createDirectories(arm);
    Files.move(arm, folder.resolve("aside"));
    Files.createFile(arm);
  }

  private static void unblock(Path folder) throws IOException {
    Path arm = folder.resolve(RunFiles.MODELS).resolve("learned");
    if (Files.isRegularFile(arm)) {
      Files.delete(arm);
      Files.move(folder.resolve("aside"), arm);
    }
  }

  private static List<String> announced(List<ReportLine> lines) {
    return lines.stream()
        .filter(line -> line.kind() == ReportLine.Kind.MODEL)
        .map(ReportLine::json)
        .toList();
  }

  private static List<String> versions(StudentHarness student) {
    return announced(student.extractOutputValues()).stream()
        .map(json -> json.replaceAll(".*\"model_version\":([0-9]+).*", "$1"))
        .toList();
  }

  /** What lies in a run's models, by path. */
  private static Map<String, String> content(Path folder) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder.resolve(RunFiles.MODELS))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        content.put(
            folder.relativize(file).toString(),
            Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return content;
  }

  // Law: a failure to emit an announcement is no failure to publish, and reaches the task.
  @Test
  void aFailureToEmitReachesTheTask() {
    StudentPublishing publishing =
        new StudentPublishing(
            "student-full",
            3,
            (arm, window) -> new ModelPublisher.Written(1, Optional.of("{}")),
            line -> {
              throw new UncheckedIOException(new IOException("the output is closed"));
            });
    assertThatThrownBy(() -> publishing.publish(null))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("the output is closed");
    assertThat(publishing.failures()).isZero();
    assertThat(publishing.waiting()).isZero();
  }
}
