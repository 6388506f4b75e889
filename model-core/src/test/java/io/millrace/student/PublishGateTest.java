package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.FieldTable;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.ClickEvent;
import io.millrace.event.Warning;
import io.millrace.hash.IdHash;
import io.millrace.hash.ModuloHash;
import io.millrace.math.Mix64;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.UpdateHeader;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.GateOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.spec.PublishOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.stream.LoopLog;
import io.millrace.stream.SmallJob;
import io.millrace.table.RowFormat;
import io.millrace.table.StoredRows;
import io.millrace.table.TableOptimizer;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Law: a damaged model is not published, and one that only learns is. */
class PublishGateTest {

  private static final int DAY = PlantedJob.PER_DAY;
  private static final List<ClickEvent> EVENTS = PlantedJob.events(3 * DAY, 1);

  private static JobSpec job(String arm, GateOptions gate) {
    return PlantedJob.job(arm)
        .with(JobSpec::publish, new PublishOptions(0, 0, 3, 100, RowFormat.FLOAT32, gate));
  }

  private static JobSpec job() {
    return job("modulo", new GateOptions(400, .1, 2));
  }

  /** A student without maps, the versions that it has published, and its warnings. */
  private static final class Run {
    final List<Long> published = new ArrayList<>();
    final List<Warning> warnings = new ArrayList<>();
    final List<ModelUpdate> updates = new ArrayList<>();
    private JobSpec job;
    Student arm;

    Run(JobSpec job) {
      this.job = job;
      this.arm = create();
    }

    private Student create() {
      Student.Listener listener =
          new Student.Listener() {
            @Override
            public void metrics(MetricLine line) {}

            @Override
            public void warning(Warning warning) {
              warnings.add(warning);
            }

            @Override
            public void updated(ModelUpdate update) {
              updates.add(update);
            }

            @Override
            public void publish(Student student, Student.PublishCause cause) {
              published.add(student.modelVersion());
            }
          };
      ArmSpec spec = job.arms().get(0);
      Refreshes decisions = Refreshes.ofWindows(job.mapGrid());
      return new Student(job, spec, 7, (kind, field, pane) -> null, decisions, listener);
    }

    Run learn(int from, int to) {
      return learn(EVENTS.subList(from, to));
    }

    Run learn(List<ClickEvent> events) {
      for (ClickEvent event : events) {
        arm.onWatermark(event.eventTime() - 1);
        arm.onEvent(event, false);
      }
      return this;
    }

    Run restart(JobSpec next) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      arm.writeState(new DataOutputStream(bytes));
      arm.close();
      job = next;
      arm = create();
      arm.readState(
          Student.FORMAT, new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
      return this;
    }

    List<String> refusals() {
      return warnings.stream()
          .filter(warning -> warning.kind() == Warning.Kind.PUBLISH_REFUSED)
          .map(Warning::text)
          .toList();
    }
  }

  /** Damage to the rows of a model. */
  private enum Damage {
    NOT_A_NUMBER(PublishGate.Reason.PARAMETERS) {
      @Override
      void to(FieldTable field) throws IOException {
        fill(field, Float.NaN, 1);
      }
    },
    ZERO_ROWS(PublishGate.Reason.PARAMETERS) {
      @Override
      void to(FieldTable field) throws IOException {
        fill(field, 0, Integer.MAX_VALUE);
      }
    },
    LARGE_ROWS(PublishGate.Reason.CALIBRATION) {
      @Override
      void to(FieldTable field) throws IOException {
        fill(field, 3, Integer.MAX_VALUE);
      }
    },
    MAP_OF_NOISE(PublishGate.Reason.NE) {
      @Override
      void to(FieldTable field) {
        field.restoreHash(new ModuloHash(field.table().rows(), 999));
      }
    };

    final PublishGate.Reason reason;

    Damage(PublishGate.Reason reason) {
      this.reason = reason;
    }

    String rule() {
      return switch (reason) {
        case PARAMETERS -> "has parameters that are not finite, or a field whose rows are all 0";
        case CALIBRATION -> "clicks on the last 400 events, which have ";
        case NE -> ": publish.gate.max_ne_rise is 0.1; ";
      };
    }

    abstract void to(FieldTable field) throws IOException;

