package io.millrace.flink.graph;

import io.millrace.cluster.ClusterOptions;
import io.millrace.cluster.TeacherValue;
import io.millrace.dense.DenseOptimizer;
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
import io.millrace.math.Mix64;
import io.millrace.random.Seeds;
import io.millrace.runs.ModelPublisher;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.CountOptions;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.PublishOptions;
import io.millrace.spec.RefreshOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.spec.TableOptions;
import io.millrace.spec.TeacherOptions;
import io.millrace.table.Combine;
import io.millrace.table.PepOptions;
import io.millrace.table.TableOptimizer;
import io.millrace.time.LateGate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Jobs of seconds: two fields, one of them compressed, days of a second each. */
public final class TestJobs {

  /** Length of a day, ms. */
  public static final long DAY = 1000;

  /** Start of the first day. */
  public static final long START = 1_700_000_000_000L;

  private TestJobs() {}

  /** Publishes nothing. */
  public static ModelPublisher publisher() {
    return (arm, window) -> new ModelPublisher.Written(arm.modelVersion(), Optional.empty());
  }

  /**
   * Every kind of arm, both teachers, counts that fade, and a gate that new ids close for the third
   * of four days of {@link #events}.
   */
  public static JobSpec everything(int maxHeld, long lateness) {
    return everything(maxHeld, lateness, .8, .15);
  }

  /** The same with a teacher that learns from a share of the events, and a gate. */
  static JobSpec everything(int maxHeld, long lateness, double sample, double maxNewTraffic) {
    return job(
        .9,
        HashOptions.Counts.DECAYED,
        maxHeld,
        lateness,
        List.of(
            arm("full", ArmSpec.Hash.FULL, ArmSpec.Table.PLAIN),
            arm("full-mixed", ArmSpec.Hash.FULL, ArmSpec.Table.MIXED),
            arm("full-pep", ArmSpec.Hash.FULL, ArmSpec.Table.PEP),
            arm("modulo", ArmSpec.Hash.MODULO, ArmSpec.Table.PLAIN),
            arm("double", ArmSpec.Hash.DOUBLE, ArmSpec.Table.PLAIN),
            arm("qr", ArmSpec.Hash.QR, ArmSpec.Table.PLAIN),
            arm("freq-double", ArmSpec.Hash.FREQ_DOUBLE, ArmSpec.Table.PLAIN),
            arm("hot", ArmSpec.Hash.HOT_KEPT, ArmSpec.Table.PLAIN),
            arm("learned", ArmSpec.Hash.LEARNED, ArmSpec.Table.PLAIN),
            arm("learned-d", ArmSpec.Hash.LEARNED, ArmSpec.Table.PLAIN)
                .with(ArmSpec::options, new ArmSpec.Options(Combine.CONCAT, 0, 2, TABLES)),
            arm("learned-mlet", ArmSpec.Hash.LEARNED, ArmSpec.Table.MLET),
            arm("learned-mixed", ArmSpec.Hash.LEARNED, ArmSpec.Table.MIXED),
            arm("learned-pep", ArmSpec.Hash.LEARNED, ArmSpec.Table.PEP),
            arm("two-level", ArmSpec.Hash.TWO_LEVEL, ArmSpec.Table.PLAIN)),
        true,
        true,
        sample,
        maxNewTraffic);
  }

  /** One learned arm whose maps carry the counts of their window. */
  public static JobSpec learned(int maxHeld, long lateness) {
    return job(
        1,
        HashOptions.Counts.WINDOW,
        maxHeld,
        lateness,
        List.of(arm("learned", ArmSpec.Hash.LEARNED, ArmSpec.Table.PLAIN)),
        false,
        true,
        .8,
        1);
  }

  /** The same job, which drops late events. */
  static JobSpec dropping(JobSpec job) {
    return job.with(JobSpec::late, LateGate.Policy.DROP);
  }

  /** One learned arm that waits for no map. */
  public static JobSpec live() {
    return job(
        1,
        HashOptions.Counts.WINDOW,
        10_000,
        0,
        List.of(arm("learned", ArmSpec.Hash.LEARNED, ArmSpec.Table.PLAIN)),
        false,
        false,
        .8,
        1);
  }

  /** The same with counts spread over so many tables. */
  public static JobSpec countingIn(int shards) {
    JobSpec job = live();
    return job.with(JobSpec::counts, new CountOptions(1, shards, 1200, 2));
  }

  /** The same, so eager to see changes that it sees some in noise. */
  public static JobSpec eager() {
    JobSpec job = live();
    return job.with(
        JobSpec::drift,
        new DriftOptions(
            24,
            0,
            2,
            .5,
            Map.of(
                DriftOptions.Stream.LOSS,
                List.of(DriftOptions.Detector.PAGE_HINKLEY),
                DriftOptions.Stream.LABEL_RATE,
                List.of(DriftOptions.Detector.ADWIN, DriftOptions.Detector.PAGE_HINKLEY))));
  }

