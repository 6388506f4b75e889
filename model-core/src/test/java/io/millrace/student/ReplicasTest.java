package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.EventLearner;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.ClickEvent;
import io.millrace.linear.LinearOptions;
import io.millrace.metric.LogLoss;
import io.millrace.replica.Change;
import io.millrace.replica.Merger;
import io.millrace.replica.Replica;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.spec.ReplicaOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.stream.SmallJob;
import io.millrace.table.TableOptimizer;
import io.millrace.watch.BuildDecisions;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replicas of the arms of the small job, each with a linear part. */
class ReplicasTest {

  private static final List<String> ARMS =
      List.of("modulo", "double-mlet", "double-concat", "qr", "learned-mixed", "learned-d");

  private static final JobSpec JOB = SmallJob.replicated(SmallJob.job(true, 10, 0), 3, 1);

  private static ArmSpec arm(String name) {
    return SmallJob.withLinear(JOB, name);
  }

  private static JobSpec job(int exchangeMs, int staleness) {
    ReplicaOptions options = new ReplicaOptions(exchangeMs, staleness, 0);
    return JOB.with(JobSpec::student, JOB.student().with(StudentOptions::replicas, options));
  }

  /** Predictions in the order in which they are reported, and the model's state at the end. */
  @SuppressWarnings("ArrayRecordComponent") // compared by its parts
  private record Outcome(List<Float> predictions, List<Double> losses, byte[] model) {

    /** Mean loss of a share of the events. */
    double loss(double from, double to) {
      int n = losses.size();
      return losses.subList((int) (from * n), (int) (to * n)).stream()
          .mapToDouble(Double::doubleValue)
          .average()
          .orElseThrow();
    }
  }

  private static final class Scores implements BatchLearner.Scored {
    private final List<Float> predictions = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();

    @Override
    public void accept(ClickEvent event, int tag, float p) {
      predictions.add(p);
      losses.add(LogLoss.of(p, event.clicked()));
    }

    Outcome with(ClickModel model) {
      return new Outcome(predictions, losses, bytes(model));
    }
  }

