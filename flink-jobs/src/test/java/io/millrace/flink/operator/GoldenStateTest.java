package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.counts.CountTable;
import io.millrace.event.ClickEvent;
import io.millrace.event.EventTotals;
import io.millrace.flink.graph.TestJobs;
import io.millrace.format.EventValues;
import io.millrace.format.HotValues;
import io.millrace.format.HotValues.HotValue;
import io.millrace.hash.MapVersion;
import io.millrace.maps.TeacherValues;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.state.ReportLine;
import io.millrace.state.SourceRecord;
import io.millrace.state.TotalsDelta;
import io.millrace.state.WatchPiece;
import io.millrace.student.StateFacts;
import io.millrace.student.Student;
import io.millrace.teacher.Teacher;
import io.millrace.watch.Losses;
import io.millrace.watch.Traffic;
import io.millrace.watch.TrafficCounter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OperatorSnapshotUtil;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Law: state that an earlier program wrote restores to the same object.
 *
 * <p>A golden file for each operator and format, as Flink keeps it. Each is restored; what the
 * operator writes then is what it was given, or it says what it would have said. To make those of a
 * new format, raise its number, run {@code mvn test -pl flink-jobs -am -Dtest=GoldenStateTest
 * -Dgolden.write=true}, and keep the old ones if they are still to be read.
 */
@Timeout(60)
@SuppressWarnings("try") // close() of a harness may throw anything
class GoldenStateTest {

  private static final boolean WRITE = Boolean.getBoolean("golden.write");
  private static final Path RESOURCES =
      Path.of("src/test/resources/io/millrace/flink/operator/golden");
  private static final Base64.Encoder TEXT = Base64.getMimeEncoder(76, new byte[] {10});
  private static final JobSpec JOB = TestJobs.everything(50, 30);
  private static final List<ClickEvent> EVENTS = TestJobs.events(3, 200, 0, 1);
  private static final long SEED = 7;

  @TempDir Path dir;

  /** A harness that may throw. */
  @FunctionalInterface
  private interface Maker<H extends AbstractStreamOperatorTestHarness<?>> {
    H make() throws Exception;
  }

  /** What is done to an operator. */
  @FunctionalInterface
  private interface Use<H extends AbstractStreamOperatorTestHarness<?>> {
    void on(H harness) throws Exception;
  }

  /**
   * The golden state; if there is none, made by {@code before} with {@code -Dgolden.write=true}.
   */
  private <H extends AbstractStreamOperatorTestHarness<?>> OperatorSubtaskState golden(
      String name, Maker<H> maker, Use<H> before) throws Exception {
    Path golden = RESOURCES.resolve(name + ".state.b64");
    Path plain = dir.resolve(name);
    if (WRITE && !Files.exists(golden)) {
      try (H harness = maker.make()) {
        harness.open();
        before.on(harness);
        OperatorSnapshotUtil.writeStateHandle(harness.snapshot(1, 1), plain.toString());
      }
      Files.createDirectories(RESOURCES);
      try (OutputStream out = new GZIPOutputStream(TEXT.wrap(Files.newOutputStream(golden)))) {
        Files.copy(plain, out);
      }
      Files.delete(plain);
    }
    try (InputStream in =
        new GZIPInputStream(Base64.getMimeDecoder().wrap(Files.newInputStream(golden)))) {
      Files.copy(in, plain);
    }
    return OperatorSnapshotUtil.readStateHandle(plain.toString());
  }

  /** Bytes of the raw state of an operator. */
  private static byte[] raw(OperatorSubtaskState state) throws IOException {
    OperatorStateHandle handle = state.getRawOperatorState().iterator().next();
    try (InputStream in = handle.openInputStream()) {
      return in.readAllBytes();
    }
  }

  /** Restores a state and takes the next snapshot at once. */
  private static <H extends AbstractStreamOperatorTestHarness<?>> byte[] again(
      Maker<H> maker, OperatorSubtaskState state) throws Exception {
    try (H harness = maker.make()) {
      harness.initializeState(state);
      harness.open();
      return raw(harness.snapshot(2, 2));
    }
  }

  private Maker<OneInputStreamOperatorTestHarness<GatedEvent, ReportLine>> student(
      JobSpec job, ArmSpec arm) {
    StudentOperator.Options options =
        new StudentOperator.Options(
            SEED, dir.toString(), Duration.ofSeconds(1), TestJobs.publisher());
    return () ->
        new OneInputStreamOperatorTestHarness<>(
            OperatorFactory.of(
                StudentOperator.class, p -> new StudentOperator(p, job, arm, options)));
  }

