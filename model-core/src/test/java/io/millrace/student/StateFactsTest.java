package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import io.millrace.event.WindowSpec;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.spec.RefreshOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.spec.TeacherOptions;
import io.millrace.stream.SmallJob;
import io.millrace.table.MletOptions;
import io.millrace.table.TableOptimizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Law: what a job goes on from is laid out as its settings say, or one line says what is not. */
class StateFactsTest {

  private static final JobSpec JOB = SmallJob.job(true, 50, 30);

  private static void check(StateFacts saved, StateFacts now) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    saved.write(new DataOutputStream(bytes));
    now.check("student-x", new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
  }

  private static void refused(StateFacts saved, StateFacts now, String message) {
    assertThatThrownBy(() -> check(saved, now))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("student-x: " + message);
  }

  private static ArmSpec arm(JobSpec job, String name) {
    return job.arms().stream().filter(arm -> arm.name().equals(name)).findFirst().orElseThrow();
  }

  private static StateFacts student(JobSpec job, String arm) {
    return StateFacts.ofStudent(job, arm(job, arm));
  }

  private static JobSpec with(Schema schema, WindowSpec windows, TrainerOptions trainer) {
    return JOB.with(JobSpec::schema, schema)
        .with(JobSpec::windows, windows)
        .with(JobSpec::teacher, JOB.teacher().with(TeacherOptions::trainer, trainer(2, trainer)))
        .with(
            JobSpec::student,
            JOB.student()
                .with(
                    StudentOptions::learner,
                    SmallJob.LEARNER.with(LearnerOptions::trainer, trainer)))
        .with(
            JobSpec::arms,
            JOB.arms().stream()
                .map(
                    arm ->
                        arm.with(
                            ArmSpec::learner,
                            SmallJob.LEARNER.with(LearnerOptions::trainer, trainer)))
                .toList());
  }

  private static TrainerOptions trainer(int dim, TrainerOptions like) {
    return like.with(TrainerOptions::dim, dim).with(TrainerOptions::engine, "plain");
  }

  private static JobSpec withFields(CategoricalField... fields) {
    Schema schema =
        new Schema(
            JOB.schema().dense(), List.of(fields), JOB.schema().label(), JOB.schema().time());
    return with(schema, JOB.windows(), SmallJob.LEARNER.trainer());
  }

  private static JobSpec withTrainer(TrainerOptions trainer) {
    return with(JOB.schema(), JOB.windows(), trainer);
  }

  private static StateFacts refreshing(RefreshOptions.When when, int parts, int delay) {
    DriftOptions drift = new DriftOptions(parts, 1, 0, .01, SmallJob.DRIFT.detectors());
    RefreshOptions refresh = new RefreshOptions(when, delay, 6);
    return StateFacts.ofTeacher(SmallJob.refreshing(JOB, refresh, drift, "learned"));
  }

  // parts of panes are numbered otherwise, and what was decided must stay so
  @Test
  void mapsAreBuiltWhenTheyWere() throws IOException {
    StateFacts windows = refreshing(RefreshOptions.When.WINDOWS, 24, 2);
    StateFacts drift = refreshing(RefreshOptions.When.DRIFT, 24, 2);
    check(windows, StateFacts.ofTeacher(JOB));
    check(windows, refreshing(RefreshOptions.When.WINDOWS, 12, 2));
    check(drift, refreshing(RefreshOptions.When.DRIFT, 24, 3));
    refused(
        windows,
        drift,
        "hash.refresh must stay windows, as in the saved state, but was drift with drift.parts"
            + " 24;");
    refused(
        drift,
        windows,
        "hash.refresh must stay drift with drift.parts 24, as in the saved state, but was"
            + " windows;");
    refused(
        drift,
        refreshing(RefreshOptions.When.BOTH, 24, 2),
        "hash.refresh must stay drift with drift.parts 24, as in the saved state, but was both"
            + " with");
    refused(
        drift,
        refreshing(RefreshOptions.When.DRIFT, 12, 2),
        "hash.refresh must stay drift with drift.parts 24, as in the saved state, but was drift"
            + " with");
  }

