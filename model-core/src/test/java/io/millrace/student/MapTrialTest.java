package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.generator.GeneratorOptions;
import io.millrace.hash.MapVersion;
import io.millrace.random.Seeds;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.StudentOptions;
import io.millrace.stream.LoopLog;
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
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Law: where maps are on trial, a student is the one without the new map until it is accepted. */
class MapTrialTest {

  private static final int PER_DAY = PlantedJob.PER_DAY;
  private static final int TRIAL = PER_DAY / 20;

  /** Two days and the beginning of the third one. */
  private static final int ALL = 2 * PER_DAY + 3 * TRIAL;

  private static JobSpec job(String arm, boolean trial) {
    JobSpec job = PlantedJob.job(arm);
    return job.with(JobSpec::hash, job.hash().with(HashOptions::trial, when(trial)))
        .with(JobSpec::student, job.student().with(StudentOptions::regretEvents, TRIAL));
  }

  private static HashOptions.Trial when(boolean trial) {
    return trial ? HashOptions.Trial.ALWAYS : HashOptions.Trial.NEVER;
  }

  /** The maps that are built from the first two days, by field and version. */
  private static Map<String, MapVersion> maps(List<ClickEvent> events, JobSpec job, long seed) {
    Map<String, MapVersion> maps = new HashMap<>();
    LoopLog.run(events.subList(0, 2 * PER_DAY), job, seed)
        .maps
        .forEach(map -> maps.put(map.field() + map.version(), map));
    return maps;
  }

  private static Map<String, MapVersion> without(Map<String, MapVersion> maps, int version) {
    Map<String, MapVersion> left = new HashMap<>(maps);
    left.values().removeIf(map -> map.version() == version);
    return left;
  }

  /** The same ids and counts, with the rows dealt anew. */
  private static MapVersion noise(MapVersion map, long seed) {
    SplittableRandom random = Seeds.generator(seed, map.field(), 0);
    double[] counts = new double[map.size()];
    int[] rows = new int[map.size()];
    for (int i = 0; i < rows.length; i++) {
      counts[i] = map.count(i);
      int j = random.nextInt(i + 1);
      rows[i] = rows[j];
      rows[j] = map.row(i);
    }
    return new MapVersion(map.header(), map.ids(), rows, counts);
  }

  /** A student that gets a map after each day, and what it has reported. */
  private static final class Run {
    final JobSpec job;
    final long firstDay;
    final long seed;
    final Map<String, MapVersion> maps;
    final List<SwitchLine> switches = new ArrayList<>();
    Student arm;

    Run(JobSpec job, long seed, Map<String, MapVersion> maps) {
      this.job = job;
      this.firstDay = job.mapGrid().of(GeneratorOptions.DEFAULT_START, Long.MIN_VALUE);
      this.seed = seed;
      this.maps = maps;
      this.arm = create();
    }

    private Student create() {
      Student.Listener listener =
          new Student.Listener() {
            @Override
            public void metrics(MetricLine line) {}

            @Override
            public void switched(SwitchLine line) {
              switches.add(line);
            }

            @Override
            public void publish(Student published, Student.PublishCause cause) {}
          };
      Student.MapSource source =
          (kind, field, end) ->
              maps.get(job.schema().fields().get(field).name() + (end - firstDay + 1));
      ArmSpec spec = job.arms().get(0);
      return new Student(job, spec, seed, source, Refreshes.ofWindows(job.mapGrid()), listener);
    }

    Run learn(List<ClickEvent> events) {
      for (ClickEvent event : events) {
        arm.onWatermark(event.eventTime() - 1);
        arm.onEvent(event, false);
      }
      arm.onWatermark(events.get(events.size() - 1).eventTime());
      return this;
    }

    Run restart() throws IOException {
      byte[] state = state();
      arm.close();
      arm = create();
      arm.readState(Student.FORMAT, new DataInputStream(new ByteArrayInputStream(state)));
      assertThat(state()).isEqualTo(state);
      return this;
    }

