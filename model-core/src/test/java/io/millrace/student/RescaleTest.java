package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.StateCopy;
import io.millrace.event.ClickEvent;
import io.millrace.replica.ReplicatedLearner;
import io.millrace.replica.SplitReplicas;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.ReplicaOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.stream.SmallJob;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A student that goes on from its state with another number of replicas. */
class RescaleTest {

  private static final int PER_DAY = 300;

  /** Events of an interval; windows end where intervals do. */
  private static final int INTERVAL = PER_DAY / 20;

  private static final JobSpec SMALL = SmallJob.replicated(SmallJob.job(true, 10_000, 0), 3, 1);

  private static JobSpec job(int staleness, int alone, int maxIds) {
    ReplicaOptions options = new ReplicaOptions(SmallJob.DAY / 20, staleness, alone);
    return SmallJob.with(SMALL, options, maxIds, 70);
  }

  private static ArmSpec arm(String name) {
    return SmallJob.withLinear(SMALL, name);
  }

  /** A learner in one thread, and what it has predicted. */
  private static final class Run implements AutoCloseable {
    private final List<Float> predictions;
    private final StudentTables tables;
    private final ClickModel model;
    private final SplitReplicas link;
    private final ReplicatedLearner learner;

    Run(JobSpec job, ArmSpec arm, int replicas, List<Float> predictions) {
      this.predictions = predictions;
      tables = new StudentTables(job, arm, 7);
      model = tables.model();
      link = new SplitReplicas(tables.here(replicas), replicas);
      learner =
          (ReplicatedLearner)
              tables.replicas(replicas, model, link, (event, tag, p) -> predictions.add(p));
    }

    /** Takes events; a window, in which a model learns alone at first, ends at its boundary. */
    void learn(List<ClickEvent> events, int from, int to) {
      for (int i = from; i < to; i++) {
        endWindowBefore(i);
        learner.advance(events.get(i).eventTime());
        learner.add(events.get(i), i);
      }
    }

    void endWindowBefore(int i) {
      if (i > 0 && i % PER_DAY == 0) {
        learner.flush();
        learner.windowEnded();
      }
    }

    /** What has been seen of it in the end. */
    List<Object> end() {
      learner.flush();
      return List.of(predictions, learner.learned(), ByteBuffer.wrap(bytes(model)));
    }

    Run after(JobSpec job, ArmSpec arm, int before, int replicas) throws IOException {
      byte[] state = ReplicaCluster.written(learner::writeState);
      assertThat(learner.written()).isEqualTo(before);
      Run next = new Run(job, arm, replicas, predictions);
      next.link.state = link.state;
      next.learner.readState(ReplicaCluster.in(state), before);
      close();
      return next;
    }

    @Override
    public void close() {
      learner.close();
      model.close();
    }
  }

  private static byte[] bytes(ClickModel model) {
    return ReplicaCluster.written(model::writeState);
  }

  /** Learns the first events with some replicas, and the others with some more or less. */
  private static List<Object> rescaled(
      JobSpec job, ArmSpec arm, List<ClickEvent> events, int at, int before, int after)
      throws IOException {
    Run first = new Run(job, arm, before, new ArrayList<>());
    first.learn(events, 0, at);
    try (Run second = first.after(job, arm, before, after)) {
      second.learn(events, at, events.size());
      return second.end();
    }
  }

  /**
   * The same by hand: the former replicas end the interval before the one that is open, all is
   * merged, and the others begin with the merged model and the mean of the dense states.
   */
  private static List<Object> byHand(
      JobSpec job, ArmSpec arm, List<ClickEvent> events, int at, int before, int after)
      throws IOException {
    int open = (at - 1) / INTERVAL * INTERVAL;
    Run first = new Run(job, arm, before, new ArrayList<>());
    first.learn(events, 0, open);
    first.endWindowBefore(open);
    first.learner.flush();
    first.learner.rowsMoved();
    byte[] state = ReplicaCluster.written(first.learner::writeState);
    try (Run second = new Run(job, arm, after, first.predictions)) {
      if (first.link.begun()) {
        second.link.haveRead(mean(first.link.dense()));
      } else {
        second.link.state = first.link.state;
      }
      second.learner.readState(ReplicaCluster.in(state), after);
      for (int i = open; i < events.size(); i++) {
        if (i > open) {
          second.endWindowBefore(i);
        }
        second.learner.advance(events.get(i).eventTime());
        second.learner.add(events.get(i), i);
      }
      return second.end();
    } finally {
      first.close();
    }
  }