  private static void learn(
      OneInputStreamOperatorTestHarness<GatedEvent, ?> trainer, int from, int to) throws Exception {
    for (ClickEvent event : EVENTS.subList(from, to)) {
      trainer.processElement(new StreamRecord<>(new GatedEvent(event, false), event.eventTime()));
      trainer.processWatermark(new Watermark(event.eventTime() - 1));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "full",
        "full-mixed",
        "full-pep",
        "modulo",
        "qr",
        "learned-mlet",
        "learned-pep",
        "two-level"
      })
  void students(String arm) throws Exception {
    ArmSpec spec = JOB.arms().stream().filter(a -> a.name().equals(arm)).findFirst().orElseThrow();
    Maker<OneInputStreamOperatorTestHarness<GatedEvent, ReportLine>> maker = student(JOB, spec);
    OperatorSubtaskState state =
        golden(
            "student-" + arm + "-" + Student.FORMAT,
            maker,
            student -> {
              learn(student, 0, 150);
              student.processElement(
                  new StreamRecord<>(new GatedEvent(EVENTS.get(250), false), 1)); // is held
            });
    assertThat(again(maker, state)).isEqualTo(raw(state));
  }

  // what an earlier version wrote is learned on from as what this one wrote
  @ParameterizedTest
  @ValueSource(
      strings = {
        "full",
        "full-mixed",
        "full-pep",
        "modulo",
        "qr",
        "learned-mlet",
        "learned-pep",
        "two-level"
      })
  void studentsOfAnEarlierFormat(String arm) throws Exception {
    ArmSpec spec = JOB.arms().stream().filter(a -> a.name().equals(arm)).findFirst().orElseThrow();
    if (spec.hash().mapped()) {
      new MapFolder(dir.resolve(RunFiles.MAPS))
          .skip(spec.mapSpec(), "big", TestJobs.START + TestJobs.DAY);
    }
    List<List<String>> lines = new ArrayList<>();
    for (int format : StudentOperator.READABLE) {
      Maker<OneInputStreamOperatorTestHarness<GatedEvent, ReportLine>> maker = student(JOB, spec);
      OperatorSubtaskState state = golden("student-" + arm + "-" + format, maker, student -> {});
      try (var student = maker.make()) {
        student.initializeState(state);
        student.open();
        learn(student, 150, 200);
        student.processWatermark(new Watermark(TestJobs.START + TestJobs.DAY - 1));
        lines.add(
            student.extractOutputValues().stream()
                .filter(line -> line.kind() == ReportLine.Kind.METRICS)
                .map(ReportLine::json)
                .toList());
      }
    }
    assertThat(lines)
        .hasSize(3)
        .allSatisfy(of -> assertThat(of).hasSize(1).isEqualTo(lines.get(0)));
  }

  // a student that follows maps, with one in use and the next one offered
  @Test
  void studentWithMaps() throws Exception {
    JobSpec live = TestJobs.live();
    Maker<OneInputStreamOperatorTestHarness<GatedEvent, ReportLine>> maker =
        student(live, live.arms().get(0));
    OperatorSubtaskState state =
        golden(
            "student-maps-" + Student.FORMAT,
            maker,
            student -> {
              List<MapVersion> maps = StudentOperatorTest.maps(live, EVENTS);
              MapFolder folder = new MapFolder(dir.resolve(RunFiles.MAPS));
              learn(student, 0, 210);
              folder.store(maps.get(0));
              StudentOperatorTest.takeMail(student);
              learn(student, 210, 410);
              folder.store(maps.get(1));
              StudentOperatorTest.takeMail(student);
            });
    assertThat(again(maker, state)).isEqualTo(raw(state));
  }

  private Maker<OneInputStreamOperatorTestHarness<GatedEvent, MapPiece>> teacherMaker() {
    return () ->
        new OneInputStreamOperatorTestHarness<>(
            OperatorFactory.of(
                TeacherOperator.class,
                p ->
                    new TeacherOperator(
                        p, JOB, false, SEED, RefreshDecisions.Source.of(JOB, null, null))));
  }

  @Test
  void teacher() throws Exception {
    OperatorSubtaskState state =
        golden("teacher-" + Teacher.FORMAT, teacherMaker(), teacher -> learn(teacher, 0, 330));
    assertThat(again(teacherMaker(), state)).isEqualTo(raw(state));
  }

  // what an earlier version wrote is learned on from as what this one wrote
  @Test
  void teachersOfAnEarlierFormat() throws Exception {
    List<List<TeacherValues>> values = new ArrayList<>();
    for (int format : TeacherOperator.READABLE) {
      OperatorSubtaskState state = golden("teacher-" + format, teacherMaker(), teacher -> {});
      try (var teacher = teacherMaker().make()) {
        teacher.initializeState(state);
        teacher.open();
        learn(teacher, 330, 400);
        teacher.processWatermark(new Watermark(TestJobs.START + 2 * TestJobs.DAY - 1));
        values.add(teacher.extractOutputValues().stream().map(MapPiece::values).toList());
      }
    }
    assertThat(values).hasSize(2);
    assertThat(values.get(0)).hasSize(2);
    assertThat(values.get(0)).usingRecursiveComparison().isEqualTo(values.get(1));
  }

