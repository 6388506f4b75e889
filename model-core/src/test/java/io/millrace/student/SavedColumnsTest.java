package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.Transform;
import io.millrace.linear.LinearOptions;
import io.millrace.maps.FieldSize;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.stream.SmallJob;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Laws: a kept column is the same for ever, and one line says what becomes of the others. */
class SavedColumnsTest {

  private static final JobSpec BASE = SmallJob.job(true, 50, 30);
  private static final CategoricalField BIG = CategoricalField.of("big", 400);
  private static final CategoricalField LARGE = CategoricalField.of("large", 3000);
  private static final CategoricalField SMALL = CategoricalField.of("small", 5);
  private static final CategoricalField EXTRA = CategoricalField.of("extra", 900);
  private static final DenseColumn D = DenseColumn.of("d", new Transform.Identity());
  private static final DenseColumn E = DenseColumn.of("e", new Transform.Identity());
  private static final JobSpec JOB = job(List.of(D), BIG, LARGE, SMALL);

  private static JobSpec job(List<DenseColumn> dense, CategoricalField... fields) {
    List<ArmSpec> arms = new ArrayList<>();
    for (ArmSpec arm : BASE.arms()) {
      LearnerOptions linear =
          arm.learner()
              .with(LearnerOptions::linear, LinearOptions.NONE.with(LinearOptions::share, .1));
      ArmSpec inBytes = arm.with(ArmSpec::budget, Budget.bytes("9kB"));
      arms.add(arm);
      arms.add(inBytes.with(ArmSpec::name, arm.name() + "-in-bytes"));
      if (arm.table() == ArmSpec.Table.PLAIN) {
        arms.add(
            inBytes
                .with(ArmSpec::learner, linear)
                .with(ArmSpec::name, arm.name() + "-beside-linear"));
      }
    }
    Schema schema = new Schema(dense, List.of(fields), BASE.schema().label(), BASE.schema().time());
    return BASE.with(JobSpec::schema, schema).with(JobSpec::arms, arms);
  }