  /** A job that waits for maps and builds them anew when something has changed, or seems to. */
  public static JobSpec refreshing(
      RefreshOptions.When when, double decay, int maxHeld, long lateness) {
    List<ArmSpec> arms =
        List.of(
            arm("full", ArmSpec.Hash.FULL, ArmSpec.Table.PLAIN),
            arm("hot", ArmSpec.Hash.HOT_KEPT, ArmSpec.Table.PLAIN),
            arm("learned", ArmSpec.Hash.LEARNED, ArmSpec.Table.PLAIN));
    JobSpec job =
        job(decay, HashOptions.Counts.DECAYED, maxHeld, lateness, arms, true, true, .8, 1);
    return job.with(JobSpec::counts, new CountOptions(decay, 3, 1200, 0))
        .with(JobSpec::hash, job.hash().with(HashOptions::refresh, new RefreshOptions(when, 1, 2)))
        .with(
            JobSpec::drift,
            new DriftOptions(
                24,
                0,
                2,
                .01,
                Map.of(
                    DriftOptions.Stream.TEACHER_NE,
                    List.of(DriftOptions.Detector.PAGE_HINKLEY),
                    DriftOptions.Stream.LABEL_RATE,
                    List.of(DriftOptions.Detector.ADWIN, DriftOptions.Detector.PAGE_HINKLEY))));
  }

  /** One arm that looks for its weights, or retrains those that a published model has left. */
  public static JobSpec pruned(String maskFrom) {
    TableOptions tables = TABLES.with(TableOptions::maskFrom, maskFrom);
    ArmSpec retrained =
        arm("pep", ArmSpec.Hash.FULL, ArmSpec.Table.PEP)
            .with(ArmSpec::options, new ArmSpec.Options(null, 0, 1, tables));
    return job(1, HashOptions.Counts.WINDOW, 10_000, 0, List.of(retrained), false, false, .8, 1);
  }

  private static JobSpec job(
      double decay,
      HashOptions.Counts counts,
      int maxHeld,
      long lateness,
      List<ArmSpec> arms,
      boolean secondTeacher,
      boolean wait,
      double sample,
      double maxNewTraffic) {
    return new JobSpec(
        new Schema(
            List.of(DenseColumn.of("d", new Transform.Identity())),
            List.of(CategoricalField.of("big", 400), CategoricalField.of("small", 5)),
            LabelColumn.of("label"),
            new TimeColumn.MadeUp(1000, START)),
        new WindowSpec(DAY, DAY, 0, lateness),
        LateGate.Policy.TRAIN,
        new CountOptions(decay, 3, 1200, 2),
        new TeacherOptions(trainer(2), sample, 1000),
        new HashOptions(
            100,
            ColdPolicy.RESERVE,
            .1,
            .9,
            0,
            TeacherValue.PCA1,
            ClusterOptions.DEFAULT,
            16,
            counts,
            maxNewTraffic,
            true,
            new RefreshOptions(RefreshOptions.When.WINDOWS, 2, 6)),
        new StudentOptions(trainer(4), 8, .25, wait, maxHeld, 1000, 40, 256),
        arms,
        new PublishOptions(300, 0, 3, 100),
        secondTeacher,
        new DriftOptions(
            24,
            2,
            12,
            8,
            Arrays.stream(DriftOptions.Stream.values())
                .collect(
                    Collectors.toMap(
                        stream -> stream, stream -> List.of(DriftOptions.Detector.PAGE_HINKLEY)))));
  }

  private static final TableOptions TABLES =
      new TableOptions(
          new TableOptions.Mixed(.3, 2, 0, false),
          new PepOptions(PepOptions.Granularity.FEATURE_DIMENSION, .5, -5, .01, .1, 1),
          "");

  private static ArmSpec arm(String name, ArmSpec.Hash hash, ArmSpec.Table table) {
    return new ArmSpec(
        name, hash, Budget.ratio(.1), table, new ArmSpec.Options(null, .01, 1, TABLES));
  }

  private static TrainerOptions trainer(int dim) {
    return new TrainerOptions(
        dim,
        List.of(8),
        List.of(8),
        32,
        new TableOptimizer(TableOptimizer.Rule.ROWWISE_ADAGRAD, .1),
        DenseOptimizer.of(DenseOptimizer.Rule.ADAM, .01),
        "plain");
  }

  /**
   * {@code perDay} events a day; labels follow the planted half of the big id.
   *
   * @param disorder how far events may come too late, ms
   */
  public static List<ClickEvent> events(int days, int perDay, int disorder, long seed) {
    SplittableRandom random = Seeds.generator(seed, "small-job", 0);
    List<ClickEvent> events = new ArrayList<>();
    for (int i = 0; i < days * perDay; i++) {
      int u = random.nextInt(400);
      long id = Mix64.mix((long) u * u / 400);
      float label = random.nextDouble() < (Mix64.mix(id) < 0 ? .7 : .2) ? 1 : 0;
      float[] dense = {(float) random.nextDouble()};
      long[] ids = {id, random.nextInt(5)};
      long back = random.nextInt(disorder + 1);
      long time = START + Math.max(0, i * DAY / perDay - back);
      events.add(new ClickEvent(time, label, dense, ids, new int[] {0, 1, 2}));
    }
    return events;
  }
}