  @Test
  void totals() throws Exception {
    Maker<TwoInputStreamOperatorTestHarness<TotalsDelta, TotalsDelta, ReportLine>> maker =
        () -> new TwoInputStreamOperatorTestHarness<>(new TotalsOperator(JOB, SEED));
    OperatorSubtaskState state =
        golden(
            "totals-1",
            maker,
            totals -> {
              totals.processElement1(
                  new StreamRecord<>(
                      new TotalsDelta(
                          new EventTotals(9, 3, 2, Map.of("wrong_type", 4L)),
                          Map.of("reading", 1_000_000_000L),
                          List.of(),
                          List.of(
                              new HotValues.Counted(List.of(new HotValue(1, "ä", 5)), 0),
                              new HotValues.Counted(List.of(new HotValue(2, "b", 6)), 1)),
                          Map.of())));
              totals.processElement2(
                  new StreamRecord<>(TotalsDelta.spent("teacher", 2_000_000_000)));
            });
    try (var totals = maker.make()) {
      totals.initializeState(state);
      totals.open();
      totals.endInput1();
      totals.endInput2();
      assertThat(totals.extractOutputValues())
          .extracting(ReportLine::json)
          .containsExactly(
              "{\"complete\":true,\"read\":15,\"trained\":9,\"late_trained\":3,\"dropped_late\":2,"
                  + "\"rejected\":4,\"rejects\":{\"wrong_type\":4},"
                  + "\"seconds\":{\"reading\":1.0,\"teacher\":2.0}}",
              "{\"field\":\"big\",\"id\":1,\"value\":\"ä\",\"count\":5}\n"
                  + "{\"field\":\"small\",\"id\":2,\"value\":\"b\",\"count\":6}");
    }
  }

  @Test
  void gate() throws Exception {
    Maker<OneInputStreamOperatorTestHarness<SourceRecord, GatedEvent>> maker =
        () ->
            new OneInputStreamOperatorTestHarness<>(
                OperatorFactory.of(
                    GateOperator.class, p -> new GateOperator(p, JOB, Duration.ZERO)));
    long day = TestJobs.START + TestJobs.DAY;
    OperatorSubtaskState state =
        golden("gate-1", maker, gate -> gate.processWatermark(new Watermark(day + 500)));
    try (var gate = maker.make()) {
      gate.initializeState(state);
      gate.open();
      for (long time : new long[] {day - 1, day}) {
        ClickEvent event =
            new ClickEvent(time, 1, new float[1], new long[] {1, 2}, new int[] {0, 1, 2});
        gate.processElement(new StreamRecord<>(SourceRecord.of(event, EventValues.NONE), time));
      }
      assertThat(gate.extractOutputValues())
          .extracting(GatedEvent::late)
          .containsExactly(true, false);
    }
  }

  private Maker<TwoInputStreamOperatorTestHarness<WatchPiece, WatchPiece, ReportLine>>
      watchMaker() {
    return () ->
        new TwoInputStreamOperatorTestHarness<>(
            new WatchOperator(JOB, SEED, false, dir.toString()));
  }

  @Test
  void watch() throws Exception {
    Maker<TwoInputStreamOperatorTestHarness<WatchPiece, WatchPiece, ReportLine>> maker =
        watchMaker();
    OperatorSubtaskState state =
        golden(
            "watch-" + WatchOperator.FORMAT,
            maker,
            watch -> {
              TrafficCounter counter = new TrafficCounter(JOB.watchGrid(), 2);
              EVENTS.subList(0, 410).forEach(counter::add);
              List<Traffic> traffic = new ArrayList<>();
              counter.drain(traffic::add);
              for (Traffic part : traffic) {
                watch.processElement1(new StreamRecord<>(WatchPiece.of(part)));
                Losses losses = new Losses(part.subWindow(), 9, 3, 4, 3, 2);
                watch.processElement1(new StreamRecord<>(WatchPiece.of("full", losses)));
                watch.processElement2(
                    new StreamRecord<>(WatchPiece.ofTeacher(losses, part.subWindow())));
              }
              watch.processWatermark1(new Watermark(TestJobs.START + 2 * TestJobs.DAY));
            });
    assertThat(again(maker, state)).isEqualTo(raw(state));
  }