  /** What a job saves and another one reads. */
  private static SavedColumns saved(JobSpec job) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    SavedColumns.of(job).write(new DataOutputStream(bytes));
    return SavedColumns.read(input(bytes));
  }

  private static DataInputStream input(ByteArrayOutputStream bytes) {
    return new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
  }

  private static JobSpec after(JobSpec was, JobSpec file) throws IOException {
    return saved(was).continuedBy(file);
  }

  // kept columns keep their numbers; those of dropped ones are never given again
  @Test
  void numbersAreForLife() throws IOException {
    assertThat(after(JOB, JOB).schema()).isEqualTo(JOB.schema());
    assertThat(after(JOB, JOB).dropped()).isEmpty();
    JobSpec changed = after(JOB, job(List.of(E, D), EXTRA, SMALL, BIG));
    assertThat(changed.schema().numbers()).containsExactly(4, 2, 0, 5, 3);
    assertThat(changed.dropped()).containsExactly(1);
    assertThat(changed.schema().fieldOf(4)).isZero();
    assertThat(changed.schema().fieldOf(1)).isEqualTo(-1);
    JobSpec fewer = after(changed, job(List.of(D), SMALL, BIG));
    assertThat(fewer.schema().numbers()).containsExactly(2, 0, 3);
    assertThat(fewer.dropped()).containsExactly(1, 4, 5);
    JobSpec back = after(fewer, job(List.of(D, E), BIG, LARGE, SMALL));
    assertThat(back.schema().numbers()).containsExactly(0, 6, 2, 3, 7);
    assertThat(after(back, job(List.of(D, E), BIG, LARGE, SMALL)).schema())
        .isEqualTo(back.schema());
  }

  // budgets in bytes are shared between fields, and yet the rows of a kept field stay
  @Test
  void sizesOfKeptFieldsStay() throws IOException {
    JobSpec more = after(JOB, job(List.of(D), EXTRA, BIG, LARGE, SMALL));
    JobSpec fewer = after(more, job(List.of(D), EXTRA, BIG, SMALL));
    JobSpec restarted = after(fewer, job(List.of(D), EXTRA, BIG, SMALL));
    for (ArmSpec arm : JOB.arms()) {
      if (arm.hash().compresses()) {
        FieldSize was = FieldSize.of(JOB, arm, 0);
        assertThat(FieldSize.of(more, arm, 1)).as(arm.name()).isEqualTo(was);
        assertThat(FieldSize.of(fewer, arm, 1)).as(arm.name()).isEqualTo(was);
        assertThat(FieldSize.of(restarted, arm, 1)).as(arm.name()).isEqualTo(was);
        assertThat(FieldSize.of(fewer, arm, 0))
            .as(arm.name())
            .isEqualTo(FieldSize.of(more, arm, 0));
      }
    }
    ArmSpec modulo = arm("modulo-in-bytes");
    assertThat(FieldSize.of(job(List.of(D), BIG, EXTRA, LARGE), modulo, 0).rows())
        .as("of a new job")
        .isLessThan(FieldSize.of(more, modulo, 1).rows());
  }

  private static ArmSpec arm(String name) {
    return JOB.arms().stream().filter(arm -> arm.name().equals(name)).findFirst().orElseThrow();
  }

  private static JobSpec check(StateFacts saved, StateFacts now) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    saved.write(new DataOutputStream(bytes));
    return now.check("student-x", input(bytes));
  }

  // state says whether it is of the columns before or after the change
  @Test
  void stateIsReadByTheColumnsThatItHas() throws IOException {
    JobSpec now = after(JOB, job(List.of(E, D), EXTRA, SMALL, BIG));
    for (ArmSpec arm : JOB.arms()) {
      StateFacts student = StateFacts.ofStudent(now, arm);
      JobSpec was = check(StateFacts.ofStudent(JOB, arm), student);
      assertThat(was).isNotSameAs(now).isEqualTo(now.former());
      assertThat(was.schema().numbers()).isEqualTo(JOB.schema().numbers());
      assertThat(check(student, student)).isSameAs(now);
      JobSpec later = after(now, job(List.of(E, D), EXTRA, SMALL, BIG));
      assertThat(check(student, StateFacts.ofStudent(later, arm))).isSameAs(later);
      JobSpec third = after(now, job(List.of(E), EXTRA, BIG));
      assertThat(check(student, StateFacts.ofStudent(third, arm)).schema().numbers())
          .isEqualTo(now.schema().numbers());
    }
    StateFacts teacher = StateFacts.ofTeacher(now);
    assertThat(check(StateFacts.ofTeacher(JOB), teacher)).isEqualTo(now.former());
  }

  private static void refused(JobSpec saved, JobSpec now, String arm, String message) {
    assertThatThrownBy(
            () -> check(StateFacts.ofStudent(saved, arm(arm)), StateFacts.ofStudent(now, arm(arm))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void otherChangesAreRefusedAsBefore() throws IOException {
    JobSpec now = after(JOB, job(List.of(D), BIG, SMALL, CategoricalField.of("new", 7)));
    JobSpec otherIds = after(JOB, job(List.of(D), CategoricalField.of("big", 500), SMALL));
    refused(JOB, otherIds, "modulo", "rows of field big must stay ");
    JobSpec compressed = now.with(JobSpec::hash, now.hash().with(HashOptions::minRows, 500L));
    refused(JOB, compressed, "modulo", "rows of field big must stay ");
    JobSpec dropped = after(JOB, job(List.of(D), BIG, SMALL));
    JobSpec fewRows = dropped.with(JobSpec::hash, now.hash().with(HashOptions::minRows, 4000L));
    refused(JOB, fewRows, "modulo", "rows of field ");
  }

  // a job that does not know of changes before it must not guess
  @Test
  void columnsThatAreNumberedOtherwiseAreRefused() throws IOException {
    JobSpec now = after(JOB, job(List.of(D), BIG, SMALL));
    refused(
        JOB,
        job(List.of(D), BIG, SMALL),
        "modulo",
        "lacked large (and 1 more changes); put columns back, or");
    refused(
        now,
        job(List.of(D), BIG, SMALL),
        "modulo",
        "schema.numbers must stay [0, 2, 3] and then 4, as in the saved state, but was unset; put"
            + " columns back, or continue where --from can be read");
    JobSpec last = after(JOB, job(List.of(D, E), BIG, LARGE, SMALL));
    JobSpec lastDropped = after(last, JOB);
    refused(lastDropped, JOB, "modulo", "schema.numbers must stay [0, 1, 2, 3] and then 5");
  }

  private static void refused(JobSpec file, String message) {
    assertThatThrownBy(() -> after(JOB, file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void keptColumnsMeanWhatTheyMeant() throws IOException {
    refused(
        job(List.of(DenseColumn.of("d", new Transform.Log1p(1))), BIG, SMALL),
        "schema.dense 'd' had transform: Identity[], missing: 0.0 in the savepoint but has"
            + " transform: Log1p[scale=1.0], missing: 0.0: it must stay where columns are added or"
            + " dropped");
    refused(
        job(List.of(D), new CategoricalField("big", "big", "|", 400), SMALL),
        "schema.categorical 'big' had number: false, separator: ''");
    JobSpec clicks = job(List.of(D), BIG, SMALL);
    LabelColumn label = new LabelColumn("label", List.of("yes"), .5, false);
    refused(clicks.with(JobSpec::schema, clicks.schema().with(label)), "schema.label had positive");
    refused(job(List.of(D), EXTRA), "schema.categorical must keep a field of the savepoint");
    JobSpec same = JOB.with(JobSpec::schema, JOB.schema().with(label));
    assertThat(after(JOB, same).schema().label()).isEqualTo(label);
    assertThat(saved(JOB).notes(same))
        .containsExactly(
            "schema.label had positive: [], threshold: 0.5 in the savepoint but has positive:"
                + " [yes], threshold: 0.5; what was learned stays");
  }

  @Test
  void aNoteForEachColumn() throws IOException {
    assertThat(saved(JOB).notes(JOB)).isEmpty();
    CategoricalField renamed = new CategoricalField("tiny", "small", "", 6);
    assertThat(saved(JOB).notes(job(List.of(D, E), BIG, LARGE, renamed)))
        .containsExactly(
            "column tiny is new: it starts cold, from the first event after the savepoint",
            "column e is new: it starts cold, from the first event after the savepoint",
            "column small is not in the job file any more: its rows, counts and maps end here;"
                + " going back needs the savepoint before",
            "column tiny looks like small under another name: if it is, set name: small for it, as"
                + " ids of another name are other ids");
  }
}
