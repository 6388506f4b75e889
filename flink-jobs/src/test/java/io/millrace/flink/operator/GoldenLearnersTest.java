package io.millrace.flink.operator;

import static io.millrace.flink.operator.GoldenState.EVENTS;
import static io.millrace.flink.operator.GoldenState.JOB;
import static io.millrace.flink.operator.GoldenState.SEED;
import static io.millrace.flink.operator.GoldenState.again;
import static io.millrace.flink.operator.GoldenState.golden;
import static io.millrace.flink.operator.GoldenState.raw;
import static io.millrace.flink.operator.GoldenState.stored;
import static io.millrace.flink.operator.StudentHarness.learn;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.graph.TestJobs;
import io.millrace.flink.operator.GoldenState.Maker;
import io.millrace.hash.MapVersion;
import io.millrace.maps.TeacherValues;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.student.Student;
import io.millrace.teacher.Teacher;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Law: state of students and teachers that an earlier program wrote restores to the same object.
 */
@Timeout(60)
@SuppressWarnings("try") // close() of a harness may throw anything
class GoldenLearnersTest {

  @TempDir Path dir;

  static List<String> arms() {
    return List.of(
        "full",
        "full-mixed",
        "full-pep",
        "modulo",
        "qr",
        "learned-mlet",
        "learned-pep",
        "two-level");
  }

  static List<String> allArms() {
    return Stream.concat(arms().stream(), Stream.of("two-level-linear", "linear")).toList();
  }

  private static ArmSpec spec(String arm) {
    return JOB.arms().stream().filter(a -> a.name().equals(arm)).findFirst().orElseThrow();
  }

  // Law: a restored student writes the bytes it was restored from, with an event and a late one
  // held.
  @ParameterizedTest
  @MethodSource("allArms")
  void students(String arm) throws Exception {
    ArmSpec spec = spec(arm);
    Maker<StudentHarness> maker = () -> StudentHarness.of(JOB, spec, dir);
    OperatorSubtaskState state =
        golden(
            dir,
            "student-" + arm + "-" + Student.FORMAT,
            maker,
            student -> {
              learn(student, EVENTS.subList(0, 150));
              student.processElement(
                  new StreamRecord<>(new GatedEvent(EVENTS.get(250), false), 1)); // is held
              student.processElement(
                  new StreamRecord<>(new GatedEvent(EVENTS.get(3), true), 1)); // is held, late
            });
    assertThat(again(maker, state)).isEqualTo(raw(state));
  }

  // Law: learning goes on from an earlier format as from the newest.
  @ParameterizedTest
  @MethodSource("allArms")
  void studentsOfAnEarlierFormat(String arm) throws Exception {
    ArmSpec spec = spec(arm);
    if (spec.hash().mapped()) {
      new MapFolder(dir.resolve(RunFiles.MAPS))
          .skip(JOB.mapSpec(spec), "big", TestJobs.START + TestJobs.DAY);
    }
    List<List<String>> lines = new ArrayList<>();
    List<Integer> formats = formats(arm);
    for (int format : formats) {
      Maker<StudentHarness> maker = () -> StudentHarness.of(JOB, spec, dir);
      OperatorSubtaskState state = stored(dir, "student-" + arm + "-" + format);
      try (var student = maker.make()) {
        student.initializeState(state);
        student.open();
        learn(student, EVENTS.subList(150, 200));
        student.processWatermark(new Watermark(TestJobs.START + TestJobs.DAY - 1));
        lines.add(student.metrics());
      }
    }
    assertThat(lines)
        .hasSameSizeAs(formats)
        .allSatisfy(of -> assertThat(of).hasSize(1).isEqualTo(lines.get(0)));
  }

  /** The formats that an arm has been written in; there were no linear parts before format 10. */
  private static List<Integer> formats(String arm) {
    return StudentOperator.READABLE.stream()
        .filter(format -> format >= 10 || arms().contains(arm))
        .toList();
  }

  // Law: so does a student that follows maps, with one in use and the next one offered.
  @Test
  void studentWithMaps() throws Exception {
    JobSpec live = TestJobs.live();
    Maker<StudentHarness> maker = () -> StudentHarness.of(live, dir);
    OperatorSubtaskState state =
        golden(
            dir,
            "student-maps-" + Student.FORMAT,
            maker,
            student -> {
              List<MapVersion> maps = StudentHarness.maps(live, EVENTS);
              MapFolder folder = new MapFolder(dir.resolve(RunFiles.MAPS));
              learn(student, EVENTS.subList(0, 210));
              folder.store(maps.get(0));
              student.takeMail();
              learn(student, EVENTS.subList(210, 410));
              folder.store(maps.get(1));
              student.takeMail();
            });
    assertThat(again(maker, state)).isEqualTo(raw(state));
    assertThat(again(maker, stored(dir, "student-maps-12"))).isEqualTo(raw(state));
  }

  private Maker<OneInputStreamOperatorTestHarness<GatedEvent, MapPiece>> teacherMaker() {
    return () ->
        new OneInputStreamOperatorTestHarness<>(
            OperatorFactory.of(
                TeacherOperator.class,
                p ->
                    new TeacherOperator(
                        p, JOB, false, SEED, RefreshDecisions.Source.of(JOB, null, null))));
  }

  // Law: a restored teacher writes the bytes it was restored from, with an event and a late one
  // held.
  @Test
  void teacher() throws Exception {
    OperatorSubtaskState state =
        golden(
            dir,
            "teacher-" + Teacher.FORMAT,
            teacherMaker(),
            teacher -> {
              learn(teacher, EVENTS.subList(0, 330));
              teacher.processElement(new StreamRecord<>(new GatedEvent(EVENTS.get(450), false), 1));
              teacher.processElement(new StreamRecord<>(new GatedEvent(EVENTS.get(3), true), 1));
            });
    assertThat(again(teacherMaker(), state)).isEqualTo(raw(state));
  }

  /** Formats of teachers that sampled by a counter, and by the hash. */
  static List<List<Integer>> teacherFormats() {
    return List.of(List.of(4, 5), List.of(6, Teacher.FORMAT));
  }

  // Law: learning goes on from an earlier format as from the newest that took the same events.
  @ParameterizedTest
  @MethodSource("teacherFormats")
  void teachersOfAnEarlierFormat(List<Integer> formats) throws Exception {
    List<List<TeacherValues>> values = new ArrayList<>();
    for (int format : formats) {
      OperatorSubtaskState state = stored(dir, "teacher-" + format);
      try (var teacher = teacherMaker().make()) {
        teacher.initializeState(state);
        teacher.open();
        learn(teacher, EVENTS.subList(330, 400));
        teacher.processWatermark(new Watermark(TestJobs.START + 2 * TestJobs.DAY - 1));
        values.add(teacher.extractOutputValues().stream().map(MapPiece::values).toList());
      }
    }
    assertThat(TeacherOperator.READABLE).containsAll(formats);
    assertThat(values.get(0)).hasSize(2);
    assertThat(values)
        .allSatisfy(of -> assertThat(of).usingRecursiveComparison().isEqualTo(values.get(0)));
  }
}
