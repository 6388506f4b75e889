package io.millrace.flink.operator;

import static io.millrace.flink.operator.GoldenState.EVENTS;
import static io.millrace.flink.operator.GoldenState.JOB;
import static io.millrace.flink.operator.GoldenState.SEED;
import static io.millrace.flink.operator.GoldenState.again;
import static io.millrace.flink.operator.GoldenState.golden;
import static io.millrace.flink.operator.GoldenState.raw;
import static io.millrace.flink.operator.GoldenState.stored;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.counts.CountTable;
import io.millrace.event.ClickEvent;
import io.millrace.event.EventTotals;
import io.millrace.flink.graph.TestJobs;
import io.millrace.flink.operator.GoldenState.Maker;
import io.millrace.jobfile.JobConfig;
import io.millrace.jobfile.Settings;
import io.millrace.maps.TeacherValues;
import io.millrace.runs.RunFiles;
import io.millrace.state.GatedEvent;
import io.millrace.state.MapPiece;
import io.millrace.state.RawState;
import io.millrace.state.ReportLine;
import io.millrace.state.SourceRecord;
import io.millrace.state.TotalsDelta;
import io.millrace.state.WatchPiece;
import io.millrace.student.StateFacts;
import io.millrace.values.EventValues;
import io.millrace.values.HotValues;
import io.millrace.values.HotValues.HotValue;
import io.millrace.watch.Losses;
import io.millrace.watch.Traffic;
import io.millrace.watch.TrafficCounter;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Law: state that an earlier program wrote restores to the same object. */
@Timeout(60)
@SuppressWarnings("try") // close() of a harness may throw anything
class GoldenStateTest {

  private static final Maker<
          TwoInputStreamOperatorTestHarness<TotalsDelta, TotalsDelta, ReportLine>>
      TOTALS = () -> new TwoInputStreamOperatorTestHarness<>(new TotalsOperator(JOB, SEED));

  @TempDir Path dir;

  // Law: restored totals and hot ids are reported in full.
  @Test
  void totals() throws Exception {
    OperatorSubtaskState state =
        golden(
            dir,
            "totals-4",
            TOTALS,
            totals -> {
              totals.processElement1(
                  new StreamRecord<>(
                      new TotalsDelta(
                          new EventTotals(9, 3, 2, Map.of("wrong_type", 4L), 60),
                          Map.of("reading", 1_000_000_000L),
                          List.of(),
                          List.of(
                              new HotValues.Counted(List.of(new HotValue(1, "ä", 5, 0)), 0),
                              new HotValues.Counted(List.of(new HotValue(2, "b", 6, 3)), 4)),
                          Map.of())));
              totals.processElement2(
                  new StreamRecord<>(TotalsDelta.spent("teacher", 2_000_000_000)));
            });
    assertTotals(state, 60, "\"count\":6,\"error\":3");
  }

  // Law: before lost events were counted, none was.
  @Test
  void totalsWithoutLostEvents() throws Exception {
    assertTotals(stored(dir, "totals-3"), 0, "\"count\":6,\"error\":3");
  }

  // Law: counts that were upper bounds, here 6 where a value of 1 was dropped, become intervals.
  @Test
  void totalsWithoutErrors() throws Exception {
    assertTotals(stored(dir, "totals-1"), 0, "\"count\":5,\"error\":2");
  }

  private static void assertTotals(OperatorSubtaskState state, long lost, String bounded)
      throws Exception {
    try (var totals = TOTALS.make()) {
      totals.initializeState(state);
      totals.open();
      totals.endInput1();
      totals.endInput2();
      assertThat(totals.extractOutputValues())
          .extracting(ReportLine::json)
          .containsExactly(
              "{\"complete\":true,\"read\":15,\"trained\":9,\"late_trained\":3,\"dropped_late\":2,"
                  + "\"rejected\":4,\"rejects\":{\"wrong_type\":4},\"lost\":"
                  + lost
                  + ",\"seconds\":{\"reading\":1.0,\"teacher\":2.0}}",
              "{\"field\":\"big\",\"id\":1,\"value\":\"ä\",\"count\":5,\"error\":0}\n"
                  + "{\"field\":\"small\",\"id\":2,\"value\":\"b\","
                  + bounded
                  + "}");
    }
  }

