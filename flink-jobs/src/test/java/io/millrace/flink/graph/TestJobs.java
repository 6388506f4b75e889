package io.millrace.flink.graph;

import io.millrace.event.ClickEvent;
import io.millrace.event.WindowSpec;
import io.millrace.jobfile.JobConfig;
import io.millrace.math.Mix64;
import io.millrace.random.Seeds;
import io.millrace.runs.ModelPublisher;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.CountOptions;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.MapWaiting;
import io.millrace.spec.RefreshOptions;
import io.millrace.spec.ReplicaOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.spec.TeacherOptions;
import io.millrace.time.LateGate;
import io.millrace.time.LearningOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Jobs of seconds: two fields, one of them compressed, days of a second each. */
public final class TestJobs {

  /** Length of a day, ms. */
  public static final long DAY = 1000;

  /** Start of the first day. */
  public static final long START = 1_700_000_000_000L;

  private static final String JOB =
      """
      name: small
      schema:
        label: {column: label}
        time: {events_per_day: 1000, start: "2023-11-14T22:13:20Z"}
        dense: [{columns: d}]
        categorical: [{columns: [big, small], expected_ids: {big: 400, small: 5}}]
      windows: {size: 1s}
      counts: {shards: 3, max_ids: 1200, forget_after: 2}
      teacher: {dim: 2, bottom: [8], top: [8], batch: 32, table: {lr: 0.1}, dense: {lr: 0.01},
        engine: plain, sample: 0.8, max_ids: 1000}
      student: {dim: 4, bottom: [8], bottom_output: relu, top: [8], batch: 32,
        table: {lr: 0.1, initial_accumulator: 0}, dense: {lr: 0.01},
        engine: plain, mlet_k: 8, mlet_std: 0.25, mlet_shared: table, wait_for_maps: false,
        max_held: 10000, max_ids: 1000, regret_events: 40, linear: {share: 0}}
      hash: {min_rows: 100, signature_bits: 16, max_new_traffic: 1, new_traffic_accesses: 100, dump_inputs: true,
        trial: false}
      publish: {every_events: 300, rows: float32}
      arms:
      """;

  private static final String LEARNED = "name: learned, hash: learned";

