package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.linear.LinearOptions;
import io.millrace.random.Seeds;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.PublishedModel;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.JobSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.spec.PublishOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.stream.SmallJob;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.table.RowFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Law: a full version and the updates after it are the model as it would be published now. */
class StudentUpdatesTest {

  /** A reader of one arm: what it has, and how often it had to take a full version. */
  private static final class Reader {
    private PlainModel has;
    private long interval = -1;
    private int versions;
    private int updates;
    private int compared;
    private long learned;

    void version(Student student) {
      PlainModel version = new PlainModel(published(student));
      if (interval == student.updates().interval()) {
        version.assertSame(has);
        compared++;
      } else {
        has = version;
        interval = student.updates().interval();
        versions++;
      }
    }

    void update(ModelUpdate update) {
      assertThat(update.header().epoch()).isEqualTo(5);
      assertThat(update.header().previous()).isEqualTo(interval);
      assertThat(update.header().interval()).isEqualTo(interval + 1);
      assertThat(update.header().eventsLearned()).isGreaterThanOrEqualTo(learned);
      learned = update.header().eventsLearned();
      interval++;
      updates++;
      has.apply(update);
    }
  }

  private static PublishedModel published(Student student) {
    return PublishedModel.copyOf(student.job().schema(), student.model());
  }

  /** A loop whose students emit updates from their first version on. */
  private static final class Loop extends QuietLoop {
    private final Map<String, Reader> readers = new HashMap<>();
    private final List<Student> students = new ArrayList<>();

    @Override
    public void publish(Student student, Student.PublishCause cause) {
      Reader reader = readers.get(student.spec().name());
      if (reader != null) {
        reader.version(student);
      } else if (StudentUpdates.possible(student.spec())) {
        readers.put(student.spec().name(), new Reader());
        students.add(student);
        student.updates().start(5, 0);
      }
    }

    @Override
    public void updated(ModelUpdate update) {
      readers.get(update.header().arm()).update(update);
    }

    /** Lets a student emit at any moment, and compares. */
    void emit(Student student) {
      Reader reader = readers.get(student.spec().name());
      student.updates().emit();
      if (reader.interval == student.updates().interval()) {
        new PlainModel(published(student)).assertSame(reader.has);
        reader.compared++;
      }
      assertThat(student.updates().take()).isEmpty();
    }
  }

  private static Loop run(JobSpec job, int days, int perDay) {
    Loop loop = new Loop();
    SplittableRandom random = Seeds.generator(3, "moments", 0);
    try (TrainLoop train = new TrainLoop(job, 7, loop, StageTimer.NONE)) {
      for (ClickEvent event : SmallJob.events(days, perDay, 1)) {
        train.onEvent(event);
        if (random.nextInt(40) == 0) {
          loop.students.forEach(loop::emit);
        }
      }
      train.finish();
    }
    return loop;
  }

  /**
   * Law: it holds for every kind of hash and table that can be updated, with half-filled batches,
   * in every served precision. A new map, and nothing else, needs a full version.
   */
  @Test
  void versionAndUpdatesAreTheModelOfNow() {
    for (RowFormat rows : List.of(RowFormat.FLOAT32, RowFormat.INT8)) {
      JobSpec job = SmallJob.job(true, 10, 0);
      PublishOptions publish = job.publish().with(PublishOptions::rows, rows);
      Loop loop = run(job.with(JobSpec::publish, publish), 4, 500);
      for (ArmSpec arm : job.arms()) {
        Reader reader = loop.readers.get(arm.name());
        if (arm.table() == ArmSpec.Table.PEP) {
          assertThat(reader).as(arm.name()).isNull();
          continue;
        }
        assertThat(reader.compared).as(arm.name()).isGreaterThan(30);
        assertThat(reader.updates).as(arm.name()).isGreaterThan(25);
        assertThat(reader.versions).as(arm.name()).isEqualTo(arm.hash().mapped() ? 4 : 1);
      }
    }
  }

  /**
   * Law: it holds where several replicas learn; the model of now is then that of the last merge.
   */
  @Test
  void mergedModelsAreUpdated() {
    JobSpec job = SmallJob.replicated(SmallJob.job(true, 10, 0), 3, 1);
    Loop loop = run(job, 4, 500);
    for (ArmSpec arm : job.arms()) {
      Reader reader = loop.readers.get(arm.name());
      assertThat(reader.compared).as(arm.name()).isGreaterThan(15);
      assertThat(reader.updates).as(arm.name()).isGreaterThan(15);
      assertThat(reader.versions).as(arm.name()).isEqualTo(arm.hash().mapped() ? 4 : 1);
    }
  }

  /** Law: it holds for a linear part alone and beside a network, whose slots are updated. */
  @Test
  void linearPartsAreUpdated() {
    LinearOptions linear =
        new LinearOptions(200, 0, 0, 1, .1, 0, 4, LinearOptions.Precision.FLOAT16);
    LearnerOptions learner = SmallJob.LEARNER.with(LearnerOptions::linear, linear);
    List<ArmSpec> arms = new ArrayList<>();
    for (ArmSpec.Hash hash : List.of(ArmSpec.Hash.NONE, ArmSpec.Hash.MODULO)) {
      arms.add(
          new ArmSpec(
              hash.name(), hash, Budget.ratio(.5), ArmSpec.Table.PLAIN, learner, SmallJob.OPTIONS));
    }
    Loop loop = run(SmallJob.job(true, 10, 0).with(JobSpec::arms, arms), 2, 500);
    assertThat(loop.readers).hasSize(2);
    for (Reader reader : loop.readers.values()) {
      assertThat(reader.compared).isGreaterThan(10);
      assertThat(reader.versions).isEqualTo(1);
    }
  }

  /** Law: ids that are evicted need a full version; new ids do not. */
  @Test
  void evictionNeedsAFullVersion() {
    JobSpec job = SmallJob.job(true, 10, 0);
    List<ArmSpec> full = job.arms().stream().filter(arm -> arm.name().equals("full")).toList();
    JobSpec small =
        job.with(JobSpec::arms, full)
            .with(JobSpec::student, job.student().with(StudentOptions::maxIds, 200));
    Loop loop = run(small, 3, 500);
    assertThat(loop.readers.get("full").versions).isGreaterThan(2);
    assertThat(loop.readers.get("full").updates).isGreaterThan(2);
  }

  /** Law: a student that emits no updates has nothing to take. */
  @Test
  void offUnlessStarted() {
    QuietLoop quiet =
        new QuietLoop() {
          @Override
          public void publish(Student student, Student.PublishCause cause) {
            student.updates().emit();
            assertThat(student.updates().take()).isEqualTo(Optional.empty());
            assertThat(student.updates().epoch()).isZero();
          }

          @Override
          public void updated(ModelUpdate update) {
            throw new AssertionError("no update was asked for");
          }
        };
    try (TrainLoop train = new TrainLoop(SmallJob.job(true, 10, 0), 7, quiet, StageTimer.NONE)) {
      SmallJob.events(1, 200, 1).forEach(train::onEvent);
      train.finish();
    }
  }
}