  // Law: a restored gate knows which panes have closed.
  @Test
  void gate() throws Exception {
    Maker<OneInputStreamOperatorTestHarness<SourceRecord, GatedEvent>> maker =
        () ->
            new OneInputStreamOperatorTestHarness<>(
                OperatorFactory.of(
                    GateOperator.class, p -> new GateOperator(p, JOB, Duration.ZERO)));
    long day = TestJobs.START + TestJobs.DAY;
    OperatorSubtaskState state =
        golden(dir, "gate-1", maker, gate -> gate.processWatermark(new Watermark(day + 500)));
    try (var gate = maker.make()) {
      gate.initializeState(state);
      gate.open();
      for (long time : new long[] {day - 1, day}) {
        ClickEvent event =
            new ClickEvent(time, 1, new float[1], new long[] {1, 2}, new int[] {0, 1, 2});
        gate.processElement(
            new StreamRecord<>(SourceRecord.of(event, EventValues.NONE, null), time));
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

  // Law: a restored watch writes the bytes it was restored from.
  @Test
  void watch() throws Exception {
    Maker<TwoInputStreamOperatorTestHarness<WatchPiece, WatchPiece, ReportLine>> maker =
        watchMaker();
    OperatorSubtaskState state =
        golden(
            dir,
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

  // Law: what an earlier format has learned is dropped, and so is what was learned under other
  // settings; the watch then begins anew.
  @ParameterizedTest
  @ValueSource(ints = {1, WatchOperator.FORMAT})
  void watchBeginsAnew(int format) throws Exception {
    OperatorSubtaskState state = stored(dir, "watch-" + format);
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

  /** A job file whose settings the job's state keeps. */
  private JobConfig jobFile(String sections, Settings saved) throws Exception {
    String data =
        "name: a\nschema: {label: {column: y}, time: {column: t},"
            + " categorical: [{columns: u, expected_ids: 9}]}\narms: [{name: b}]\n";
    return JobConfig.read(Files.writeString(dir.resolve("job.yaml"), data + sections), saved);
  }

  private Maker<OneInputStreamOperatorTestHarness<ReportLine, ReportLine>> filesMaker(
      Settings settings) {
    StateFacts facts = StateFacts.ofJob(JOB, SEED, "clicks");
    String run = dir.resolve("run").toString();
    return () ->
        new OneInputStreamOperatorTestHarness<>(
            OperatorFactory.of(
                LineFileOperator.class, p -> new LineFileOperator(p, run, settings, facts)));
  }

  // Law: a restored file is cut to the length that it had; the state of format 1 has no settings.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, LineFileOperator.FORMAT})
  void files(int format) throws Exception {
    Path run = dir.resolve("run");
    Settings settings = jobFile("teacher: {dim: 3}\n", null).settings();
    String line = "{\"a\":1}";
    OperatorSubtaskState state =
        golden(
            dir,
            "files-" + format,
            filesMaker(settings),
            files ->
                files.processElement(
                    new StreamRecord<>(new ReportLine(ReportLine.Kind.DRIFT, "k", line))));
    Files.createDirectories(run);
    Files.writeString(run.resolve(RunFiles.DRIFT), line + "\nwritten after the checkpoint\n");
    Settings saved = savedIn(state).orElse(Settings.NONE);
    byte[] again = again(filesMaker(saved), state);
    assertThat(run.resolve(RunFiles.DRIFT)).hasContent(line);
    if (format == LineFileOperator.FORMAT) {
      assertThat(again).isEqualTo(raw(state));
    }
  }

  private static Optional<Settings> savedIn(OperatorSubtaskState state) throws Exception {
    RawState.Head head = RawState.head(new ByteArrayInputStream(raw(state))).orElseThrow();
    return LineFileOperator.settings(head.format(), head.object());
  }

  // Law: settings in golden state reach the job file that goes on from it.
  @Test
  void settings() throws Exception {
    Settings saved = savedIn(stored(dir, "files-2")).orElseThrow();
    assertThat(jobFile("", saved).spec().teacher().trainer().dim()).isEqualTo(3);
  }

  // Law: a restored field has its map of the first day and its pieces of the second, and builds
  // from
  // both at the day's end.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void maps(int format) throws Exception {
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
            dir,
            "maps-" + format,
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
      assertThat(drift.get(0)).contains("\"new_traffic\":0.0");
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