  /** Steps and numbers of the states, averaged; all else is equal in them. */
  private static byte[] mean(List<byte[]> dense) throws IOException {
    ByteBuffer mean = ByteBuffer.wrap(dense.get(0).clone());
    DataInputStream head = ReplicaCluster.in(dense.get(0));
    while (head.available() > 0) {
      int at = mean.capacity() - head.available();
      boolean network = head.available() >= 4 && mean.getInt(at) == 0x4d4c5053;
      long floats;
      if (network) {
        head.skipBytes(8);
        long parameters = 0;
        int inputs = 0;
        for (int n = head.readInt(), i = 0; i < n; i++) {
          int outputs = head.readInt();
          parameters += i == 0 ? 0 : (long) outputs * (inputs + 1);
          inputs = outputs;
        }
        head.skipBytes(1);
        assertThat(head.readUTF()).isEqualTo(DenseOptimizer.Rule.ADAM.name());
        floats = 3 * parameters;
      } else {
        floats = mean.getInt(at + Long.BYTES);
      }
      int steps = mean.capacity() - head.available();
      mean.putLong(
          steps,
          Math.round(
              dense.stream()
                  .mapToLong(d -> ByteBuffer.wrap(d).getLong(steps))
                  .average()
                  .orElse(0)));
      head.skipBytes(Long.BYTES + (network ? 0 : Integer.BYTES));
      for (long f = 0; f < floats; f++) {
        int place = mean.capacity() - head.available();
        double average =
            dense.stream().mapToDouble(d -> ByteBuffer.wrap(d).getFloat(place)).average().orElse(0);
        mean.putFloat(place, (float) average);
        head.skipBytes(Float.BYTES);
      }
    }
    return mean.array();
  }

  // law: a learner that goes on from a state in the middle of an interval with another number of
  // replicas is one whose number changed where that interval begins, to the bit
  @ParameterizedTest
  @CsvSource({"2, 4, 0", "2, 4, 1", "4, 2, 0", "4, 2, 1", "3, 8, 0", "3, 8, 1", "5, 2, 2"})
  void theNumberChangesWhereTheOpenIntervalBegins(int before, int after, int staleness)
      throws IOException {
    List<ClickEvent> events = SmallJob.events(3, PER_DAY, 3);
    for (String name : List.of("modulo", "double-mlet", "learned-mixed")) {
      JobSpec job = job(staleness, 1, 256);
      for (int at : new int[] {PER_DAY + 1, PER_DAY + 52, 2 * PER_DAY - 1, 2 * PER_DAY + 100}) {
        assertThat(rescaled(job, arm(name), events, at, before, after))
            .as(name + " " + at)
            .isEqualTo(byHand(job, arm(name), events, at, before, after));
      }
    }
  }

  // law: the same wherever the state is written, also where ids are evicted
  @ParameterizedTest
  @ValueSource(ints = {4, 256})
  void itDoesWhereverTheStateIsWritten(int maxIds) throws IOException {
    List<ClickEvent> events = SmallJob.events(2, PER_DAY, 5).subList(0, 70);
    JobSpec job = job(1, 0, maxIds);
    for (int at = 1; at <= events.size(); at++) {
      assertThat(rescaled(job, arm("modulo"), events, at, 3, 2))
          .as("at " + at)
          .isEqualTo(byHand(job, arm("modulo"), events, at, 3, 2));
    }
  }

  // law: numbers between which no event is learned leave no trace
  @Test
  void aStateMayPassThroughOtherNumbers() throws IOException {
    List<ClickEvent> events = SmallJob.events(2, PER_DAY, 3);
    JobSpec job = job(1, 0, 256);
    ArmSpec arm = arm("modulo");
    List<Object> direct = rescaled(job, arm, events, 100, 4, 3);
    Run run = new Run(job, arm, 4, new ArrayList<>());
    run.learn(events, 0, 100);
    for (int passed : new int[] {2, 7, 3}) {
      run = run.after(job, arm, 4, passed);
      run.learner.goOn();
    }
    try (Run last = run) {
      last.learn(events, 100, events.size());
      assertThat(last.end()).isEqualTo(direct);
    }
  }

  // law: before replicas have begun, their number is free
  @Test
  void theNumberIsFreeWhileTheModelLearnsAlone() throws IOException {
    List<ClickEvent> events = SmallJob.events(2, PER_DAY, 3);
    JobSpec job = job(1, 1, 256);
    ArmSpec arm = arm("modulo");
    try (Run other = new Run(job, arm, 5, new ArrayList<>())) {
      other.learn(events, 0, events.size());
      assertThat(rescaled(job, arm, events, 100, 2, 5)).isEqualTo(other.end());
    }
  }

  // law: an arm that had one replica learns in one place until its window ends, as with a
  // student.alone_windows of one more than the windows before
  @Test
  void oneReplicaBecomesSeveralAtTheEndOfTheWindow() throws IOException {
    List<ClickEvent> events = SmallJob.events(4, PER_DAY, 3);
    ArmSpec one = arm("modulo").with(ArmSpec::replicas, 1);
    for (int at : new int[] {PER_DAY + 100, 2 * PER_DAY - 1}) {
      for (int alone = 0; alone < 3; alone++) {
        JobSpec job = job(1, alone, 256);
        ReplicaCluster.Rescale rescale = new ReplicaCluster.Rescale(at, false, false, 4);
        assertThat(ReplicaCluster.inOneThread(job, one, events, List.of(rescale)))
            .isEqualTo(
                ReplicaCluster.inOneThread(
                    job(1, 2, 256), arm("modulo").with(ArmSpec::replicas, 4), events));
      }
    }
  }

