package io.millrace.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.counts.CountRules;
import io.millrace.counts.HeapPages;
import io.millrace.counts.PageCache;
import io.millrace.counts.PagedCounts;
import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.maps.DriftLine;
import io.millrace.maps.MapBuilder;
import io.millrace.maps.TeacherValues;
import io.millrace.metric.FrequencyBucket;
import io.millrace.metric.Metrics;
import io.millrace.metric.Spectrum;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.student.SwitchLine;
import io.millrace.student.TableFigures;
import io.millrace.teacher.Teacher;
import io.millrace.time.EventClock;
import io.millrace.time.WatchGrid;
import io.millrace.watch.DenseLine;
import io.millrace.watch.RefreshLine;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TrainLoopTest {

  /** Share of new ids that only the second day of {@link SmallJob#events} exceeds. */
  private static final double GATE = .15;

  private static final class Log implements TrainLoop.Listener {
    final List<MetricLine> lines = new ArrayList<>();
    final List<DriftLine> drift = new ArrayList<>();
    final List<DenseLine> dense = new ArrayList<>();
    final List<SwitchLine> switches = new ArrayList<>();
    final Map<String, Long> maps = new HashMap<>();

    /** Ends of maps that are built within panes or at their ends, and their checksums, in order. */
    final List<String> built = new ArrayList<>();

    final List<RefreshLine> refreshes = new ArrayList<>();
    final List<String> published = new ArrayList<>();

    @Override
    public void metrics(MetricLine line) {
      lines.add(line);
    }

    @Override
    public void publish(Student arm, Student.PublishCause cause) {
      published.add(arm.spec().name() + " " + arm.modelVersion() + " " + cause);
    }

    @Override
    public void maps(int field, MapBuilder.Result result) {
      long pane = result.end() / SmallJob.DAY - 1;
      if (result.drift() != null) {
        drift.add(result.drift());
      }
      for (MapVersion map : result.maps()) {
        built.add("%d %s %d".formatted(result.end(), map.header().spec(), map.checksum()));
      }
      result.maps().forEach(m -> maps.put(m.header().spec() + "@" + pane, m.checksum()));
    }

    @Override
    public void switched(SwitchLine line) {
      switches.add(line);
    }

    @Override
    public void refresh(RefreshLine line) {
      refreshes.add(line);
    }

    List<String> builtUntil(long end) {
      return built.stream()
          .filter(map -> Long.parseLong(map.substring(0, map.indexOf(' '))) <= end)
          .toList();
    }

    @Override
    public void dense(DenseLine line) {
      dense.add(line);
    }

    List<String> linesBefore(long end) {
      return lines.stream().filter(l -> l.windowEnd() <= end).map(Object::toString).toList();
    }
  }

  private static Log run(List<ClickEvent> events, JobSpec job, long seed) {
    Log log = new Log();
    try (TrainLoop loop = new TrainLoop(job, seed, log, StageTimer.NONE)) {
      events.forEach(loop::onEvent);
      loop.finish();
      assertThat(loop.trained()).isEqualTo(events.size());
    }
    return log;
  }

  @Test
  void equalSeedsGiveEqualBitsAndOthersDoNot() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    JobSpec job = SmallJob.job(true, 10, 0);
    Log a = run(events, job, 7);
    assertThat(a.lines.toString()).isEqualTo(run(events, job, 7).lines.toString());
    assertThat(a.lines.toString()).isNotEqualTo(run(events, job, 8).lines.toString());
  }

  // a live loop takes each map at the first full batch after its window, and none before
  @Test
  void aLiveLoopTakesMapsAsTheyCome() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    Log live = run(events, SmallJob.job(false, 10, 0), 7);
    assertThat(live.lines)
        .filteredOn(l -> l.arm().equals("learned"))
        .extracting(MetricLine::mapVersion)
        .containsExactly(0, 1, 2, 3);
    Log waiting = run(events, SmallJob.job(true, 10, 0), 7);
    assertThat(live.linesBefore(SmallJob.DAY)).isEqualTo(waiting.linesBefore(SmallJob.DAY));
    assertThat(live.lines.toString()).isNotEqualTo(waiting.lines.toString());
  }

  @Test
  void everyArmAndWindowHasItsLine() {
    Log log = run(SmallJob.events(4, 500, 1), SmallJob.job(true, 10, 0), 7);
    int arms = SmallJob.job(true, 10, 0).arms().size();
    assertThat(log.lines).hasSize(4 * arms).allMatch(l -> l.overall().events() == 500);
    assertThat(log.lines)
        .filteredOn(l -> l.arm().equals("full"))
        .allMatch(l -> l.mapVersion() == 0);
    assertThat(log.lines)
        .filteredOn(l -> l.arm().equals("learned"))
        .extracting(MetricLine::mapVersion)
        .containsExactly(0, 1, 2, 3);
    assertThat(log.drift).hasSize(4 * 2);
    assertThat(log.published).contains("full 1 INTERVAL", "full 2 WINDOW");
  }

  // an event counts in the bucket of its rarest id, by how often that was seen before it
  @Test
  void bucketsAreThoseOfTheRarestId() {
    List<ClickEvent> events = SmallJob.events(3, 500, 1);
    Log log = run(events, SmallJob.job(true, 10, 0), 7);
    Map<Long, Integer> seen = new HashMap<>();
    long[][] expected = new long[3][FrequencyBucket.COUNT];
    for (int i = 0; i < events.size(); i++) {
      int rarest = Integer.MAX_VALUE;
      for (long id : events.get(i).ids()) {
        rarest = Math.min(rarest, seen.merge(id, 1, Integer::sum) - 1);
      }
      expected[i / 500][FrequencyBucket.of(rarest)]++;
    }
    for (MetricLine line : log.lines) {
      int day = (int) (line.windowStart() / SmallJob.DAY);
      assertThat(line.byBucket()).extracting(Metrics::events).containsExactly(boxed(expected[day]));
    }
    assertThat(log.lines).anyMatch(line -> line.byBucket().get(2).events() > 0);
  }

  private static Long[] boxed(long[] values) {
    return LongStream.of(values).boxed().toArray(Long[]::new);
  }

  // what happens from day 2 on cannot change what was predicted, or mapped, before
  @Test
  void theFutureDoesNotReachThePast() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    List<ClickEvent> flipped = new ArrayList<>();
    for (ClickEvent e : events) {
      float label = e.eventTime() < 2 * SmallJob.DAY ? e.label() : 1 - e.label();
      flipped.add(new ClickEvent(e.eventTime(), label, e.dense(), e.ids(), e.offsets()));
    }
    JobSpec job = SmallJob.job(true, 10, 0);
    Log a = run(events, job, 7);
    Log b = run(flipped, job, 7);
    assertThat(b.linesBefore(2 * SmallJob.DAY)).isEqualTo(a.linesBefore(2 * SmallJob.DAY));
    assertThat(b.maps.get("learned-0.1@1")).isEqualTo(a.maps.get("learned-0.1@1"));
    assertThat(b.maps.get("learned-0.1@2")).isNotEqualTo(a.maps.get("learned-0.1@2"));
  }

  @Test
  void allArmsShareTheirInitialNetworksAndTheFullOneIsLargest() {
    Log log = run(SmallJob.events(2, 500, 1), SmallJob.job(true, 10, 0), 7);
    Map<String, MetricLine> last = new HashMap<>();
    log.lines.forEach(l -> last.put(l.arm(), l));
    assertThat(last.get("full").servingBytes()).isGreaterThan(last.get("learned").servingBytes());
    assertThat(last.get("learned").mapBytes()).isGreaterThan(last.get("modulo").mapBytes());
    assertThat(last.get("learned").rows()).isEqualTo(last.get("modulo").rows());
    assertThat(last.get("learned-mlet").servingBytes())
        .isEqualTo(last.get("learned").servingBytes());
    assertThat(last.get("learned-mlet").trainingBytes())
        .isGreaterThan(last.get("learned").trainingBytes());
  }

  // 40 rows of 4 floats in the big field, 5 in the small one; quotients and remainders, which do
  // not come in every size, need no more
  @Test
  void everyHashSpendsTheSameRows() {
    Log log = run(SmallJob.events(2, 500, 1), SmallJob.job(true, 10, 0), 7);
    for (MetricLine line : log.lines) {
      if (!line.arm().matches("full.*|two-level|learned-bytes")) {
        long least = line.arm().startsWith("qr") ? 41 : 45;
        assertThat(line.rows()).as(line.arm()).isBetween(least, 45L);
        assertThat(line.embeddingBytes())
            .as(line.arm())
            .isBetween(
                line.arm().matches(".*mixed|.*pep") ? 1 : (line.rows() - 1) * 16 + 1,
                line.rows() * 16);
      }
      boolean formula = line.mapVersion() == 0 && !line.arm().matches("full.*|freq-double");
      assertThat(line.mapBytes() == 5 * 8).as(line.arm()).isEqualTo(formula);
    }
  }

  // 40 % of 400 rows of 16 bytes, and a row and a number of 8 bytes for each of 5 ids; what is
  // serialised may be a hundredth and a row's bytes above, as seeds and fingerprints are chance
  @Test
  void budgetsOfBytesHoldRowsAndMap() {
    Log log = run(SmallJob.events(4, 2000, 1), SmallJob.job(true, 10, 0), 7);
    int budget = 4 * 400 * 16 / 10;
    for (MetricLine line : log.lines) {
      if (line.arm().matches("two-level|learned-bytes") && line.mapVersion() > 0) {
        long spent = line.embeddingBytes() + line.mapBytes() - 5 * (16 + 8);
        assertThat(spent).as(line.arm()).isBetween(budget / 2L, budget + budget / 100 + 16L);
      }
    }
  }

  // a job with a factorised arm tells the singular values of all its arms' tables, others of none
  @Test
  void factorisedJobsTellTheirSingularValues() {
    List<ClickEvent> events = SmallJob.events(2, 500, 1);
    JobSpec job = SmallJob.job(true, 10, 0);
    for (MetricLine line : run(events, job, 7).lines) {
      assertThat(line.tables().keySet()).containsExactly("big", "small");
      Spectrum big = line.tables().get("big").spectrum();
      assertThat(big.of()).as(line.arm()).isEqualTo(line.arm().endsWith("concat") ? 2 : 4);
      assertThat(big.effectiveRank()).as(line.arm()).isBetween(1., (double) big.of());
    }
    List<ArmSpec> plain =
        job.arms().stream().filter(a -> a.table() == ArmSpec.Table.PLAIN).toList();
    JobSpec unfactorised = job.with(JobSpec::arms, plain);
    assertThat(run(events, unfactorised, 7).lines).allMatch(line -> line.tables().isEmpty());
  }

  // a teacher that samples nothing gives no map, and its students go on with the plain hash
  @Test
  void studentsGoOnWithoutMaps() {
    Log log = run(SmallJob.events(3, 200, 1), SmallJob.job(true, 10, 0, 1e-9), 7);
    assertThat(log.maps.keySet()).noneMatch(map -> map.startsWith("learned")).hasSize(3 * 3);
    assertThat(scores(log, "learned")).hasSize(3).isEqualTo(scores(log, "modulo"));
    assertThat(scores(log, "learned-d")).isEqualTo(scores(log, "double"));
    assertThat(scores(log, "hot")).isNotEqualTo(scores(log, "modulo"));
  }

  private static List<Double> scores(Log log, String arm) {
    return log.lines.stream()
        .filter(line -> line.arm().equals(arm))
        .map(line -> line.overall().logLoss())
        .toList();
  }

  // arms of short or pruned rows tell their sizes: two floats a row, weights left, and
  // as many bytes in all tables as in the arm
  @Test
  void shortAndPrunedTablesTellTheirSizes() {
    for (MetricLine line : run(SmallJob.events(3, 500, 1), SmallJob.job(true, 10, 0), 7).lines) {
      TableFigures big = line.tables().get("big");
      assertThat(line.tables().values().stream().mapToLong(TableFigures::bytes).sum())
          .isEqualTo(line.embeddingBytes());
      assertThat(big.width().isPresent()).isEqualTo(line.arm().endsWith("mixed"));
      assertThat(big.pruning().isPresent()).isEqualTo(line.arm().endsWith("pep"));
      if (line.arm().endsWith("pep")) {
        TableFigures.Pruning small = line.tables().get("small").pruning().orElseThrow();
        assertThat(small).isEqualTo(new TableFigures.Pruning(5 * 4, 5 * 4));
        TableFigures.Pruning pruning = big.pruning().orElseThrow();
        double left = (double) pruning.left() / pruning.weights();
        assertThat(left).as(line.arm()).isBetween(.2, .99);
        assertThat(big.bytes()).isBetween(4 * pruning.left(), 4 * pruning.weights());
      }
      big.width().ifPresent(width -> assertThat(width).isEqualTo(2));
    }
  }

  // the gate closes after the second day, for the third: students of learned and two-level maps go
  // on with a plain hash, the others as ever, and nothing changes before
  @Test
  void newTrafficTurnsMapsIntoAPlainHash() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    JobSpec job = SmallJob.job(true, 10, 0);
    Log open = run(events, job, 7);
    Log gated = run(events, SmallJob.gated(job, GATE), 7);
    assertThat(gated.drift.stream().filter(d -> d.field().equals("big")).map(d -> d.plainHash()))
        .containsExactly(false, true, false, false);
    assertThat(gated.linesBefore(2 * SmallJob.DAY)).isEqualTo(open.linesBefore(2 * SmallJob.DAY));
    for (ArmSpec arm : job.arms()) {
      assertThat(scores(gated, arm.name()).equals(scores(open, arm.name())))
          .as(arm.name())
          .isEqualTo(!arm.hash().valued());
    }
  }

  /** Three arms, with maps when {@code when} says so, of what detectors of this threshold see. */
  private static JobSpec refreshing(boolean wait, RefreshOptions.When when, double threshold) {
    return SmallJob.refreshing(
        SmallJob.job(wait, 10, 0),
        new RefreshOptions(when, 1, 2),
        new DriftOptions(
            20,
            0,
            0,
            threshold,
            Map.of(
                DriftOptions.Stream.LABEL_RATE, List.of(DriftOptions.Detector.PAGE_HINKLEY),
                DriftOptions.Stream.TEACHER_NE, List.of(DriftOptions.Detector.PAGE_HINKLEY),
                DriftOptions.Stream.NEW_TRAFFIC, List.of(DriftOptions.Detector.PAGE_HINKLEY),
                DriftOptions.Stream.PSI, List.of(DriftOptions.Detector.PAGE_HINKLEY))),
        "modulo",
        "hot",
        "learned");
  }

  private static final double TOUCHY = 1e-4;
  private static final double NEVER = 1e9;

  // Law: nothing that comes after the end of a refresh changes a map that is built by then, nor the
  // decisions so far, nor what was predicted before.
  @Test
  void theFutureDoesNotReachRefreshes() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    for (RefreshOptions.When when : List.of(RefreshOptions.When.DRIFT, RefreshOptions.When.BOTH)) {
      JobSpec job = refreshing(true, when, TOUCHY);
      Log a = run(events, job, 7);
      assertThat(a.refreshes).hasSizeGreaterThan(3);
      for (RefreshLine refresh : List.of(a.refreshes.get(1), a.refreshes.get(3))) {
        long end = refresh.time();
        assertThat(a.builtUntil(end)).anyMatch(map -> map.startsWith(end + " learned"));
        Log b = run(otherwise(events, end), job, 7);
        assertThat(b.builtUntil(end)).isEqualTo(a.builtUntil(end));
        assertThat(b.built).isNotEqualTo(a.built);
        assertThat(b.refreshes).startsWith(upTo(a.refreshes, end));
        assertThat(b.linesBefore(end)).isEqualTo(a.linesBefore(end));
        assertThat(b.lines.toString()).isNotEqualTo(a.lines.toString());
      }
    }
  }

  private static RefreshLine[] upTo(List<RefreshLine> lines, long end) {
    return lines.stream().filter(line -> line.time() <= end).toArray(RefreshLine[]::new);
  }

  /** The same events until a time, and then others: of other labels and ids. */
  private static List<ClickEvent> otherwise(List<ClickEvent> events, long from) {
    List<ClickEvent> other = new ArrayList<>();
    for (ClickEvent e : events) {
      if (e.eventTime() < from) {
        other.add(e);
      } else {
        long[] ids = {e.ids()[0] % 37 + 1_000_000, e.ids()[1]};
        other.add(new ClickEvent(e.eventTime(), 1 - e.label(), e.dense(), ids, e.offsets()));
      }
    }
    return other;
  }

  // Law: with detectors that never fire, maps that are built after changes besides are those of
  // windows, and so is every line of metrics, switches and drift.
  @Test
  void withoutChangesBothIsWindows() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    Log windows = run(events, refreshing(true, RefreshOptions.When.WINDOWS, NEVER), 7);
    Log both = run(events, refreshing(true, RefreshOptions.When.BOTH, NEVER), 7);
    assertThat(both.refreshes).isEmpty();
    assertThat(both.built).isEqualTo(windows.built).hasSize(4 * 2);
    assertThat(both.lines.toString()).isEqualTo(windows.lines.toString());
    assertThat(both.switches.toString()).isEqualTo(windows.switches.toString());
    assertThat(both.drift.toString()).isEqualTo(windows.drift.toString());
    assertThat(both.published).isEqualTo(windows.published);
  }

  // windows decide while the watch warms up; then there are no maps but those of refreshes
  @Test
  void withoutChangesDriftBuildsTheFirstMapsAlone() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    Log log = run(events, refreshing(true, RefreshOptions.When.DRIFT, NEVER), 7);
    assertThat(log.built).hasSize(2).isEqualTo(log.builtUntil(SmallJob.DAY));
    assertThat(log.lines)
        .filteredOn(line -> line.arm().equals("learned"))
        .extracting(MetricLine::mapVersion)
        .containsExactly(0, 1, 1, 1);
    assertThat(log.drift).hasSize(4 * 2);
  }

  // every refresh gives maps at its end, and no others are built after the first window; students
  // that wait use them from the next event on, and those of a live loop from their next batch on
  @Test
  void studentsTakeRefreshedMaps() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    for (boolean wait : new boolean[] {true, false}) {
      Log log = run(events, refreshing(wait, RefreshOptions.When.DRIFT, TOUCHY), 7);
      List<Long> times = new ArrayList<>(List.of(SmallJob.DAY));
      log.refreshes.forEach(line -> times.add(line.time()));
      assertThat(log.built)
          .filteredOn(map -> map.contains(" learned-0.1 "))
          .extracting(map -> Long.parseLong(map.substring(0, map.indexOf(' '))))
          .isEqualTo(times);
      assertThat(times).hasSizeGreaterThan(4).doesNotHaveDuplicates();
      int[] versions = new int[4];
      for (int day = 0; day < 4; day++) {
        long end = (day + 1) * SmallJob.DAY;
        versions[day] = (int) times.stream().filter(time -> time < end).count();
      }
      assertThat(log.lines)
          .filteredOn(line -> line.arm().equals("learned"))
          .extracting(MetricLine::mapVersion)
          .containsExactly(versions[0], versions[1], versions[2], versions[3]);
    }
  }

  // no teacher, and no map at all: there is nothing to build, and nothing else changes
  @Test
  void jobsWithoutMapsOrTeacher() {
    List<ClickEvent> events = SmallJob.events(3, 500, 1);
    for (String arm : List.of("modulo", "hot")) {
      JobSpec job = SmallJob.job(true, 10, 0);
      RefreshOptions often = new RefreshOptions(RefreshOptions.When.DRIFT, 3, 1);
      DriftOptions drift = refreshing(true, RefreshOptions.When.DRIFT, TOUCHY).drift();
      Log log = run(events, SmallJob.refreshing(job, often, drift, arm), 7);
      assertThat(log.refreshes).isNotEmpty();
      assertThat(log.built.isEmpty()).isEqualTo(arm.equals("modulo"));
      Log windows =
          run(
              events,
              SmallJob.refreshing(
                  job, new RefreshOptions(RefreshOptions.When.WINDOWS, 2, 6), drift, arm),
              7);
      assertThat(log.lines.toString().equals(windows.lines.toString()))
          .isEqualTo(arm.equals("modulo"));
    }
  }

  // a part may be a whole pane: maps are built panes after a change
  @Test
  void partsMayBePanes() {
    List<ClickEvent> events = otherwise(SmallJob.events(26, 100, 1), 20 * SmallJob.DAY);
    JobSpec job =
        SmallJob.refreshing(
            SmallJob.job(true, 10, 0),
            new RefreshOptions(RefreshOptions.When.DRIFT, 2, 3),
            new DriftOptions(
                1,
                2,
                0,
                TOUCHY,
                Map.of(
                    DriftOptions.Stream.NEW_TRAFFIC, List.of(DriftOptions.Detector.PAGE_HINKLEY))),
            "learned");
    Log log = run(events, job, 7);
    assertThat(log.refreshes).extracting(RefreshLine::time).containsExactly(23 * SmallJob.DAY);
    assertThat(log.built)
        .extracting(map -> map.substring(0, map.indexOf(' ')))
        .containsExactly("1000", "2000", "23000");
  }

  // every trainer is written and read back after each third of the stream, in the middle of batches
  @Test
  void restoredTrainersGoOnAsTheOriginals() throws IOException {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    JobSpec all = SmallJob.job(true, 10, 30);
    for (JobSpec job : List.of(all, SmallJob.gated(all, GATE))) {
      assertThat(interrupted(events, job, Integer.MAX_VALUE))
          .isEqualTo(interrupted(events, job, 667))
          .hasSize(4 * job.arms().size());
    }
  }

  /** The steps of the loop one by one, as operators call them, with restarts. */
  private static List<String> interrupted(List<ClickEvent> events, JobSpec job, int every)
      throws IOException {
    Log log = new Log();
    Steps steps = new Steps(job, log, new HeapPages());
    EventClock clock = new EventClock(new WatchGrid(job.windows(), 1));
    for (int i = 0; i < events.size(); i++) {
      if (i % every == every - 1) {
        Steps next = new Steps(job, log, steps.pages);
        next.restore(steps.save());
        next.maps.putAll(steps.maps); // files in the model folder outlive a restart
        steps = next;
      }
      steps.event(events.get(i));
      long watermark = clock.advance(events.get(i).eventTime());
      if (watermark != EventClock.NONE) {
        steps.watermark(watermark);
      }
    }
    steps.watermark(Long.MAX_VALUE);
    return log.lines.stream().map(Object::toString).toList();
  }

  private static final class Steps {
    private final JobSpec job;
    private final Map<String, TeacherValues> values = new HashMap<>();
    private final Map<String, MapVersion> maps = new HashMap<>();
    private final Teacher teacher;
    private final List<Student> arms = new ArrayList<>();
    private final HeapPages pages;
    private final PageCache cache;
    private final PagedCounts[] counts = new PagedCounts[2];
    private final MapBuilder[] builders = new MapBuilder[2];
    private long openPane;

    Steps(JobSpec job, Log log, HeapPages pages) throws IOException {
      this.job = job;
      this.pages = pages;
      this.cache = new PageCache(pages, 1); // what is not in use is away
      Refreshes decisions = Refreshes.ofWindows(job.mapGrid());
      teacher =
          new Teacher(
              job,
              "teacher",
              7,
              decisions,
              new Teacher.Listener() {
                @Override
                public void values(int f, long pane, boolean builds, TeacherValues v) {
                  values.put(f + "@" + pane, v);
                }

                @Override
                public void passed(long watermark) {}
              });
      for (ArmSpec arm : job.arms()) {
        arms.add(
            new Student(
                job, arm, 7, (spec, f, pane) -> maps.get(spec + f + "@" + pane), decisions, log));
      }
      for (int f = 0; f < 2; f++) {
        counts[f] = new PagedCounts(CountRules.of(job.counts(), job.mapGrid()), f, cache);
        builders[f] = new MapBuilder(job, f, 7);
      }
    }

    void event(ClickEvent event) throws IOException {
      long[] clicks = {event.clicked() ? 1 : 0};
      for (int f = 0; f < 2; f++) {
        long pane = job.windows().pane(event.eventTime());
        counts[f].add(pane, new long[] {event.ids()[f]}, new long[] {1}, clicks);
      }
      teacher.onEvent(event, false);
      arms.forEach(arm -> arm.onEvent(event, false));
    }

    void watermark(long watermark) throws IOException {
      teacher.onWatermark(watermark);
      while (job.windows().closed(openPane, watermark) && openPane < 4) {
        for (int f = 0; f < 2; f++) {
          MapBuilder.Result result =
              builders[f].build(
                  openPane,
                  true,
                  counts[f].closePane(openPane),
                  values.get(f + "@" + openPane),
                  null);
          for (MapVersion map : result.maps()) {
            maps.put(map.header().spec() + f + "@" + openPane, map);
          }
        }
        openPane++;
      }
      arms.forEach(arm -> arm.onWatermark(watermark));
    }

    byte[] save() throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeLong(openPane);
      teacher.writeState(out);
      cache.flush();
      for (int f = 0; f < 2; f++) {
        counts[f].writeState(out);
        builders[f].writeState(out);
      }
      for (Student arm : arms) {
        arm.writeState(out);
      }
      return bytes.toByteArray();
    }

    void restore(byte[] bytes) throws IOException {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      openPane = in.readLong();
      teacher.readState(Teacher.FORMAT, in);
      for (int f = 0; f < 2; f++) {
        counts[f].readState(in);
        builders[f].readState(in);
      }
      for (Student arm : arms) {
        arm.readState(Student.FORMAT, in);
      }
      assertThat(in.available()).isZero();
    }
  }
}