  // what an earlier version has learned is dropped, and what was for other settings, and the watch
  // begins anew
  @ParameterizedTest
  @ValueSource(ints = {1, WatchOperator.FORMAT})
  void watchBeginsAnew(int format) throws Exception {
    OperatorSubtaskState state = golden("watch-" + format, watchMaker(), watch -> {});
    Maker<TwoInputStreamOperatorTestHarness<WatchPiece, WatchPiece, ReportLine>> other =
        () ->
            new TwoInputStreamOperatorTestHarness<>(
                new WatchOperator(TestJobs.eager(), SEED, false, dir.toString()));
    try (var old = other.make();
        var anew = other.make()) {
      old.initializeState(state);
      old.open();
      anew.open();
      assertThat(raw(old.snapshot(1, 1))).isEqualTo(raw(anew.snapshot(1, 1)));
    }
  }

  @Test
  void files() throws Exception {
    StateFacts facts = StateFacts.ofJob(JOB, SEED, "clicks");
    Path run = dir.resolve("run");
    Maker<OneInputStreamOperatorTestHarness<ReportLine, ReportLine>> maker =
        () ->
            new OneInputStreamOperatorTestHarness<>(
                OperatorFactory.of(
                    LineFileOperator.class, p -> new LineFileOperator(p, run.toString(), facts)));
    String line = "{\"a\":1}";
    OperatorSubtaskState state =
        golden(
            "files-" + LineFileOperator.FORMAT,
            maker,
            files ->
                files.processElement(
                    new StreamRecord<>(new ReportLine(ReportLine.Kind.DRIFT, "k", line))));
    Files.createDirectories(run);
    Files.writeString(run.resolve(RunFiles.DRIFT), line + "\nwritten after the checkpoint\n");
    assertThat(again(maker, state)).isEqualTo(raw(state));
    assertThat(run.resolve(RunFiles.DRIFT)).hasContent(line);
  }

  // one field with a map of the first day and pieces of the second; the day's end builds from both
  @Test
  void maps() throws Exception {
    Path run = dir.resolve("run");
    Maker<KeyedOneInputStreamOperatorTestHarness<Integer, MapPiece, ReportLine>> maker =
        () ->
            new KeyedOneInputStreamOperatorTestHarness<>(
                OperatorFactory.of(
                    MapOperator.class, p -> new MapOperator(p, JOB, SEED, run.toString())),
                MapPiece::field,
                Types.INT);
    long first = JOB.windows().pane(TestJobs.START);
    OperatorSubtaskState state =
        golden(
            "maps-1",
            maker,
            maps -> {
              day(maps, first);
              MapOperators.finish(maps);
              pieces(maps, first + 1);
            });
    try (var maps = maker.make()) {
      maps.initializeState(state);
      maps.open();
      maps.processWatermark(new Watermark(JOB.windows().paneEnd(first + 1) - 1));
      MapOperators.finish(maps);
      List<String> drift =
          maps.extractOutputValues().stream()
              .filter(line -> line.kind() == ReportLine.Kind.DRIFT)
              .map(ReportLine::json)
              .toList();
      assertThat(drift).hasSize(1);
      assertThat(drift.get(0)).contains("\"psi\":0.0");
      assertThat(maps.extractOutputValues())
          .filteredOn(line -> line.kind() == ReportLine.Kind.MAP)
          .isNotEmpty()
          .allSatisfy(line -> assertThat(line.json()).contains("\"version\":2"));
    }
  }

  private static void day(
      KeyedOneInputStreamOperatorTestHarness<Integer, MapPiece, ReportLine> maps, long pane)
      throws Exception {
    pieces(maps, pane);
    maps.processWatermark(new Watermark(JOB.windows().paneEnd(pane) - 1));
  }

  private static void pieces(
      KeyedOneInputStreamOperatorTestHarness<Integer, MapPiece, ReportLine> maps, long pane)
      throws Exception {
    int n = 150;
    long[] ids = new long[n];
    long[] counts = new long[n];
    double[] decayed = new double[n];
    float[] values = new float[2 * n];
    for (int i = 0; i < n; i++) {
      ids[i] = i;
      counts[i] = 1L + i % 7;
      decayed[i] = counts[i];
      values[2 * i] = i % 13;
    }
    long sum = java.util.Arrays.stream(counts).sum();
    CountTable table = new CountTable(sum, ids, counts, new long[n], decayed, new double[n]);
    TeacherValues teacher = new TeacherValues(ids, 2, values);
    maps.processElement(new StreamRecord<>(MapPiece.of(0, pane, true, table)));
    maps.processElement(new StreamRecord<>(MapPiece.of(0, pane, true, false, teacher)));
    maps.processElement(new StreamRecord<>(MapPiece.of(0, pane, true, true, teacher)));
  }
}
