package io.millrace.stream;

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
import io.millrace.linear.LinearOptions;
import io.millrace.math.Mix64;
import io.millrace.random.Seeds;
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
import io.millrace.spec.ReplicaOptions;
import io.millrace.spec.ReplicaRules;
import io.millrace.spec.StudentOptions;
import io.millrace.spec.TableOptions;
import io.millrace.spec.TeacherOptions;
import io.millrace.table.Combine;
import io.millrace.table.MletOptions;
import io.millrace.table.PepOptions;
import io.millrace.table.RowFormat;
import io.millrace.table.TableOptimizer;
import io.millrace.time.LateGate;
import io.millrace.time.LearningOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** A job of seconds: two fields, one of them compressed, every kind of arm. */
public final class SmallJob {

  public static final long DAY = 1000;

  /** Rows of two floats, thresholds that prune half of the weights within a day. */
  private static final TableOptions TABLES =
      new TableOptions(
          new TableOptions.Mixed(.3, 2, 0, false),
          new PepOptions(PepOptions.Granularity.FEATURE, .5, -5, .01, .1, 1),
          "");

  /** Share of new ids that only the second day of {@link #events} exceeds. */
  public static final double GATE = .15;

  /** Of an arm whose hash and table leave nothing to choose. */
  public static final ArmSpec.Options OPTIONS = new ArmSpec.Options(null, .01, 1, TABLES);

  /** Of an arm without a linear part. */
  public static final LearnerOptions LEARNER =
      new LearnerOptions(
          trainer(4), new MletOptions(8, .25, MletOptions.Shared.TABLE), LinearOptions.NONE);

  /** Page-Hinkley on every stream. */
  public static final DriftOptions DRIFT =
      new DriftOptions(
          24,
          2,
          12,
          8,
          Arrays.stream(DriftOptions.Stream.values())
              .collect(
                  Collectors.toMap(
                      stream -> stream, stream -> List.of(DriftOptions.Detector.PAGE_HINKLEY))));

  private SmallJob() {}

  public static JobSpec job(boolean wait, int maxHeld, long lateness) {
    return job(wait, maxHeld, lateness, .8);
  }

  public static JobSpec job(boolean wait, int maxHeld, long lateness, double sample) {
    return new JobSpec(
        new Schema(
            List.of(DenseColumn.of("d", new Transform.Identity())),
            List.of(CategoricalField.of("big", 400), CategoricalField.of("small", 5)),
            LabelColumn.of("label"),
            new TimeColumn.MadeUp(1000, 0)),
        new WindowSpec(DAY, DAY, 0, lateness),
        LateGate.Policy.TRAIN,
        2 * DAY,
        new CountOptions(.9, 2, 1000, 0),
        new TeacherOptions(trainer(2), sample, 1000),
        new HashOptions(
            100,
            ColdPolicy.RESERVE,
            .1,
            .9,
            0,
            .5,
            TeacherValue.PCA1,
            ClusterOptions.DEFAULT,
            16,
            HashOptions.Counts.DECAYED,
            1,
            1,
            true,
            new RefreshOptions(RefreshOptions.When.WINDOWS, 2, 6),
            HashOptions.Trial.NEVER),
        new StudentOptions(
            LEARNER,
            wait ? MapWaiting.ALWAYS : MapWaiting.NEVER,
            LearningOrder.EVENT_TIME,
            maxHeld,
            1000,
            40,
            256),
        List.of(
            arm("full", ArmSpec.Hash.FULL, ArmSpec.Table.PLAIN),
            arm("full-mixed", ArmSpec.Hash.FULL, ArmSpec.Table.MIXED),
            arm("full-pep", ArmSpec.Hash.FULL, ArmSpec.Table.PEP),
            arm("modulo", ArmSpec.Hash.MODULO, ArmSpec.Table.PLAIN),
            arm("modulo-pep", ArmSpec.Hash.MODULO, ArmSpec.Table.PEP),
            arm("double", ArmSpec.Hash.DOUBLE, ArmSpec.Table.PLAIN),
            arm("double-mlet", ArmSpec.Hash.DOUBLE, ArmSpec.Table.MLET),
            arm("double-concat", ArmSpec.Hash.DOUBLE, Combine.CONCAT, 1),
            arm("qr", ArmSpec.Hash.QR, ArmSpec.Table.PLAIN),
            arm("qr-sum", ArmSpec.Hash.QR, Combine.SUM, 1),
            arm("qr-concat", ArmSpec.Hash.QR, Combine.CONCAT, 1),
            arm("freq-double", ArmSpec.Hash.FREQ_DOUBLE, ArmSpec.Table.PLAIN),
            arm("hot", ArmSpec.Hash.HOT_KEPT, ArmSpec.Table.PLAIN),
            arm("learned", ArmSpec.Hash.LEARNED, ArmSpec.Table.PLAIN),
            arm("learned-d", ArmSpec.Hash.LEARNED, Combine.SUM, 2),
            arm("learned-d-concat", ArmSpec.Hash.LEARNED, Combine.CONCAT, 2),
            arm("learned-mixed", ArmSpec.Hash.LEARNED, ArmSpec.Table.MIXED),
            arm("learned-pep", ArmSpec.Hash.LEARNED, ArmSpec.Table.PEP),
            arm("learned-mlet", ArmSpec.Hash.LEARNED, ArmSpec.Table.MLET),
            arm("two-level", ArmSpec.Hash.TWO_LEVEL, Budget.bytes("40%")),
            arm("learned-bytes", ArmSpec.Hash.LEARNED, Budget.bytes("40%"))),
        new PublishOptions(300, 0, 3, 100, RowFormat.FLOAT32, new GateOptions(100, .1, 2)),
        true,
        DRIFT,
        ColumnHistory.NONE);
  }