    byte[] state() throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      arm.writeState(new DataOutputStream(bytes));
      return bytes.toByteArray();
    }

    byte[] model() throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      arm.model().writeState(new DataOutputStream(bytes));
      return bytes.toByteArray();
    }

    double loss() {
      return arm.metrics.result().logLoss();
    }
  }

  // Law: during the trial a student predicts and is as without the map. Once the map is accepted,
  // it is to the bit as if it had switched at once; also after restarts in the middle.
  @ParameterizedTest
  @ValueSource(strings = {"two-level", "learned", "learned-d", "learned-mixed", "learned-mlet"})
  void anAcceptedMapTakesOver(String arm) throws IOException {
    List<ClickEvent> events = PlantedJob.events(PER_DAY + 3 * TRIAL, 1);
    JobSpec tried = job(arm, true);
    JobSpec atOnce = job(arm, false);
    Map<String, MapVersion> good = maps(PlantedJob.events(2 * PER_DAY, 1), atOnce, 7);
    int middle = PER_DAY + 77;
    Run trial = new Run(tried, 7, good).learn(events.subList(0, middle));
    Run never = new Run(atOnce, 7, Map.of()).learn(events.subList(0, middle));
    assertThat(trial.arm.mapVersion()).isZero();
    assertThat(trial.model()).isEqualTo(never.model());
    assertThat(trial.loss()).isEqualTo(never.loss());

    List<ClickEvent> rest = events.subList(middle, events.size());
    Run direct = new Run(atOnce, 7, good).learn(events);
    trial.learn(rest);
    assertThat(trial.switches).isEqualTo(direct.switches).hasSize(1);
    assertThat(trial.switches.get(0).accepted()).isTrue();
    assertThat(trial.switches.get(0).events()).isBetween((long) TRIAL, TRIAL + 31L);
    assertThat(trial.arm.mapVersion()).isEqualTo(1);
    assertThat(trial.model()).isEqualTo(direct.model());
    assertThat(trial.loss()).isNotEqualTo(direct.loss());

    Run again = new Run(tried, 7, good).learn(events.subList(0, middle)).restart().learn(rest);
    assertThat(again.restart().state()).isEqualTo(trial.state());
    assertThat(again.switches).isEqualTo(trial.switches);
  }

  // Law: a map of noise is dropped, whatever the seed, and a good one is not. The student is then
  // as if the map had never come, and does not try it again.
  @Test
  void aMapOfNoiseIsDropped() throws IOException {
    JobSpec tried = job("learned", true);
    for (long seed = 0; seed < 10; seed++) {
      List<ClickEvent> events = PlantedJob.events(ALL, seed);
      Map<String, MapVersion> good = maps(events, tried, seed);
      Map<String, MapVersion> noise = without(good, 2);
      for (MapVersion map : without(good, 1).values()) {
        noise.put(map.field() + 2, noise(map, seed));
      }
      Run bad = new Run(tried, seed, noise).learn(events);
      assertThat(accepted(bad)).as("seed " + seed).containsExactly(true, false);
      assertThat(bad.arm.mapsDropped()).isEqualTo(1);
      assertThat(bad.arm.mapVersion()).isEqualTo(1);
      Run taken = new Run(tried, seed, good).learn(events);
      assertThat(accepted(taken)).as("seed " + seed).containsExactly(true, true);
      if (seed == 0) {
        Run never = new Run(tried, seed, without(good, 2)).learn(events);
        assertThat(bad.model()).isEqualTo(never.model());
        assertThat(bad.loss()).isEqualTo(never.loss());
        bad.arm.offer(0, noise.get("f02"));
        assertThat(bad.learn(events.subList(ALL - TRIAL, ALL)).switches).hasSize(2);
      }
    }
  }

  // Law: a map that joins a trial is judged by events after it alone, with as many as another.
  @Test
  void aMapThatJoinsBeginsTheTrialAnew() throws IOException {
    List<ClickEvent> events = PlantedJob.events(ALL, 1);
    JobSpec tried = job("learned", true);
    Map<String, MapVersion> maps = maps(events, tried, 7);
    int joins = 2 * PER_DAY + TRIAL / 2;
    Run run = new Run(tried, 7, maps).learn(events.subList(0, joins));
    for (MapVersion map : without(maps, 1).values()) {
      run.arm.offer(field(run.job, map), renumbered(noise(map, 1), 9));
    }
    run.learn(events.subList(joins, joins + TRIAL / 2 + 64));
    assertThat(accepted(run)).containsExactly(true);
    run.restart().learn(events.subList(joins + TRIAL / 2 + 64, ALL));
    assertThat(accepted(run)).containsExactly(true, false);
    assertThat(run.switches.get(1).mapVersion()).isEqualTo(9);
    assertThat(run.switches.get(1).events()).isBetween((long) TRIAL, TRIAL + 31L);
    assertThat(run.switches.get(1).time())
        .isGreaterThanOrEqualTo(events.get(joins - 1).eventTime());
  }

  private static int field(JobSpec job, MapVersion map) {
    return job.schema().fields().stream().map(field -> field.name()).toList().indexOf(map.field());
  }

  // Law: a trial whose window ends before it has compared any event goes on in the next one.
  @Test
  void aTrialThatHasNotBegunGoesOn() throws IOException {
    List<ClickEvent> events = PlantedJob.events(ALL, 1);
    JobSpec tried = job("learned", true);
    Map<String, MapVersion> first = without(maps(events, tried, 7), 2);
    int late = 2 * PER_DAY - 20;
    for (boolean noise : List.of(false, true)) {
      Run run = new Run(tried, 7, first).learn(events.subList(0, late));
      for (MapVersion map : first.values()) {
        run.arm.offer(field(tried, map), renumbered(noise ? noise(map, 1) : map, 9));
      }
      run.learn(events.subList(late, 2 * PER_DAY + 1)).restart();
      assertThat(accepted(run)).containsExactly(true);
      run.learn(events.subList(2 * PER_DAY + 1, ALL));
      assertThat(accepted(run)).containsExactly(true, !noise);
      assertThat(run.switches.get(1).events()).isBetween((long) TRIAL, TRIAL + 31L);
      assertThat(run.arm.mapVersion()).isEqualTo(noise ? 1 : 9);
      assertThat(run.arm.mapsUngated()).isZero();
    }
  }

  private static MapVersion renumbered(MapVersion map, int version) {
    double[] counts = IntStream.range(0, map.size()).mapToDouble(map::count).toArray();
    int[] rows = IntStream.range(0, map.size()).map(map::row).toArray();
    MapVersion.Header of = map.header();
    MapVersion.Header header =
        new MapVersion.Header(
            of.field(),
            of.spec(),
            version,
            of.windowStart(),
            of.windowEnd(),
            of.rows(),
            of.kind(),
            of.cold(),
            of.coldRanges(),
            of.seed(),
            of.signatureBits(),
            of.ownedRows(),
            of.options());
    return new MapVersion(header, map.ids(), rows, counts);
  }

  private static List<Boolean> accepted(Run run) {
    return run.switches.stream().map(SwitchLine::accepted).toList();
  }

  // Law: without room for a copy, or events to compare, a map is taken at once, and counted.
  @Test
  void aMapWithoutATrialIsTaken() {
    List<ClickEvent> events = PlantedJob.events(2 * PER_DAY, 1);
    JobSpec tried = job("two-level", true);
    Map<String, MapVersion> good = maps(events, tried, 7);
    for (StudentOptions options :
        List.of(
            tried.student().with(StudentOptions::regretMemoryMb, 0),
            tried.student().with(StudentOptions::regretEvents, 0))) {
      Run run = new Run(tried.with(JobSpec::student, options), 7, good);
      run.learn(events.subList(0, PER_DAY + TRIAL));
      assertThat(run.arm.mapVersion()).isEqualTo(1);
      assertThat(run.arm.mapsUngated()).isEqualTo(1);
      assertThat(run.switches).isEmpty();
    }
  }
}
