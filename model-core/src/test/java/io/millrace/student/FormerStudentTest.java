package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.dense.DenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.ClickEvent;
import io.millrace.event.SchemaChange;
import io.millrace.linear.LinearOptions;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.spec.TableOptions;
import io.millrace.stream.SmallJob;
import io.millrace.table.PepOptions;
import io.millrace.table.TableOptimizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Students go on with columns added, dropped and in another order. */
class FormerStudentTest {

  private static final int PER_DAY = 300;
  private static final List<ClickEvent> EVENTS = SmallJob.events(ColumnStream.DAYS, PER_DAY, 1);

  /** In the third day, in the middle of a batch, when no shadow is there. */
  private static final int CHANGE = 2 * PER_DAY + 107;

  private static final JobSpec BOTH =
      ColumnStream.job(SmallJob.job(true, 10_000, 30), List.of("d"), List.of("big", "small"));

  private static final LinearOptions LINEAR =
      new LinearOptions(200, 0, .1, 1, 0, 1, 2, LinearOptions.Precision.FLOAT32);

  /** With a column of each kind before those of {@link #BOTH}, and between them. */
  private static JobSpec more(JobSpec job) {
    return ColumnStream.job(job, List.of("new", "d"), List.of("large", "big", "tiny", "small"));
  }

  private static JobSpec with(JobSpec job, TrainerOptions trainer) {
    return job.with(
        JobSpec::arms,
        job.arms().stream()
            .map(
                arm ->
                    arm.with(
                        ArmSpec::learner, arm.learner().with(LearnerOptions::trainer, trainer)))
            .toList());
  }

  private static TrainerOptions trainer() {
    return SmallJob.LEARNER.trainer();
  }

  private static JobSpec only(JobSpec job, String... arms) {
    return job.with(
        JobSpec::arms,
        job.arms().stream().filter(arm -> List.of(arms).contains(arm.name())).toList());
  }

  /** Also with a linear part beside the network and alone. */
  private static JobSpec withLinear(JobSpec job) {
    LearnerOptions learner = SmallJob.LEARNER.with(LearnerOptions::linear, LINEAR);
    ArmSpec beside =
        only(job, "learned")
            .arms()
            .get(0)
            .with(ArmSpec::name, "linear")
            .with(ArmSpec::learner, learner);
    ArmSpec alone = beside.with(ArmSpec::name, "alone").with(ArmSpec::hash, ArmSpec.Hash.NONE);
    return job.with(
        JobSpec::arms, Stream.concat(job.arms().stream(), Stream.of(beside, alone)).toList());
  }

  private static float[] predictions(Student student) {
    List<ClickEvent> some =
        EVENTS.subList(CHANGE, CHANGE + 40).stream()
            .map(event -> ColumnStream.event(event, student.job()))
            .toList();
    float[] p = new float[some.size()];
    student.model().score(some, p);
    return p;
  }

  private static float[][] predictions(ColumnStream stream) {
    return stream.students.stream().map(FormerStudentTest::predictions).toArray(float[][]::new);
  }

  // Law: until a new column is learned, every kind of arm predicts as before, to the bit, whatever
  // values the column has.
  @Test
  void predictionsStay() throws IOException {
    ColumnStream before = new ColumnStream(BOTH);
    before.take(EVENTS.subList(0, CHANGE));
    float[][] known = predictions(before);
    try (ColumnStream after = before.goOn(more(BOTH))) {
      assertThat(predictions(after)).isDeepEqualTo(known);
      assertThat(after.students).allSatisfy(s -> assertThat(s.learned()).isGreaterThan(500));
    }
  }

  // Law: the same with every rule of rows and of MLPs.
  @ParameterizedTest
  @EnumSource(DenseOptimizer.Rule.class)
  void predictionsStayWithEveryRule(DenseOptimizer.Rule rule) throws IOException {
    for (TableOptimizer.Rule rows : TableOptimizer.Rule.values()) {
      TrainerOptions trainer =
          trainer()
              .with(TrainerOptions::dense, DenseOptimizer.of(rule, .01))
              .with(TrainerOptions::table, new TableOptimizer(rows, .05));
      JobSpec job = with(only(BOTH, "modulo", "two-level", "learned-mlet"), trainer);
      ColumnStream before = new ColumnStream(job);
      before.take(EVENTS.subList(0, CHANGE));
      float[][] known = predictions(before);
      try (ColumnStream after = before.goOn(more(job))) {
        assertThat(predictions(after)).isDeepEqualTo(known);
      }
    }
  }

