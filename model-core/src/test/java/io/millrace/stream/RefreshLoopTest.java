package io.millrace.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions;
import io.millrace.student.MetricLine;
import io.millrace.watch.RefreshLine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Laws of a loop that builds maps within windows, where detectors see changes. */
class RefreshLoopTest {

  private static final double TOUCHY = 1e-4;

  private static final double NEVER = 1e9;

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

  // Law: nothing that comes after the end of a refresh changes a map that is built by then, nor the
  // decisions so far, nor what was predicted before.
  @Test
  void theFutureDoesNotReachRefreshes() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    for (RefreshOptions.When when : List.of(RefreshOptions.When.DRIFT, RefreshOptions.When.BOTH)) {
      JobSpec job = refreshing(true, when, TOUCHY);
      LoopLog a = LoopLog.run(events, job, 7);
      assertThat(a.refreshes).hasSizeGreaterThan(3);
      for (RefreshLine refresh : List.of(a.refreshes.get(1), a.refreshes.get(3))) {
        long end = refresh.time();
        assertThat(a.builtUntil(end)).anyMatch(map -> map.startsWith(end + " learned"));
        LoopLog b = LoopLog.run(otherwise(events, end), job, 7);
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

  // Law: with detectors that never fire, a job that also builds after changes has the maps of a job
  // that builds at windows alone, and the same lines of metrics, switches and drift.
  @Test
  void withoutChangesBothIsWindows() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    LoopLog windows = LoopLog.run(events, refreshing(true, RefreshOptions.When.WINDOWS, NEVER), 7);
    LoopLog both = LoopLog.run(events, refreshing(true, RefreshOptions.When.BOTH, NEVER), 7);
    assertThat(both.refreshes).isEmpty();
    assertThat(both.built).isEqualTo(windows.built).hasSize(4 * 2);
    assertThat(both.lines.toString()).isEqualTo(windows.lines.toString());
    assertThat(both.switches.toString()).isEqualTo(windows.switches.toString());
    assertThat(both.drift.toString()).isEqualTo(windows.drift.toString());
    assertThat(both.published).isEqualTo(windows.published);
  }

  // Law: while the watch warms up, windows build maps; after that only changes do.
  @Test
  void withoutChangesDriftBuildsTheFirstMapsAlone() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    LoopLog log = LoopLog.run(events, refreshing(true, RefreshOptions.When.DRIFT, NEVER), 7);
    assertThat(log.built).hasSize(2).isEqualTo(log.builtUntil(SmallJob.DAY));
    assertThat(log.lines)
        .filteredOn(line -> line.arm().equals("learned"))
        .extracting(MetricLine::mapVersion)
        .containsExactly(0, 1, 1, 1);
    assertThat(log.drift).hasSize(4 * 2);
  }

  // Law: every refresh builds maps at its end, and no others are built after the first window.
  // Students that wait use them from the next event on, those of a live loop from their next batch.
  @Test
  void studentsTakeRefreshedMaps() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    for (boolean wait : new boolean[] {true, false}) {
      LoopLog log = LoopLog.run(events, refreshing(wait, RefreshOptions.When.DRIFT, TOUCHY), 7);
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

  // Law: without a teacher, or without any map, changes are seen and nothing fails; a job without
  // maps builds none, and its metrics do not change.
  @Test
  void jobsWithoutMapsOrTeacher() {
    List<ClickEvent> events = SmallJob.events(3, 500, 1);
    for (String arm : List.of("modulo", "hot")) {
      JobSpec job = SmallJob.job(true, 10, 0);
      RefreshOptions often = new RefreshOptions(RefreshOptions.When.DRIFT, 3, 1);
      DriftOptions drift = refreshing(true, RefreshOptions.When.DRIFT, TOUCHY).drift();
      LoopLog log = LoopLog.run(events, SmallJob.refreshing(job, often, drift, arm), 7);
      assertThat(log.refreshes).isNotEmpty();
      assertThat(log.built.isEmpty()).isEqualTo(arm.equals("modulo"));
      LoopLog windows =
          LoopLog.run(
              events,
              SmallJob.refreshing(
                  job, new RefreshOptions(RefreshOptions.When.WINDOWS, 2, 6), drift, arm),
              7);
      assertThat(log.lines.toString().equals(windows.lines.toString()))
          .isEqualTo(arm.equals("modulo"));
    }
  }

  // Law: where a sub-window is a whole pane, maps are built some panes after a change.
  @Test
  void aSubWindowMayBeAWholePane() {
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
    LoopLog log = LoopLog.run(events, job, 7);
    assertThat(log.refreshes).extracting(RefreshLine::time).containsExactly(23 * SmallJob.DAY);
    assertThat(log.built)
        .extracting(map -> map.substring(0, map.indexOf(' ')))
        .containsExactly("1000", "2000", "23000");
  }
}