  /** The same with a gate on new-id traffic. */
  public static JobSpec gated(JobSpec job, double maxNewTraffic) {
    return job.with(JobSpec::hash, job.hash().with(HashOptions::maxNewTraffic, maxNewTraffic));
  }

  /** A job of these arms alone, whose maps are built when {@code refresh} says so. */
  public static JobSpec refreshing(
      JobSpec job, RefreshOptions refresh, DriftOptions drift, String... arms) {
    return job.with(JobSpec::hash, job.hash().with(HashOptions::refresh, refresh))
        .with(
            JobSpec::arms,
            job.arms().stream().filter(arm -> List.of(arms).contains(arm.name())).toList())
        .with(JobSpec::drift, drift);
  }

  /** A job of the arms that may have several replicas, of 25 events an interval at 500 a day. */
  public static JobSpec replicated(JobSpec job, int replicas, int staleness) {
    StudentOptions student =
        job.student()
            .with(StudentOptions::regretEvents, 0)
            .with(StudentOptions::replicas, new ReplicaOptions(DAY / 20, staleness, 1));
    return job.with(JobSpec::student, student)
        .with(
            JobSpec::arms,
            job.arms().stream()
                .filter(arm -> ReplicaRules.obstacle(arm.hash(), arm.table()).isEmpty())
                .map(arm -> arm.with(ArmSpec::replicas, replicas))
                .toList());
  }

  private static ArmSpec arm(String name, ArmSpec.Hash hash, ArmSpec.Table table) {
    return new ArmSpec(name, hash, Budget.ratio(.1), table, LEARNER, OPTIONS);
  }

  private static ArmSpec arm(String name, ArmSpec.Hash hash, Combine combine, int tables) {
    ArmSpec.Options options = new ArmSpec.Options(combine, 0, tables, TABLES);
    return new ArmSpec(name, hash, Budget.ratio(.1), ArmSpec.Table.PLAIN, LEARNER, options);
  }

  private static ArmSpec arm(String name, ArmSpec.Hash hash, Budget budget) {
    return new ArmSpec(name, hash, budget, ArmSpec.Table.PLAIN, LEARNER, OPTIONS);
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

  /** {@code perDay} events a day, in order; labels follow the planted half of the big id. */
  public static List<ClickEvent> events(int days, int perDay, long seed) {
    SplittableRandom random = Seeds.generator(seed, "small-job", 0);
    List<ClickEvent> events = new ArrayList<>();
    for (int i = 0; i < days * perDay; i++) {
      int u = random.nextInt(400);
      long id = Mix64.mix((long) u * u / 400);
      float label = random.nextDouble() < (Mix64.mix(id) < 0 ? .7 : .2) ? 1 : 0;
      float[] dense = {(float) random.nextDouble()};
      long[] ids = {id, random.nextInt(5)};
      events.add(new ClickEvent(i * DAY / perDay, label, dense, ids, new int[] {0, 1, 2}));
    }
    return events;
  }

  /** An arm of a job, with a linear part of 64 slots. */
  public static ArmSpec withLinear(JobSpec job, String name) {
    ArmSpec arm =
        job.arms().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    LinearOptions linear = LinearOptions.NONE.with(LinearOptions::slots, 64);
    return arm.with(ArmSpec::learner, arm.learner().with(LearnerOptions::linear, linear));
  }

  /** A job with other settings of its replicas, ids and versions. */
  public static JobSpec with(JobSpec job, ReplicaOptions replicas, int maxIds, int publishEvery) {
    StudentOptions student =
        job.student().with(StudentOptions::replicas, replicas).with(StudentOptions::maxIds, maxIds);
    return job.with(JobSpec::student, student)
        .with(JobSpec::publish, job.publish().with(PublishOptions::everyEvents, publishEvery));
  }
}