  // Law: the same up to rounding with every engine, and where columns change their order.
  @ParameterizedTest
  @CsvSource({"plain, true", "onednn, false", "onednn, true", "djl-cpu, false", "auto, false"})
  void predictionsStayUpToRounding(String engine, boolean turned) throws IOException {
    JobSpec job =
        with(
            only(BOTH, "full", "learned-mlet", "modulo-pep"),
            trainer().with(TrainerOptions::engine, engine));
    ColumnStream before = new ColumnStream(job);
    before.take(EVENTS.subList(0, CHANGE));
    float[][] known = predictions(before);
    JobSpec next =
        turned
            ? ColumnStream.job(job, List.of("d", "new"), List.of("small", "tiny", "big"))
            : more(job);
    try (ColumnStream after = before.goOn(next)) {
      float[][] now = predictions(after);
      for (int a = 0; a < known.length; a++) {
        for (int i = 0; i < known[a].length; i++) {
          assertThat(now[a][i]).isCloseTo(known[a][i], within(2e-6f));
        }
      }
    }
  }

  // Law: columns added and dropped again, with nothing learned between, leave the state of every
  // arm and of the teacher as it was, to the bit: also where events wait.
  @Test
  void addedAndDroppedIsAsBefore() throws IOException {
    JobSpec job = withLinear(BOTH);
    ColumnStream before = new ColumnStream(job);
    before.take(EVENTS.subList(0, CHANGE));
    byte[][] known = states(before);
    assertThat(before.students.get(0).steps().held()).isPositive();
    try (ColumnStream after = before.goOn(more(job)).goOn(job)) {
      assertThat(states(after)).isDeepEqualTo(known);
    }
  }

  private static byte[][] states(ColumnStream stream) throws IOException {
    List<byte[]> states = new ArrayList<>();
    states.add(ColumnStream.bytes(stream.teacher::writeState));
    for (Student student : stream.students) {
      states.add(ColumnStream.bytes(student::writeState));
    }
    return states.toArray(byte[][]::new);
  }

  // Law: what a dropped field and a dropped column contributed goes: the others' predictions are
  // those of the former model with the weights of their products and columns at 0.
  @Test
  void droppedColumnsContributeNothing() throws IOException {
    JobSpec job = more(only(BOTH, "modulo", "full-pep"));
    ColumnStream before = new ColumnStream(job);
    before.take(EVENTS.subList(0, CHANGE));
    JobSpec less = ColumnStream.job(job, List.of("d"), List.of("large", "big", "small"));
    int dim = trainer().dim();
    for (Student student : before.students) {
      forget(student.model().network().orElseThrow().bottom(), 0);
      for (int j : new int[] {0, 1, 2}) {
        forget(
            student.model().network().orElseThrow().top(), dim + 3 + j); // (3, 0), (3, 1), (3, 2)
      }
      forget(student.model().network().orElseThrow().top(), dim + 9); // (4, 3)
    }
    float[][] known = predictions(before);
    try (ColumnStream after = before.goOn(less)) {
      assertThat(predictions(after)).isDeepEqualTo(known);
    }
  }

  private static void forget(DenseNet net, int input) {
    float[][] parameters = net.parameters();
    int in = net.spec().inputs();
    for (int o = 0; o < parameters[0].length / in; o++) {
      parameters[0][o * in + input] = 0;
    }
    net.setParameters(parameters);
  }

  // Law: after the change students go on as any: restarts in between change no line, new fields
  // get their maps after the window in which they came, and new columns are learned.
  @Test
  void theyGoOn() throws IOException {
    JobSpec job = withLinear(BOTH);
    List<String> whole = lines(job, EVENTS.size());
    assertThat(lines(job, CHANGE + 61))
        .isEqualTo(whole)
        .hasSize(ColumnStream.DAYS * job.arms().size());
  }

  private static List<String> lines(JobSpec job, int restart) throws IOException {
    ColumnStream stream = new ColumnStream(job);
    stream.take(EVENTS.subList(0, CHANGE));
    JobSpec next = more(job);
    stream = stream.goOn(next);
    stream.take(EVENTS.subList(CHANGE, restart));
    stream = restart < EVENTS.size() ? stream.goOn(next) : stream;
    stream.take(EVENTS.subList(restart, EVENTS.size()));
    stream.watermark(Long.MAX_VALUE);
    for (Student student : stream.students) {
      if (student.spec().hash().mapped()) {
        assertThat(student.map(0)).as(student.spec().name()).isNotNull();
        assertThat(student.map(0).header().windowEnd()).isGreaterThan(3 * SmallJob.DAY);
      }
    }
    stream.close();
    return stream.lines.stream().map(Object::toString).toList();
  }

