package io.millrace.flink.operator;

import static io.millrace.flink.operator.StudentHarness.learn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.Schema;
import io.millrace.event.SchemaChange;
import io.millrace.event.Transform;
import io.millrace.flink.graph.TestJobs;
import io.millrace.maps.TeacherValues;
import io.millrace.runs.line.MetricColumns;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.student.FormerStudent;
import io.millrace.student.MetricLine;
import io.millrace.student.SavedColumns;
import io.millrace.student.Student;
import io.millrace.teacher.Teacher;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Law: operators that are restored with other columns go on as a student and a teacher in memory
 * do, to the bit.
 */
@SuppressWarnings("try") // close() of a harness may throw anything
class ColumnChangeTest {

  private static final int PER_DAY = 200;
  private static final int CHANGE = PER_DAY + 77;
  private static final long SEED = 7;
  private static final JobSpec JOB = TestJobs.everything(1000, 30);
  private static final List<ClickEvent> EVENTS = TestJobs.events(3, PER_DAY, 0, 1);

  @TempDir private Path dir;

  /** With the dense column behind a new one, and the small field in the place of a new one. */
  private static JobSpec next() {
    Schema schema = JOB.schema();
    List<DenseColumn> dense =
        List.of(DenseColumn.of("n", new Transform.Identity()), schema.dense().get(0));
    List<CategoricalField> fields =
        List.of(schema.fields().get(0), CategoricalField.of("new", 300));
    return SavedColumns.of(JOB)
        .continuedBy(
            JOB.with(JobSpec::schema, new Schema(dense, fields, schema.label(), schema.time())));
  }

  private static final JobSpec NEXT = next();

  /** Events after the change, with values in the new columns. */
  private static List<ClickEvent> later() {
    List<ClickEvent> later = new ArrayList<>();
    for (ClickEvent event : EVENTS.subList(CHANGE, EVENTS.size())) {
      long id = event.ids()[0];
      later.add(
          new ClickEvent(
              event.eventTime(),
              event.label(),
              new float[] {(id & 0xFF) / 256f, event.dense()[0]},
              new long[] {id, id % 300},
              new int[] {0, 1, 2}));
    }
    return later;
  }

  private static ArmSpec arm(String name) {
    return NEXT.arms().stream().filter(a -> a.name().equals(name)).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "full-pep", "full-mixed", "modulo", "qr", "double", "linear"})
  void students(String name) throws Exception {
    ArmSpec arm = arm(name);
    OperatorSubtaskState state;
    try (StudentHarness before = StudentHarness.of(JOB, arm, dir)) {
      before.open();
      learn(before, EVENTS.subList(0, CHANGE));
      state = before.snapshot(1, 1);
    }
    List<String> lines;
    try (StudentHarness after = StudentHarness.of(NEXT, arm, dir)) {
      after.initializeState(state);
      after.open();
      learn(after, later());
      after.processWatermark(new Watermark(TestJobs.START + 3 * TestJobs.DAY - 1));
      lines = after.metrics();
      state = after.snapshot(2, 2);
    }
    assertThat(lines).hasSize(2).isEqualTo(inMemory(arm));
    try (StudentHarness again = StudentHarness.of(NEXT, arm, dir)) {
      again.initializeState(state);
      again.open(); // its state has the columns of now
    }
  }

  private static List<String> inMemory(ArmSpec arm) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<String> lines = new ArrayList<>();
    try (Student before = student(JOB, arm, lines)) {
      learnAll(before, EVENTS.subList(0, CHANGE));
      before.writeState(new DataOutputStream(bytes));
    }
    lines.clear();
    try (Student after = student(NEXT, arm, lines)) {
      FormerStudent.read(
          after,
          JOB,
          Student.FORMAT,
          new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
      learnAll(after, later());
      after.onWatermark(TestJobs.START + 3 * TestJobs.DAY - 1);
    }
    return lines;
  }

  private static void learnAll(Student student, List<ClickEvent> events) {
    for (ClickEvent event : events) {
      student.onEvent(event, false);
      student.onWatermark(event.eventTime() - 1);
    }
  }

  private static Student student(JobSpec job, ArmSpec arm, List<String> lines) {
    Student.Listener listener =
        new Student.Listener() {
          @Override
          public void metrics(MetricLine line) {
            lines.add(MetricColumns.LINE.json(line));
          }

          @Override
          public void publish(Student published, Student.PublishCause cause) {}
        };
    return new Student(
        job, arm, SEED, (spec, f, s) -> null, Refreshes.ofWindows(job.mapGrid()), listener);
  }

  private static OneInputStreamOperatorTestHarness<GatedEvent, MapPiece> teacher(JobSpec job)
      throws Exception {
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(
            TeacherOperator.class,
            p ->
                new TeacherOperator(
                    p, job, false, SEED, RefreshDecisions.Source.of(job, null, null))));
  }

  @Test
  void aTeacher() throws Exception {
    OperatorSubtaskState state;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var before = teacher(JOB);
        Teacher inMemory = inMemory(JOB, new ArrayList<>())) {
      before.open();
      learn(before, EVENTS.subList(0, CHANGE));
      state = before.snapshot(1, 1);
      for (ClickEvent event : EVENTS.subList(0, CHANGE)) {
        inMemory.onEvent(event, false);
        inMemory.onWatermark(event.eventTime() - 1);
      }
      inMemory.writeState(new DataOutputStream(bytes));
    }
    List<TeacherValues> expected = new ArrayList<>();
    try (var after = teacher(NEXT);
        Teacher inMemory = inMemory(NEXT, expected)) {
      inMemory.readFormer(
          Teacher.FORMAT, new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())), JOB);
      for (ClickEvent event : later()) {
        inMemory.onEvent(event, false);
        inMemory.onWatermark(event.eventTime() - 1);
      }
      inMemory.onWatermark(TestJobs.START + 3 * TestJobs.DAY - 1);
      after.initializeState(state);
      after.open();
      learn(after, later());
      after.processWatermark(new Watermark(TestJobs.START + 3 * TestJobs.DAY - 1));
      List<MapPiece> pieces = after.extractOutputValues();
      assertThat(pieces.stream().map(MapPiece::field)).containsExactly(0, 3, 0, 3);
      assertThat(pieces.stream().map(MapPiece::values).toList())
          .usingRecursiveComparison()
          .isEqualTo(expected);
      assertThat(expected.get(3).ids()).hasSizeGreaterThan(50);
    }
  }

  private static Teacher inMemory(JobSpec job, List<TeacherValues> values) {
    return new Teacher(
        job,
        "teacher",
        SEED,
        Refreshes.ofWindows(job.mapGrid()),
        new Teacher.Listener() {
          @Override
          public void values(int field, long subWindow, boolean builds, TeacherValues v) {
            values.add(v);
          }

          @Override
          public void passed(long watermark) {}
        });
  }

  @Test
  void anArmWithReplicasKeepsItsColumns() {
    SchemaChange change = SchemaChange.between(JOB.schema(), NEXT.schema());
    assertThatThrownBy(() -> FormerStudent.check(arm("modulo").with(ArmSpec::replicas, 4), change))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "arm modulo: replicas must be 1 where columns change (added: [n, new], dropped: [small]),"
                + " as replicas hold changes of models with the former ones, but was 4; put the"
                + " columns back, or give the arm another name, under which it starts anew");
  }
}