  // law: a comparison with a shadow, which replicas cannot have, ends where they come
  @Test
  void aComparisonEndsWhereReplicasCome() throws IOException {
    List<ClickEvent> events = SmallJob.events(3, PER_DAY, 3);
    int at = PER_DAY + 5;
    JobSpec job = job(1, 1, 256);
    JobSpec shadowed =
        job.with(JobSpec::student, job.student().with(StudentOptions::regretEvents, 40));
    ArmSpec one = arm("learned").with(ArmSpec::replicas, 1);
    ReplicaCluster.Lines lines = new ReplicaCluster.Lines();
    byte[] state;
    try (Student first = ReplicaCluster.student(shadowed, one, lines, null)) {
      learn(first, events.subList(0, at));
      state = ReplicaCluster.written(first::writeState);
      assertThat(ReplicaCluster.written(first.comparison::writeState)).hasSizeGreaterThan(9);
    }
    try (Student second =
        ReplicaCluster.student(job, arm("learned").with(ArmSpec::replicas, 4), lines, null)) {
      second.readState(Student.FORMAT, ReplicaCluster.in(state));
      assertThat(ReplicaCluster.written(second.comparison::writeState)).hasSize(9);
      learn(second, events.subList(at, events.size()));
      second.onWatermark(Long.MAX_VALUE);
    }
    ReplicaCluster.Rescale rescale = new ReplicaCluster.Rescale(at, false, false, 4);
    assertThat(lines.all())
        .isEqualTo(ReplicaCluster.inOneThread(job, one, events, List.of(rescale)));
  }

  private static void learn(Student student, List<ClickEvent> events) {
    for (ClickEvent event : events) {
      student.onEvent(event, false);
      student.onWatermark(event.eventTime());
    }
  }

  // law: an arm whose replicas are gone learns what they had not merged, in one place
  @Test
  void severalReplicasBecomeOne() throws IOException {
    List<ClickEvent> events = SmallJob.events(2, PER_DAY, 3);
    JobSpec job = job(0, 0, 256);
    ArmSpec arm = arm("double-mlet");
    int batch = arm.learner().trainer().batch();
    for (int at : new int[] {100, 105, 110}) {
      int open = (at - 1) / INTERVAL * INTERVAL;
      List<Float> expected = new ArrayList<>();
      List<Float> actual = new ArrayList<>();
      StudentTables tables = new StudentTables(job, arm, 7);
      try (Run run = new Run(job, arm, 3, expected);
          Run merged = new Run(job, arm, 3, actual);
          ClickModel model = tables.model();
          ClickModel other = tables.model()) {
        merged.learn(events, 0, open);
        merged.learner.flush();
        StateCopy.copy(merged.model, model);
        BatchLearner alone = new BatchLearner(model, batch, (event, tag, p) -> actual.add(p));
        for (int i = open; i < events.size(); i++) {
          alone.add(events.get(i), i);
        }
        run.learn(events, 0, at);
        byte[] state = ReplicaCluster.written(run.learner::writeState);
        BatchLearner gone = new BatchLearner(other, batch, (event, tag, p) -> expected.add(p));
        ReplicatedLearner.readInto(gone, ReplicaCluster.in(state), 3);
        assertThat(gone.gathered()).isEqualTo(at - open);
        assertThat(gone.learned()).isEqualTo(open);
        for (int i = at; i < events.size(); i++) {
          gone.advance(events.get(i).eventTime());
          gone.add(events.get(i), i);
        }
        assertThat(actual).isEqualTo(expected);
        assertThat(bytes(other)).isEqualTo(bytes(model));
      }
    }
  }

  // law: tasks that are killed at any step, and go on with numbers of replicas drawn at random,
  // learn what one thread does whose numbers change at the same events
  @ParameterizedTest
  @CsvSource({"modulo, 0", "modulo, 1", "double-mlet, 1", "learned, 0", "learned, 1", "qr, 2"})
  void tasksChangeTheirNumberAsOneThreadDoes(String name, int staleness) throws IOException {
    List<ClickEvent> events = SmallJob.events(3, PER_DAY, 3);
    JobSpec job = job(staleness, 1, 256);
    int least = staleness == 0 ? 1 : 2; // what goes on in one place depends on what is merged
    int rescaled = 0;
    for (int seed = 0; seed < 3; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ReplicaCluster cluster = new ReplicaCluster(job, arm(name), events, seed);
      cluster.rescale =
          before -> {
            int now = least + random.nextInt(6);
            return now == before ? before + 1 : now;
          };
      List<List<String>> actual = cluster.run(8);
      rescaled += cluster.rescales.size();
      assertThat(actual)
          .as(seed + " " + cluster.rescales)
          .isEqualTo(ReplicaCluster.inOneThread(job, arm(name), events, cluster.rescales));
    }
    assertThat(rescaled).isGreaterThan(3);
  }
}