  private static byte[] bytes(ClickModel model) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      model.writeState(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  private static Outcome learn(JobSpec job, ArmSpec arm, int replicas, List<ClickEvent> events) {
    Scores scores = new Scores();
    StudentTables tables = new StudentTables(job, arm, 7);
    try (ClickModel model = tables.model();
        EventLearner learner = tables.replicas(replicas, model, tables.here(replicas), scores)) {
      for (ClickEvent event : events) {
        learner.advance(event.eventTime());
        learner.add(event, 0);
      }
      learner.flush();
      return scores.with(model);
    }
  }

  /** A learner in one place that ends its batches where intervals end. */
  private static Outcome alone(JobSpec job, ArmSpec arm, List<ClickEvent> events) {
    Scores scores = new Scores();
    try (ClickModel model = new StudentTables(job, arm, 7).model()) {
      BatchLearner learner = new BatchLearner(model, arm.learner().trainer().batch(), scores);
      long open = 0;
      for (ClickEvent event : events) {
        long interval = event.eventTime() / job.student().replicas().exchangeMs();
        if (interval > open) {
          learner.flush();
          open = interval;
        }
        learner.add(event, 0);
      }
      learner.flush();
      return scores.with(model);
    }
  }

  // law: a replica goes on with base + its own changes, and the merge of these alone is the same to
  // the bit; so one replica learns the same whatever the staleness
  @Test
  void oneReplicaGoesOnWithTheMergedModel() {
    List<ClickEvent> events = SmallJob.events(2, 500, 3);
    for (String name : ARMS) {
      Outcome fresh = learn(job(50, 0), arm(name), 1, events);
      for (int staleness = 1; staleness <= 3; staleness++) {
        Outcome stale = learn(job(50, staleness), arm(name), 1, events);
        assertThat(stale.predictions()).as(name).isEqualTo(fresh.predictions());
        assertThat(stale.model()).as(name).isEqualTo(fresh.model());
      }
      List<Float> plain = alone(job(50, 0), arm(name), events).predictions();
      assertThat(fresh.predictions()).hasSameSizeAs(plain);
      for (int i = 0; i < plain.size(); i++) {
        assertThat(fresh.predictions().get(i)).as(name).isCloseTo(plain.get(i), within(2e-3f));
      }
    }
  }

  // law: with plain gradient descent and an exchange for each event, P replicas are a batch of P
  // events, whose rate is P times that of the rows and of the replicas' mean for the dense part
  @Test
  void replicasOfOneEventEachAreOneBatch() throws IOException {
    int replicas = 4;
    ArmSpec each = sgd(arm("modulo"), .05, 1);
    ArmSpec batch = sgd(arm("modulo"), .05 * replicas, replicas);
    StudentTables tables = new StudentTables(JOB, each, 7);
    try (ClickModel merged = tables.model();
        ClickModel one = new StudentTables(JOB, batch, 7).model()) {
      BatchLearner learner = new BatchLearner(one, replicas, (event, tag, p) -> {});
      Merger merger = new Merger(merged, 1);
      List<Replica> all = new ArrayList<>();
      for (int r = 0; r < replicas; r++) {
        all.add(new Replica(r, model(tables), model(tables), 1));
        all.get(r).start(merged);
      }
      List<ClickEvent> events = SmallJob.events(1, 200, 3);
      for (int i = 0; i < events.size(); i += replicas) {
        List<Change> changes = new ArrayList<>();
        for (int r = 0; r < replicas; r++) {
          all.get(r).add(events.get(i + r));
          learner.add(events.get(i + r), 0);
          changes.add(all.get(r).endInterval(i));
        }
        var merge = merger.merge(changes);
        all.forEach(replica -> replica.begin(List.of(merge)));
      }
      float[] expected = new float[events.size()];
      float[] actual = new float[events.size()];
      one.score(events, expected);
      merged.score(events, actual);
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(1e-5f));
      }
      all.forEach(Replica::close);
    }
  }

  private static ClickModel model(StudentTables tables) {
    return tables.copy(tables.create());
  }

  private static ArmSpec sgd(ArmSpec arm, double rowRate, int batch) {
    TrainerOptions trainer =
        arm.learner()
            .trainer()
            .with(TrainerOptions::table, new TableOptimizer(TableOptimizer.Rule.SGD, rowRate))
            .with(TrainerOptions::dense, DenseOptimizer.of(DenseOptimizer.Rule.SGD, .2))
            .with(TrainerOptions::batch, batch);
    return arm.with(
        ArmSpec::learner,
        arm.learner()
            .with(LearnerOptions::trainer, trainer)
            .with(LearnerOptions::linear, LinearOptions.NONE));
  }

  // law: the order in which changes arrive does not matter
  @Test
  void changesMergeInAnyOrder() {
    for (String name : ARMS) {
      assertThat(mergedShuffled(arm(name), 1)).as(name).isEqualTo(mergedShuffled(arm(name), 2));
    }
  }

  private static byte[] mergedShuffled(ArmSpec arm, long seed) {
    StudentTables tables = new StudentTables(JOB, arm, 7);
    SplittableRandom random = new SplittableRandom(seed);
    List<ClickEvent> events = SmallJob.events(1, 300, 3);
    try (ClickModel merged = tables.model()) {
      Merger merger = new Merger(merged, 8);
      List<Replica> all = new ArrayList<>();
      for (int r = 0; r < 5; r++) {
        all.add(new Replica(r, model(tables), model(tables), 8));
        all.get(r).start(merged);
      }
      for (int k = 0; k < 10; k++) {
        List<Change> changes = new ArrayList<>();
        for (Replica replica : all) {
          for (int i = 0; i < 6; i++) {
            replica.add(events.get(30 * k + 6 * all.indexOf(replica) + i));
          }
          changes.add(replica.endInterval(k));
        }
        Collections.swap(changes, random.nextInt(5), random.nextInt(5));
        var merge = merger.merge(changes);
        all.forEach(replica -> replica.begin(List.of(merge)));
      }
      all.forEach(Replica::close);
      return bytes(merged);
    }
  }

  // law: replicas learn a planted pattern about as well as one place does
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void replicasLearn(int staleness) {
    List<ClickEvent> events = SmallJob.events(8, 1000, 3);
    JobSpec job = job(20, staleness);
    Outcome one = alone(job, arm("modulo"), events);
    Outcome three = learn(job, arm("modulo"), 3, events);
    assertThat(three.loss(.5, 1)).isLessThan(three.loss(0, .1) - .01);
    assertThat(three.loss(.5, 1)).isLessThan(one.loss(.5, 1) + .003);
  }

  // law: partitions, and when watermarks come, change nothing, to the bit
  @Test
  void partitionsDoNotMatter() throws IOException {
    List<ClickEvent> events = SmallJob.events(3, 600, 3);
    for (String name : List.of("modulo", "double-mlet", "qr")) {
      byte[] one = student(arm(name), events, 1);
      assertThat(student(arm(name), events, 2)).as(name).isEqualTo(one);
      assertThat(student(arm(name), events, 7)).as(name).isEqualTo(one);
    }
  }

  /** A student after partitions that were read by turns of random length, of one event or more. */
  private static byte[] student(ArmSpec arm, List<ClickEvent> events, int partitions)
      throws IOException {
    JobSpec job = JOB.with(JobSpec::student, JOB.student().with(StudentOptions::maxHeld, 1000));
    List<String> lines = new ArrayList<>();
    Student.Listener listener = new Lines(lines);
    BuildDecisions decisions = Refreshes.ofWindows(job.mapGrid());
    SplittableRandom random = new SplittableRandom(partitions);
    int[] next = new int[partitions];
    try (Student student = new Student(job, arm, 7, (s, f, w) -> null, decisions, listener)) {
      for (int left = events.size(); left > 0; ) {
        int p = random.nextInt(partitions);
        int turn = random.nextInt(1, 40);
        for (int at = place(p, next, partitions);
            turn > 0 && at < events.size();
            at = place(p, next, partitions)) {
          student.onEvent(events.get(at), false);
          next[p]++;
          turn--;
          left--;
        }
        student.onWatermark(watermark(events, next));
      }
      student.onWatermark(Long.MAX_VALUE);
      assertThat(lines).hasSize(3);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeUTF(lines.toString());
      out.write(bytes(student.model()));
      return bytes.toByteArray();
    }
  }

  private static int place(int partition, int[] next, int partitions) {
    return next[partition] * partitions + partition;
  }

  /** Just before the next event of the partition that is behind. */
  private static long watermark(List<ClickEvent> events, int[] next) {
    long least = Long.MAX_VALUE;
    for (int p = 0; p < next.length; p++) {
      int at = place(p, next, next.length);
      least = Math.min(least, at < events.size() ? events.get(at).eventTime() - 1 : least);
    }
    return least;
  }

  private record Lines(List<String> lines) implements Student.Listener {
    @Override
    public void metrics(MetricLine line) {
      lines.add(line.toString());
    }

    @Override
    public void publish(Student student, Student.PublishCause cause) {}
  }

  // law: a learner that is written and read, in the middle of intervals or between, goes on with
  // equal bits; also while it learns alone, and when it goes over to replicas
  @Test
  void restoredLearnersGoOn() throws IOException {
    List<ClickEvent> events = SmallJob.events(2, 300, 3);
    for (String name : ARMS) {
      for (int staleness = 0; staleness <= 2; staleness++) {
        ReplicaOptions options = new ReplicaOptions(50, staleness, 1);
        JobSpec job =
            JOB.with(JobSpec::student, JOB.student().with(StudentOptions::replicas, options));
        Outcome whole = learnWithBreaks(job, arm(name), events, Integer.MAX_VALUE);
        Outcome broken = learnWithBreaks(job, arm(name), events, 37);
        assertThat(broken.predictions()).as(name).isEqualTo(whole.predictions());
        assertThat(broken.model()).as(name).isEqualTo(whole.model());
      }
    }
  }

  /** Ends a window at a third of the events, and a fence without one at another third. */
  private static Outcome learnWithBreaks(
      JobSpec job, ArmSpec arm, List<ClickEvent> events, int every) throws IOException {
    Scores scores = new Scores();
    StudentTables tables = new StudentTables(job, arm, 7);
    ClickModel model = tables.model();
    EventLearner learner = tables.replicas(3, model, tables.here(3), scores);
    for (int i = 0; i < events.size(); i++) {
      if (i % every == every - 1) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        learner.writeState(new DataOutputStream(bytes));
        learner.close();
        model.close();
        model = tables.model();
        learner = tables.replicas(3, model, tables.here(3), scores);
        learner.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
      }
      learner.advance(events.get(i).eventTime());
      if (i % 200 == 199) {
        learner.flush();
        learner.windowEnded();
      }
      learner.add(events.get(i), 0);
    }
    learner.flush();
    Outcome outcome = scores.with(model);
    learner.close();
    model.close();
    return outcome;
  }

  // law: the ids of the merged model stay within their bound, give or take those of s intervals
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void evictsIds(int staleness) {
    int maxIds = 50;
    JobSpec unbounded = job(20, staleness);
    JobSpec job =
        unbounded.with(JobSpec::student, unbounded.student().with(StudentOptions::maxIds, maxIds));
    StudentTables tables = new StudentTables(job, arm("modulo"), 7);
    List<Integer> sizes = new ArrayList<>();
    try (ClickModel model = tables.model();
        EventLearner learner = tables.replicas(3, model, tables.here(3), (event, tag, p) -> {})) {
      for (int i = 0; i < 3000; i++) {
        long[] ids = {i, i / 2};
        learner.advance(i);
        learner.add(new ClickEvent(i, i % 2, new float[1], ids, new int[] {0, 1, 2}), 0);
        sizes.add(model.fields().get(1).index().size());
      }
    }
    int newIdsAnInterval = 11;
    assertThat(Collections.max(sizes)).isBetween(maxIds, maxIds + staleness * newIdsAnInterval);
    assertThat(sizes.get(2999)).isGreaterThan(maxIds / 2);
  }
}
