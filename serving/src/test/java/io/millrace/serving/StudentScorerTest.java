package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.cluster.ClusterOptions;
import io.millrace.cluster.TeacherValue;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import io.millrace.event.WindowSpec;
import io.millrace.hash.ColdPolicy;
import io.millrace.linear.LinearOptions;
import io.millrace.maps.MapBuilder;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.PublishedModel;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.ColumnHistory;
import io.millrace.spec.CountOptions;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.GateOptions;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.spec.MapWaiting;
import io.millrace.spec.PublishOptions;
import io.millrace.spec.RefreshOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.spec.TableOptions;
import io.millrace.spec.TeacherOptions;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.table.MletOptions;
import io.millrace.table.PepOptions;
import io.millrace.table.RowFormat;
import io.millrace.table.TableOptimizer;
import io.millrace.time.LateGate;
import io.millrace.time.LearningOrder;
import io.millrace.watch.DenseLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a trained student with a linear part predicts, once it is published and read back. */
class StudentScorerTest {

  private static final int DAY = 1000;
  private static final int IDS = 400;
  private static final TableOptions TABLES =
      new TableOptions(
          new TableOptions.Mixed(.3, 2, 0, false),
          new PepOptions(PepOptions.Granularity.FEATURE, .5, -5, .01, .1, 1),
          "");
  private static final LearnerOptions LEARNER =
      new LearnerOptions(
          trainer(4),
          new MletOptions(6, .25, MletOptions.Shared.DENSE),
          LinearOptions.NONE.with(LinearOptions::share, .2));

  @TempDir Path folder;

  /**
   * Law: with each kind of table beside a linear part, under a map or with a row for each id, the
   * published model predicts as its student does, to 1e-6, for known and unknown ids.
   */
  @ParameterizedTest
  @EnumSource(ArmSpec.Table.class)
  void thePublishedStudentPredictsAsInTraining(ArmSpec.Table table) {
    List<ArmSpec> arms =
        List.of(
            arm("full", ArmSpec.Hash.FULL, table),
            arm("learned", ArmSpec.Hash.LEARNED, table),
            arm("two-level", ArmSpec.Hash.TWO_LEVEL, table));
    Publisher publisher = new Publisher();
    try (TrainLoop loop = new TrainLoop(job(arms), 7, publisher, StageTimer.NONE)) {
      events(new SplittableRandom(1), 3 * DAY, IDS).forEach(loop::onEvent);
      loop.finish();
    }
    assertThat(publisher.checked).containsExactly("full 0", "learned 2", "two-level 2");
  }

  /** Publishes the students that have learned three days, and compares their predictions. */
  private final class Publisher implements TrainLoop.Listener {
    final List<String> checked = new ArrayList<>();

    @Override
    public void publish(Student arm, Student.PublishCause cause) {
      if (arm.learned() == 3 * DAY) {
        try {
          check(arm);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        checked.add(arm.spec().name() + " " + arm.mapVersion());
      }
    }

    @Override
    public void metrics(MetricLine line) {}

    @Override
    public void maps(int field, MapBuilder.Result result) {}

    @Override
    public void dense(DenseLine line) {}
  }

  private void check(Student arm) throws IOException {
    Path models = folder.resolve(arm.spec().name());
    ClickModel model = arm.model();
    ModelFolder.publish(
        models, PublishedModel.copyOf(arm.job().schema(), model), SmallModel.origin(1), 1);
    Scorer scorer = new Scorer(ModelFolder.open(models));
    assertThat(scorer.model().model().linear()).isPresent();
    List<ClickEvent> events = events(new SplittableRandom(2), 200, 2 * IDS);
    float[] expected = new float[events.size()];
    model.score(events, expected);
    float[] actual = new float[events.size()];
    scorer.score(events, actual);
    assertThat(actual).as(arm.spec().name()).containsExactly(expected, within(1e-6f));
    assertThat(expected[0]).isNotEqualTo(expected[1]);
  }

  private static ArmSpec arm(String name, ArmSpec.Hash hash, ArmSpec.Table table) {
    ArmSpec.Options options = new ArmSpec.Options(null, 0, 1, TABLES);
    return new ArmSpec(name, hash, Budget.bytes("40%"), table, LEARNER, options);
  }

  /**
   * Clicks depend on the large field's id. Half of the ids are unknown where there are twice as
   * many.
   */
  private static List<ClickEvent> events(SplittableRandom random, int n, int ids) {
    List<ClickEvent> events = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      long[] id = {random.nextInt(ids), random.nextInt(5)};
      float label = random.nextDouble() < (id[0] % 3 == 0 ? .7 : .2) ? 1 : 0;
      float[] dense = {(float) random.nextDouble()};
      events.add(new ClickEvent(i, label, dense, id, new int[] {0, 1, 2}));
    }
    return events;
  }

  private static TrainerOptions trainer(int dim) {
    return new TrainerOptions(
        dim,
        List.of(8),
        true,
        List.of(8),
        32,
        new TableOptimizer(TableOptimizer.Rule.ROWWISE_ADAGRAD, .1),
        DenseOptimizer.of(DenseOptimizer.Rule.ADAM, .01),
        "plain");
  }

  private static JobSpec job(List<ArmSpec> arms) {
    return new JobSpec(
        new Schema(
            List.of(DenseColumn.of("d", new Transform.Identity())),
            List.of(CategoricalField.of("big", IDS), CategoricalField.of("small", 5)),
            LabelColumn.of("label"),
            new TimeColumn.MadeUp(DAY, 0)),
        new WindowSpec(DAY, DAY, 0, 0),
        LateGate.Policy.TRAIN,
        2 * DAY,
        new CountOptions(1, 1, 1000, 0),
        new TeacherOptions(trainer(2), 1, 1000),
        hash(),
        new StudentOptions(LEARNER, MapWaiting.ALWAYS, LearningOrder.EVENT_TIME, 1000, 1000, 0, 0),
        arms,
        new PublishOptions(0, 0, 1, 1, RowFormat.FLOAT32, new GateOptions(0, 0, 1)),
        false,
        new DriftOptions(24, 2, 12, 8, Map.of()),
        ColumnHistory.NONE);
  }

  private static HashOptions hash() {
    return new HashOptions(
        100,
        ColdPolicy.RESERVE,
        .1,
        .9,
        0,
        .5,
        TeacherValue.PCA1,
        ClusterOptions.DEFAULT,
        8,
        HashOptions.Counts.DECAYED,
        1,
        1,
        true,
        new RefreshOptions(RefreshOptions.When.WINDOWS, 2, 6),
        HashOptions.Trial.NEVER);
  }
}
