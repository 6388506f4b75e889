package io.millrace.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.maps.TeacherValues;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.table.FrozenState;
import io.millrace.teacher.Teacher;
import io.millrace.time.OrderedLearner;
import io.millrace.watch.BuildDecisions;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Law: events that are held, and steps that are held back, are only marked when state is frozen,
 * and written later as they were then, while the learner goes on.
 */
class HeldStateTest {

  private static final int HELD = 1000;

  /** Of a time, a label, a dense value, two ids and their offsets. */
  private static final int EVENT_BYTES = 48;

  private static final JobSpec JOB = SmallJob.job(true, HELD, 200);
  private static final List<ClickEvent> EVENTS = SmallJob.events(6, 500, 1);

  private boolean mapsAreThere;

  @Test
  void ofAStudent() throws IOException {
    ArmSpec arm =
        JOB.arms().stream().filter(a -> a.name().equals("learned")).findFirst().orElseThrow();
    Student.MapSource maps =
        new Student.MapSource() {
          @Override
          public MapVersion await(String spec, int field, long subWindow) {
            return null;
          }

          @Override
          public boolean ready(String spec, int field, long subWindow) {
            return mapsAreThere;
          }
        };
    Student.Listener listener =
        new Student.Listener() {
          @Override
          public void metrics(MetricLine line) {}

          @Override
          public void publish(Student student, Student.PublishCause cause) {}
        };
    BuildDecisions decisions = Refreshes.ofWindows(JOB.mapGrid());
    assertHeldIsWrittenLater(new Student(JOB, arm, 7, maps, decisions, listener));
  }

  @Test
  void ofATeacher() throws IOException {
    BuildDecisions decisions =
        new BuildDecisions() {
          @Override
          public boolean decided(long subWindow) {
            return mapsAreThere;
          }

          @Override
          public boolean builds(long after, long subWindow) {
            return false;
          }
        };
    Teacher.Listener listener =
        new Teacher.Listener() {
          @Override
          public void values(int field, long subWindow, boolean builds, TeacherValues values) {}

          @Override
          public void passed(long watermark) {}
        };
    assertHeldIsWrittenLater(new Teacher(JOB, "teacher", 7, decisions, listener));
  }

  private void assertHeldIsWrittenLater(OrderedLearner learner) throws IOException {
    feed(learner, 0, 1200);
    learner.onEvent(EVENTS.get(3), true);
    assertThat(learner.steps().held()).isGreaterThan(100);
    assertThat(learner.steps().heldBack()).isGreaterThan(400);
    byte[] wanted = bytes(learner);
    FrozenState frozen = FrozenState.of(learner::writeState, Long.MAX_VALUE, System::nanoTime);
    long copied = frozen.copiedBytes();
    mapsAreThere = true;
    learner.steps().resumeAll();
    feed(learner, 1200, 2400);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    frozen.writeTo(written);
    assertThat(written.toByteArray()).isEqualTo(wanted);
    assertThat(bytes(learner)).isNotEqualTo(wanted);
    learner.onWatermark(Long.MAX_VALUE);
    FrozenState holdsNone = FrozenState.of(learner::writeState, Long.MAX_VALUE, System::nanoTime);
    assertThat(copied).isLessThan(holdsNone.copiedBytes() + 50 * EVENT_BYTES);
    learner.close();
  }

  private static void feed(OrderedLearner learner, int from, int to) {
    for (ClickEvent event : EVENTS.subList(from, to)) {
      learner.onEvent(event, false);
      learner.onWatermark(event.eventTime() - JOB.windows().latenessMs() - 1);
    }
  }

  private static byte[] bytes(OrderedLearner learner) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    learner.writeState(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }
}