  @Test
  void theSameJobFits() throws IOException {
    for (ArmSpec arm : JOB.arms()) {
      check(StateFacts.ofStudent(JOB, arm), StateFacts.ofStudent(JOB, arm));
    }
    check(StateFacts.ofTeacher(JOB), StateFacts.ofTeacher(JOB));
    check(StateFacts.ofJob(JOB, 1, "clicks"), StateFacts.ofJob(JOB, 1, "clicks"));
  }

  // what only steers how learning goes on may change
  @Test
  void ratesAndBatchesMayChange() {
    TrainerOptions is = SmallJob.LEARNER.trainer();
    TrainerOptions now =
        is.with(TrainerOptions::batch, 7)
            .with(TrainerOptions::table, new TableOptimizer(is.table().rule(), .5))
            .with(TrainerOptions::dense, DenseOptimizer.of(is.dense().rule(), .5))
            .with(TrainerOptions::engine, "auto");
    assertThat(is.dim()).isEqualTo(4);
    for (ArmSpec arm : JOB.arms()) {
      assertThatCode(
              () ->
                  check(
                      StateFacts.ofStudent(JOB, arm), StateFacts.ofStudent(withTrainer(now), arm)))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void fieldsStay() {
    CategoricalField big = CategoricalField.of("big", 400);
    CategoricalField small = CategoricalField.of("small", 5);
    CategoricalField extra = CategoricalField.of("extra", 5);
    String key = "schema.categorical must stay as in the saved state but ";
    StateFacts was = student(JOB, "modulo");
    refused(was, student(withFields(big, small, extra), "modulo"), key + "had extra added");
    refused(was, student(withFields(big), "modulo"), key + "lacked small");
    refused(
        was, student(withFields(big, extra), "modulo"), key + "had extra added and lacked small");
    refused(
        was, student(withFields(small, big), "modulo"), key + "had another order: [small, big]");
    Schema without =
        new Schema(List.of(), JOB.schema().fields(), LabelColumn.of("label"), JOB.schema().time());
    refused(
        was,
        student(with(without, JOB.windows(), SmallJob.LEARNER.trainer()), "modulo"),
        "schema.dense must stay as in the saved state but lacked d");
    Schema transformed =
        new Schema(
            List.of(DenseColumn.of("d", new Transform.Log1p(1))),
            JOB.schema().fields(),
            LabelColumn.of("label"),
            new TimeColumn.MadeUp(1000, 0));
    assertThatCode(
            () ->
                check(
                    was,
                    student(
                        with(transformed, JOB.windows(), SmallJob.LEARNER.trainer()), "modulo")))
        .doesNotThrowAnyException();
  }

  // another way to read numbers gives other ids
  @Test
  void numbersStay() throws IOException {
    CategoricalField big = CategoricalField.of("big", 400);
    CategoricalField numbers = new CategoricalField("small", "small", "", 5, true);
    StateFacts texts = student(withFields(big, CategoricalField.of("small", 5)), "modulo");
    StateFacts was = student(withFields(big, numbers), "modulo");
    check(was, student(withFields(big, numbers), "modulo"));
    String key = "schema.categorical[].number must stay as in the saved state but ";
    refused(texts, was, key + "had small added");
    refused(was, texts, key + "lacked small");
  }

  @Test
  void rowsStay() {
    JobSpec more = withFields(CategoricalField.of("big", 800), CategoricalField.of("small", 5));
    String putBack = "; put it back, or give the arm another name, under which it starts anew";
    refused(
        student(JOB, "modulo"),
        student(more, "modulo"),
        "rows of field big must stay 40, as in the saved state, but was 80" + putBack);
    refused(
        student(JOB, "qr"),
        student(more, "qr"),
        "rows of field big must stay 40, as in the saved state, but was 80 (and 1 more changes)");
    JobSpec few = withFields(CategoricalField.of("big", 50), CategoricalField.of("small", 5));
    refused(
        student(JOB, "modulo"),
        student(few, "modulo"),
        "rows of field big must stay 40, as in the saved state, but was one an id");
    assertThatCode(() -> check(student(JOB, "full"), student(more, "full")))
        .doesNotThrowAnyException();
  }

  @Test
  void modelsStay() {
    TrainerOptions is = SmallJob.LEARNER.trainer();
    StateFacts was = student(JOB, "modulo");
    refused(
        was,
        student(withTrainer(trainer(6, is)), "modulo"),
        "student.dim must stay 4, as in the saved state, but was 6");
    StateFacts linear = student(withTrainer(is.with(TrainerOptions::bottomRelu, false)), "modulo");
    refused(
        was, linear, "student.bottom_output must stay relu, as in the saved state, but was linear");
    refused(
        linear, was, "student.bottom_output must stay linear, as in the saved state, but was relu");
    refused(
        was,
        student(withTrainer(is.with(TrainerOptions::top, List.of(16, 8))), "modulo"),
        "student.top must stay [8], as in the saved state, but was [16, 8]");
    refused(
        was,
        student(
            withTrainer(
                is.with(TrainerOptions::table, new TableOptimizer(TableOptimizer.Rule.ADAM, .1))
                    .with(TrainerOptions::dense, DenseOptimizer.of(DenseOptimizer.Rule.SGD, .1))),
            "modulo"),
        "student.table.rule must stay rowwise-adagrad, as in the saved state, but was adam"
            + " (and 1 more changes)");
    refused(
        StateFacts.ofTeacher(JOB),
        StateFacts.ofTeacher(
            withTrainer(
                is.with(TrainerOptions::table, new TableOptimizer(TableOptimizer.Rule.SGD, .1)))),
        "teacher.table.rule must stay rowwise-adagrad, as in the saved state, but was sgd; put it"
            + " back, or start a new run without --from");
  }

  @Test
  void armsStay() {
    refused(
        student(JOB, "modulo"),
        student(JOB, "modulo-pep"),
        "arms[].table must stay plain, as in the saved state, but was pep (and 2 more changes)");
    refused(
        student(JOB, "learned-mlet"),
        student(JOB, "learned"),
        "arms[].table must stay mlet, as in the saved state, but was plain (and 2 more changes)");
    refused(
        student(JOB, "learned-d"),
        student(JOB, "learned-d-concat"),
        "arms[].combine must stay sum, as in the saved state, but was concat");
  }

  // Law: a state that says nothing of the shared factor is of a table that learns it as rows.
  @Test
  void theSharedFactorStaysWhatItIs() throws IOException {
    ArmSpec rows = arm(JOB, "learned-mlet");
    LearnerOptions learner =
        rows.learner()
            .with(
                LearnerOptions::mlet,
                rows.learner().mlet().with(MletOptions::shared, MletOptions.Shared.DENSE));
    StateFacts asRows = StateFacts.ofStudent(JOB, rows);
    StateFacts asLayer = StateFacts.ofStudent(JOB, rows.with(ArmSpec::learner, learner));
    check(asLayer, asLayer);
    refused(
        asRows,
        asLayer,
        "student.mlet_shared must stay table, as in the saved state, but was dense");
    refused(
        asLayer,
        asRows,
        "student.mlet_shared must stay dense, as in the saved state, but was table");
  }

  @Test
  void jobsStay() {
    StateFacts was = StateFacts.ofJob(JOB, 1, "clicks");
    refused(
        was,
        StateFacts.ofJob(JOB, 2, "clicks"),
        "seeds must stay 1, as in the saved state, but was 2");
    refused(
        was,
        StateFacts.ofJob(JOB, 1, "other"),
        "kafka.events must stay clicks, as in the saved state, but was other");
    JobSpec hourly =
        with(JOB.schema(), new WindowSpec(2000, 1000, 0, 0), SmallJob.LEARNER.trainer());
    refused(
        was,
        StateFacts.ofJob(hourly, 1, "clicks"),
        "windows.size must stay 1000 ms, as in the saved state, but was 2000 ms; put it back, or"
            + " start a new run without --from");
  }
}