  /** Options of every arm; only short and pruned tables use them. */
  private static final String TABLES =
      "mixed: {d0: 2}, pep: {granularity: feature-dimension, keep: 0.5, start: -5, lr: 0.01, drift: 0.1}";

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
    JobSpec job =
        job(
            "name: full, hash: full",
            "name: full-mixed, hash: full, table: mixed",
            "name: full-pep, hash: full, table: pep",
            "name: modulo, hash: modulo",
            "name: double, hash: double",
            "name: qr, hash: qr",
            "name: freq-double, hash: freq-double",
            "name: hot, hash: hot-kept",
            LEARNED,
            "name: learned-d, hash: learned, combine: concat, internal_tables: D, hot: 0",
            "name: learned-mlet, hash: learned, table: mlet",
            "name: learned-mixed, hash: learned, table: mixed",
            "name: learned-pep, hash: learned, table: pep",
            "name: two-level, hash: two-level",
            "name: two-level-linear, hash: two-level, student: {linear: {share: 0.2}}",
            "name: linear, hash: none");
    return waiting(job, maxHeld, lateness)
        .with(JobSpec::counts, job.counts().with(CountOptions::decay, .9))
        .with(JobSpec::teacher, job.teacher().with(TeacherOptions::sample, sample))
        .with(JobSpec::hash, job.hash().with(HashOptions::maxNewTraffic, maxNewTraffic))
        .with(JobSpec::secondTeacher, true);
  }

  /** One learned arm whose maps carry the counts of their window. */
  public static JobSpec learned(int maxHeld, long lateness) {
    return waiting(live(), maxHeld, lateness);
  }

  /** The same job, which drops late events. */
  static JobSpec dropping(JobSpec job) {
    return job.with(JobSpec::late, LateGate.Policy.DROP);
  }

  /** The same job, whose learners take events as they arrive. */
  static JobSpec byArrival(JobSpec job) {
    return job.with(
        JobSpec::student, job.student().with(StudentOptions::order, LearningOrder.ARRIVAL));
  }

  /** One learned arm that waits for no map. */
  public static JobSpec live() {
    return ofWindows(job(LEARNED));
  }

  /** The same whose students wait for maps until the job is live. */
  public static JobSpec goingLive() {
    JobSpec job = live();
    return job.with(
        JobSpec::student, job.student().with(StudentOptions::waitForMaps, MapWaiting.UNTIL_LIVE));
  }

  /** The same with counts spread over so many tables. */
  public static JobSpec countingIn(int shards) {
    JobSpec job = live();
    return job.with(JobSpec::counts, job.counts().with(CountOptions::shards, shards));
  }

  /** The same, so eager to see changes that it sees some in noise. */
  public static JobSpec eager() {
    return live().with(JobSpec::drift, watching(.5, DriftOptions.Stream.LOSS));
  }

  /** A job that waits for maps and builds them anew when something has changed, or seems to. */
  public static JobSpec refreshing(
      RefreshOptions.When when, double decay, int maxHeld, long lateness) {
    JobSpec job = job("name: full, hash: full", "name: hot, hash: hot-kept", LEARNED);
    CountOptions counts = job.counts().with(CountOptions::decay, decay);
    return waiting(job, maxHeld, lateness)
        .with(JobSpec::counts, counts.with(CountOptions::forgetAfter, 0))
        .with(JobSpec::hash, job.hash().with(HashOptions::refresh, new RefreshOptions(when, 1, 2)))
        .with(JobSpec::secondTeacher, true)
        .with(JobSpec::drift, watching(.01, DriftOptions.Stream.TEACHER_NE));
  }

  /** One arm that looks for its weights, or retrains those that a published model has left. */
  public static JobSpec pruned(String maskFrom) {
    return ofWindows(
        job("name: pep, hash: full, table: pep, hot: 0, mask_from: '" + maskFrom + "'"));
  }

  /** Arms of so many replicas, one of them with maps, of 20 events an interval at 200 a day. */
  static JobSpec replicated(int replicas) {
    JobSpec job = waiting(ofWindows(job("name: modulo, hash: modulo", LEARNED)), 10_000, 0);
    StudentOptions student =
        job.student()
            .with(StudentOptions::regretEvents, 0)
            .with(StudentOptions::replicas, new ReplicaOptions(DAY / 10, 1, 1));
    return job.with(JobSpec::student, student)
        .with(
            JobSpec::arms,
            job.arms().stream().map(arm -> arm.with(ArmSpec::replicas, replicas)).toList());
  }

  private static JobSpec job(String... arms) {
    String list =
        Stream.of(arms)
            .map(arm -> "  - {" + arm + ", " + TABLES + "}\n")
            .collect(Collectors.joining());
    return JobConfig.parse(JOB + list, "small.yaml").spec();
  }

  /** The same whose maps carry the counts of their window. */
  private static JobSpec ofWindows(JobSpec job) {
    return job.with(JobSpec::hash, job.hash().with(HashOptions::counts, HashOptions.Counts.WINDOW));
  }

  /** The same whose students wait for maps, and hold so many events meanwhile. */
  private static JobSpec waiting(JobSpec job, int maxHeld, long lateness) {
    StudentOptions student = job.student().with(StudentOptions::waitForMaps, MapWaiting.ALWAYS);
    return job.with(JobSpec::windows, new WindowSpec(DAY, DAY, 0, lateness))
        .with(JobSpec::student, student.with(StudentOptions::maxHeld, maxHeld));
  }

  /** Detectors of a stream and of the label rate that fire above this threshold. */
  private static DriftOptions watching(double threshold, DriftOptions.Stream stream) {
    return new DriftOptions(
        24,
        0,
        2,
        threshold,
        Map.of(
            stream,
            List.of(DriftOptions.Detector.PAGE_HINKLEY),
            DriftOptions.Stream.LABEL_RATE,
            List.of(DriftOptions.Detector.ADWIN, DriftOptions.Detector.PAGE_HINKLEY)));
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