  // Law: so do tables that share thresholds, also where the first of them is new.
  @ParameterizedTest
  @EnumSource(PepOptions.Granularity.class)
  void prunedTablesShareThresholds(PepOptions.Granularity granularity) throws IOException {
    PepOptions pep = new PepOptions(granularity, .5, -5, .01, .1, 1);
    TableOptions tables = SmallJob.OPTIONS.tables().with(TableOptions::pep, pep);
    ArmSpec.Options options = SmallJob.OPTIONS.with(ArmSpec.Options::tables, tables);
    JobSpec pruned = only(BOTH, "full-pep", "modulo-pep");
    JobSpec job =
        pruned.with(
            JobSpec::arms,
            pruned.arms().stream().map(arm -> arm.with(ArmSpec::options, options)).toList());
    ColumnStream before = new ColumnStream(job);
    before.take(EVENTS.subList(0, CHANGE));
    float[][] known = predictions(before);
    byte[][] state = states(before);
    ColumnStream after = before.goOn(more(job));
    assertThat(predictions(after)).isDeepEqualTo(known);
    try (ColumnStream again = after.goOn(job)) {
      assertThat(states(again)).isDeepEqualTo(state);
    }
    assertThat(lines(job, CHANGE + 61)).isEqualTo(lines(job, EVENTS.size()));
  }

  // Law: no map of a new field is waited for that nobody builds: that of a window without an event
  // of the new columns.
  @Test
  void aWindowThatEndsAtTheChangeHasNoMapOfANewField() throws IOException {
    JobSpec job = only(BOTH, "learned", "freq-double");
    ColumnStream stream = new ColumnStream(job);
    stream.take(EVENTS.subList(0, 3 * PER_DAY));
    stream = stream.goOn(more(job));
    stream.take(EVENTS.subList(3 * PER_DAY, 5 * PER_DAY));
    for (Student student : stream.students) {
      assertThat(student.map(0).header().windowEnd()).isEqualTo(4 * SmallJob.DAY);
      assertThat(student.map(1).header().windowEnd()).isEqualTo(4 * SmallJob.DAY);
    }
    stream.close();
  }

  // Law: a student that waits for maps at the change asks for those of kept fields alone, and loses
  // no event.
  @Test
  void aStudentMayWaitForMaps() throws IOException {
    JobSpec job = only(BOTH, "learned", "freq-double");
    ColumnStream stream = new ColumnStream(job);
    stream.take(EVENTS.subList(0, 2 * PER_DAY - 50));
    stream.there = false;
    stream.take(EVENTS.subList(2 * PER_DAY - 50, CHANGE));
    stream = stream.goOn(more(job));
    assertThat(stream.students.get(0).steps().heldBack()).isGreaterThan(100);
    stream.students.forEach(student -> student.steps().resumeAll());
    for (Student student : stream.students) {
      assertThat(student.map(0)).isNull();
      assertThat(student.map(1).header().windowEnd()).isEqualTo(2 * SmallJob.DAY);
    }
    stream.take(EVENTS.subList(CHANGE, EVENTS.size()));
    stream.watermark(Long.MAX_VALUE);
    stream.close();
    assertThat(stream.lines)
        .hasSize(ColumnStream.DAYS * 2)
        .allSatisfy(line -> assertThat(line.overall().events()).isEqualTo(PER_DAY));
  }

  // Law: maps that are on trial at the change are on trial again, and not lost.
  @Test
  void aTrialBeginsAnew() throws IOException {
    JobSpec job =
        only(BOTH, "learned")
            .with(JobSpec::hash, BOTH.hash().with(HashOptions::trial, HashOptions.Trial.ALWAYS));
    ColumnStream stream = new ColumnStream(job);
    stream.take(EVENTS.subList(0, 2 * PER_DAY + 10));
    assertThat(stream.students.get(0).mapVersion()).isEqualTo(1);
    stream = stream.goOn(more(job));
    stream.take(EVENTS.subList(2 * PER_DAY + 10, 2 * PER_DAY + 200));
    assertThat(stream.switches).hasSize(1);
    assertThat(stream.switches.get(0).mapVersion()).isEqualTo(2);
    assertThat(stream.switches.get(0).events()).isGreaterThan(10);
    stream.close();
  }

  @Test
  void someArmsKeepTheirColumns() throws IOException {
    JobSpec job = only(BOTH, "modulo");
    ArmSpec arm = job.arms().get(0);
    SchemaChange change = SchemaChange.between(BOTH.schema(), more(BOTH).schema());
    assertThat(FormerStudent.obstacle(arm, change)).isEmpty();
    assertThat(FormerStudent.obstacle(arm.with(ArmSpec::replicas, 2), change))
        .hasValue(
            "replicas must be 1 where columns change (added: [new, large, tiny], dropped: []),"
                + " as replicas hold changes of models with the former ones, but was 2");
    try (ColumnStream stream = new ColumnStream(job)) {
      JobSpec none = ColumnStream.job(job, List.of(), List.of("big", "small"));
      assertThatThrownBy(() -> stream.goOn(none))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("schema.dense must keep one of [d], as a network");
    }
  }
}