    /** Replaces the first floats of a plain table. */
    static void fill(FieldTable field, float value, int most) throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      field.table().writeState(new DataOutputStream(out));
      ByteBuffer bytes = ByteBuffer.wrap(out.toByteArray());
      int floats = Math.min(most, field.table().rows() * field.table().rowLength());
      for (int i = 0; i < floats; i++) {
        bytes.putFloat(Integer.BYTES + Long.BYTES + i * Float.BYTES, value);
      }
      field.table().readState(new DataInputStream(new ByteArrayInputStream(bytes.array())));
    }
  }

  // Law: what is damaged is not published; its number goes to the next version, which is judged
  // anew; there is one warning that names rule, value and key, and a count by reason.
  @ParameterizedTest
  @EnumSource(Damage.class)
  void damageIsNotPublished(Damage damage) throws IOException {
    Run run = new Run(job()).learn(0, 2 * DAY + 500);
    assertThat(run.published).containsExactly(1L, 2L);
    ByteArrayOutputStream healthy = new ByteArrayOutputStream();
    run.arm.model().writeState(new DataOutputStream(healthy));
    FieldTable big = run.arm.model().fields().get(0);
    IdHash hash = big.hash();
    damage.to(big);
    run.arm.publishIfChanged();
    assertThat(run.published).containsExactly(1L, 2L);
    assertThat(run.arm.gate().sound()).isFalse();
    assertThat(run.arm.gate().refused(damage.reason)).isEqualTo(1);
    assertThat(run.arm.gate().refused()).isEqualTo(1);
    assertThat(run.refusals())
        .singleElement()
        .asString()
        .startsWith("seed 7: arm modulo: version 3 is not published, as it ")
        .contains(damage.rule())
        .endsWith(
            "; version 2 stays in use; the student learns on, and its next version is judged anew");

    big.restoreHash(hash);
    run.arm.model().readState(new DataInputStream(new ByteArrayInputStream(healthy.toByteArray())));
    run.learn(2 * DAY + 500, 3 * DAY).arm.onWatermark(Long.MAX_VALUE);
    assertThat(run.published).containsExactly(1L, 2L, 3L);
    assertThat(run.refusals()).hasSize(1);
  }

  // Law: a student that diverges publishes nothing more, with room for a copy of the active version
  // or without.
  @ParameterizedTest
  @ValueSource(ints = {0, 256})
  void divergenceIsNotPublished(int memoryMb) throws IOException {
    JobSpec good = job();
    good =
        good.with(JobSpec::student, good.student().with(StudentOptions::regretMemoryMb, memoryMb));
    Run run = new Run(good).learn(0, 2 * DAY + 1);
    run.restart(faster(good, 100));
    for (int i = 1; i < 10; i++) {
      run.learn(2 * DAY + 400 * i, 2 * DAY + 400 * (i + 1)).arm.publishIfChanged();
    }
    assertThat(run.published).containsExactly(1L, 2L);
    assertThat(run.refusals()).isNotEmpty();
  }

  private static JobSpec faster(JobSpec job, double times) {
    ArmSpec arm = job.arms().get(0);
    TrainerOptions trainer = arm.learner().trainer();
    TrainerOptions fast =
        trainer
            .with(
                TrainerOptions::dense,
                DenseOptimizer.of(DenseOptimizer.Rule.ADAM, trainer.dense().learningRate() * times))
            .with(
                TrainerOptions::table,
                new TableOptimizer(
                    TableOptimizer.Rule.ROWWISE_ADAGRAD, trainer.table().learningRate() * times));
    return job.with(
        JobSpec::arms,
        List.of(arm.with(ArmSpec::learner, arm.learner().with(LearnerOptions::trainer, fast))));
  }

  // Law: an arm of any kind that only learns, and changes its maps, is never refused.
  @Test
  void learningIsNotRefused() {
    JobSpec small = SmallJob.job(true, 10, 0);
    LoopLog gated = LoopLog.run(SmallJob.events(4, 500, 1), small, 7);
    JobSpec open =
        small.with(
            JobSpec::publish,
            small.publish().with(PublishOptions::gate, new GateOptions(0, .1, 2)));
    assertThat(gated.published)
        .isEqualTo(LoopLog.run(SmallJob.events(4, 500, 1), open, 7).published);
    assertThat(gated.warnings)
        .extracting(Warning::kind)
        .doesNotContain(Warning.Kind.PUBLISH_REFUSED);
  }

  // Law: a restart with another number of events judges as soon as there are as many.
  @ParameterizedTest
  @ValueSource(ints = {0, 100, 1000})
  void anotherNumberOfEventsAfterARestart(int events) throws IOException {
    Run run = new Run(job()).learn(0, 2 * DAY + 500);
    run.restart(job("modulo", new GateOptions(events, .1, 2))).learn(2 * DAY + 500, 2 * DAY + 600);
    run.arm.publishIfChanged();
    run.restart(job("modulo", new GateOptions(600, .1, 2))).learn(2 * DAY + 600, 2 * DAY + 700);
    run.arm.publishIfChanged();
    assertThat(run.published).containsExactly(1L, 2L, 3L, 4L);
    run.learn(2 * DAY + 700, 2 * DAY + 1400);
    Damage.LARGE_ROWS.to(run.arm.model().fields().get(0));
    run.arm.publishIfChanged();
    assertThat(run.published).containsExactly(1L, 2L, 3L, 4L);
    assertThat(run.arm.gate().refused(PublishGate.Reason.CALIBRATION)).isEqualTo(1);
  }

  // Law: where the gate has no copy of the active version, a stream that has become harder to
  // predict for good is refused at first, and then passes with a warning that says why.
  @Test
  void figuresOfAnotherTimeAreOutlived() throws IOException {
    JobSpec job = job("modulo", new GateOptions(1000, .1, 2));
    job = job.with(JobSpec::student, job.student().with(StudentOptions::regretMemoryMb, 0));
    Run run = new Run(job).learn(easy(EVENTS.subList(0, 2 * DAY))).learn(2 * DAY, 2 * DAY + 1000);
    assertThat(run.published).containsExactly(1L, 2L);
    for (int i = 1; i <= 10; i++) {
      if (i == 3) {
        run.restart(job);
      }
      run.learn(2 * DAY + 1000 * i, 2 * DAY + 1000 * (i + 1)).arm.publishIfChanged();
      assertThat(run.published).hasSize(i <= 3 ? 2 : i - 1);
    }
    assertThat(run.arm.gate().refused()).isEqualTo(1);
    assertThat(run.refusals())
        .last()
        .asString()
        .contains(
            "arm modulo: version 3 is published, although it is of a student that has predicted the"
                + " last 1,000 events with an NE of ",
            "; nothing else was wrong for 3,0",
            " events, so the NE of now takes the place of that one");
  }

  /** Labels that follow from one id alone. */
  private static List<ClickEvent> easy(List<ClickEvent> events) {
    return events.stream()
        .map(
            event ->
                new ClickEvent(
                    event.eventTime(),
                    Mix64.mix(event.ids()[0]) < 0 ? 1 : 0,
                    event.dense(),
                    event.ids(),
                    event.offsets()))
        .toList();
  }

  // Law: a gate of no events lets everything pass.
  @Test
  void noEventsNoGate() throws IOException {
    Run run = new Run(job("modulo", new GateOptions(0, .1, 2))).learn(0, 2 * DAY + 500);
    Damage.NOT_A_NUMBER.to(run.arm.model().fields().get(0));
    run.arm.publishIfChanged();
    assertThat(run.published).containsExactly(1L, 2L, 3L);
    assertThat(run.refusals()).isEmpty();
  }

  // Law: an update passes if its values are finite and the student's model is sound. Warnings come
  // at 1, 2, 4, ... refusals in a row.
  @Test
  void updatesAreJudgedToo() throws IOException {
    Run run = new Run(job()).learn(0, 2 * DAY + 500);
    assertThat(run.arm.gate().passes(update(1))).isTrue();
    for (int i = 0; i < 5; i++) {
      assertThat(run.arm.gate().passes(update(Float.POSITIVE_INFINITY))).isFalse();
    }
    assertThat(run.refusals()).hasSize(3);
    assertThat(run.refusals().get(0)).contains("an update of version 2 is not published");
    assertThat(run.refusals().get(2))
        .contains("; 4 refusals in a row: version 2 stays in use and gets old; lower student.");
    assertThat(run.arm.gate().passes(update(1))).isTrue();
    Damage.MAP_OF_NOISE.to(run.arm.model().fields().get(0));
    assertThat(run.arm.gate().passes(update(1))).isFalse();
    assertThat(run.arm.gate().refused(PublishGate.Reason.NE)).isEqualTo(1);
  }

  // Law: an update that is refused never comes; a full version takes its place once one passes.
  @Test
  void aFullVersionTakesThePlaceOfARefusedUpdate() throws IOException {
    Run run = new Run(job()).learn(0, 2 * DAY + 500);
    run.arm.updates().start(1, 0);
    run.arm.updates().emit();
    assertThat(run.published).containsExactly(1L, 2L, 3L);
    run.learn(2 * DAY + 500, 2 * DAY + 1000).arm.updates().emit();
    assertThat(run.updates).hasSize(1);
    FieldTable big = run.arm.model().fields().get(0);
    IdHash hash = big.hash();
    Damage.MAP_OF_NOISE.to(big);
    run.learn(2 * DAY + 1000, 2 * DAY + 1032).arm.updates().emit();
    assertThat(run.refusals()).hasSize(1);
    assertThat(run.updates).hasSize(1);
    big.restoreHash(hash);
    run.arm.updates().emit();
    assertThat(run.updates).hasSize(1);
    assertThat(run.published).containsExactly(1L, 2L, 3L, 4L);
    run.learn(2 * DAY + 1032, 2 * DAY + 1100).arm.updates().emit();
    assertThat(run.updates).hasSize(2);
    assertThat(run.updates.get(1).header().previous())
        .isGreaterThan(run.updates.get(0).header().interval());
  }

  private static ModelUpdate update(float value) {
    float[][] mlp = {{1, 2}, {3}};
    StoredRows rows = new StoredRows.Dense(new float[] {1, value, 1, 1}, 4);
    ModelUpdate.FieldChange change =
        new ModelUpdate.FieldChange(0, new int[] {5}, new long[0], rows);
    return new ModelUpdate(
        new UpdateHeader("modulo", 1, 2, 1, 2, 0, PlantedJob.DAY, 2500),
        Optional.of(new ModelUpdate.NetworkChange(mlp, mlp, List.of(change))),
        Optional.empty());
  }
}
