package io.millrace.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.event.ClickEvent;
import io.millrace.random.Seeds;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.JobSpec;
import io.millrace.stream.SmallJob;
import io.millrace.time.EventClock;
import io.millrace.time.WatchGrid;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DriftWatchTest {

  private static final JobSpec JOB = SmallJob.job(true, 10, 0);
  private static final int DAYS = 6;
  private static final int PER_DAY = 12_000;
  private static final int CHANGE = 4;

  /** Values and alerts as text. */
  private static final class Log implements DriftWatch.Listener {
    final List<String> lines = new ArrayList<>();
    final List<AlertLine> alerts = new ArrayList<>();
    final List<PulseLine> pulses = new ArrayList<>();

    @Override
    public void pulse(PulseLine line) {
      pulses.add(line);
      lines.add(line.toString());
    }

    @Override
    public void alert(AlertLine line) {
      alerts.add(line);
      lines.add(line.toString());
    }
  }

  /** From the given day on every second event has ids that were not there before. */
  private static List<ClickEvent> events(int births, long seed) {
    SplittableRandom random = Seeds.generator(seed, "watched", 0);
    List<ClickEvent> events = new ArrayList<>();
    for (int i = 0; i < DAYS * PER_DAY; i++) {
      long time = (long) i * SmallJob.DAY / PER_DAY;
      int u = random.nextInt(300);
      long id = (long) u * u / 300 + (i >= births * PER_DAY && i % 2 == 0 ? 1_000_000 : 0);
      long[] ids = {id, random.nextInt(5)};
      float label = random.nextInt(4) == 0 ? 1 : 0;
      events.add(new ClickEvent(time, label, new float[1], ids, new int[] {0, 1, 2}));
    }
    return events;
  }

  /** Runs a watch that is written and read every {@code restart} events, by so many readers. */
  private static Log run(List<ClickEvent> events, int readers, int restart) throws IOException {
    Log log = new Log();
    DriftWatch watch = new DriftWatch(JOB, 3, log);
    EventClock clock = new EventClock(JOB.watchGrid());
    List<TrafficCounter> counters = new ArrayList<>();
    for (int r = 0; r < readers; r++) {
      counters.add(new TrafficCounter(JOB.watchGrid(), 2));
    }
    for (int i = 0; i < events.size(); i++) {
      counters.get(i % readers).add(events.get(i));
      long watermark = clock.advance(events.get(i).eventTime());
      boolean again = restart > 0 && i % restart == 0;
      if (watermark != EventClock.NONE || again) {
        for (TrafficCounter traffic : counters) {
          traffic.drain(watch::onTraffic);
        }
      }
      if (watermark != EventClock.NONE) {
        watch.onWatermark(watermark);
      }
      if (again) {
        byte[] bytes = bytes(watch);
        watch = new DriftWatch(JOB, 3, log);
        assertThat(watch.readState(new DataInputStream(new ByteArrayInputStream(bytes)))).isTrue();
        assertThat(bytes(watch)).isEqualTo(bytes);
      }
    }
    for (TrafficCounter traffic : counters) {
      traffic.drain(watch::onTraffic);
    }
    watch.onWatermark(Long.MAX_VALUE);
    return log;
  }

  private static byte[] bytes(DriftWatch watch) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    watch.writeState(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  // Law: neither restarts, nor how events are dealt out to readers, change a bit.
  @Test
  void readersAndRestartsChangeNothing() throws IOException {
    List<ClickEvent> events = events(CHANGE, 1);
    Log whole = run(events, 1, 0);
    assertThat(whole.lines).hasSizeGreaterThan(DAYS * JOB.drift().perPane() * 5);
    assertThat(run(events, 3, 0).lines).isEqualTo(whole.lines);
    assertThat(run(events, 1, 7_001).lines).isEqualTo(whole.lines);
    assertThat(run(events, 2, 5_003).lines).isEqualTo(whole.lines);
  }

  // Law: births are seen where they are, on both streams of ids, and nothing else is.
  @Test
  void birthsAreSeenWithinTheHalfDay() throws IOException {
    Log log = run(events(CHANGE, 2), 1, 0);
    assertThat(log.alerts)
        .extracting(AlertLine::stream)
        .contains(DriftOptions.Stream.NEW_TRAFFIC, DriftOptions.Stream.PSI);
    for (AlertLine alert : log.alerts) {
      assertThat(alert.field()).isEqualTo("big");
      assertThat(alert.time()).isBetween(CHANGE * SmallJob.DAY, CHANGE * SmallJob.DAY + 500);
      assertThat(alert.value()).isGreaterThan(alert.before());
    }
    assertThat(run(events(DAYS, 2), 1, 0).alerts).isEmpty();
  }

  // Law: new traffic is the share of accesses of ids that no sub-window before had, by brute force.
  @Test
  void newTrafficByBruteForce() throws IOException {
    List<ClickEvent> events = events(CHANGE, 5);
    List<Double> expected = new ArrayList<>();
    Set<Long> known = new HashSet<>();
    for (int part = 0; part < DAYS * 24; part++) {
      Set<Long> now = new HashSet<>();
      int all = 0;
      int fresh = 0;
      for (ClickEvent event : events) {
        if (JOB.watchGrid().of(event.eventTime()) == part) {
          now.add(event.ids()[0]);
          all++;
          fresh += known.contains(event.ids()[0]) ? 0 : 1;
        }
      }
      known.addAll(now);
      expected.add(part == 0 ? Double.NaN : (double) fresh / all);
    }
    assertThat(run(events, 1, 0).pulses)
        .filteredOn(
            line -> line.stream() == DriftOptions.Stream.NEW_TRAFFIC && line.field().equals("big"))
        .extracting(PulseLine::value)
        .isEqualTo(expected);
  }

  // Law: without a change the PSI is 0 on average, in sub-windows of any size.
  @Test
  void psiHasNoBias() throws IOException {
    List<ClickEvent> events = events(DAYS, 6);
    for (int every : new int[] {1, 2}) {
      List<ClickEvent> some = new ArrayList<>();
      for (int i = 0; i < events.size(); i += every) {
        some.add(events.get(i));
      }
      double mean =
          run(some, 1, 0).pulses.stream()
              .filter(line -> line.stream() == DriftOptions.Stream.PSI)
              .filter(line -> line.field().equals("small"))
              .mapToDouble(PulseLine::value)
              .filter(Double::isFinite)
              .average()
              .orElseThrow();
      assertThat(mean).isCloseTo(0, within(.002 * every));
    }
  }

  // Law: what comes for a sub-window that has closed is left out.
  @Test
  void whatIsTooLateIsLeftOut() {
    Log log = new Log();
    DriftWatch watch = new DriftWatch(JOB, 3, log);
    TrafficCounter traffic = new TrafficCounter(JOB.watchGrid(), 2);
    events(DAYS, 1).subList(0, 400).forEach(traffic::add);
    traffic.drain(watch::onTraffic);
    watch.onWatermark(JOB.watchGrid().end(0) - 1);
    assertThat(log.pulses).hasSize(5);
    events(DAYS, 1).subList(0, 400).forEach(traffic::add);
    traffic.drain(watch::onTraffic);
    watch.onWatermark(JOB.watchGrid().end(0) + 1);
    assertThat(log.pulses).hasSize(5);
  }

  // a student whose labels are drawn from its predictions is quiet; one that is off is seen
  @Test
  void lossesOfEachArm() {
    Log log = new Log();
    DriftWatch watch = new DriftWatch(JOB, 3, log);
    SplittableRandom random = Seeds.generator(8, "losses", 0);
    LossSums calm = new LossSums(JOB.watchGrid(), one -> watch.onLosses("calm", one));
    LossSums changed = new LossSums(JOB.watchGrid(), one -> watch.onLosses("changed", one));
    for (int i = 0; i < DAYS * PER_DAY; i++) {
      float p = (float) random.nextDouble(.05, .6);
      float label = random.nextDouble() < p ? 1 : 0;
      long time = (long) i * SmallJob.DAY / PER_DAY;
      calm.add(time, p, label);
      changed.add(time, i < CHANGE * PER_DAY ? p : .65f - p, label);
    }
    calm.onWatermark(Long.MAX_VALUE);
    changed.onWatermark(Long.MAX_VALUE);
    calm.close();
    changed.close();
    assertThat(log.alerts).extracting(AlertLine::arm).containsOnly("changed");
    assertThat(log.alerts)
        .extracting(AlertLine::stream)
        .contains(DriftOptions.Stream.LOSS, DriftOptions.Stream.NE);
    assertThat(log.alerts.get(0).time())
        .isBetween(CHANGE * SmallJob.DAY, CHANGE * SmallJob.DAY + 500);
    assertThat(log.alerts.get(0).message())
        .startsWith("the log loss of arm changed rose from 0.")
        .endsWith("(page_hinkley)");
  }

  // Law: written and read in the middle, losses are the same; those of other sub-windows are
  // dropped.
  @Test
  void lossesGoOnFromTheirState() throws IOException {
    List<Losses> whole = new ArrayList<>();
    List<Losses> parts = new ArrayList<>();
    List<Losses> rest = new ArrayList<>();
    LossSums one = new LossSums(JOB.watchGrid(), whole::add);
    LossSums two = new LossSums(JOB.watchGrid(), parts::add);
    LossSums other = new LossSums(new WatchGrid(JOB.windows(), 12), rest::add);
    for (int i = 0; i < 1_000; i++) {
      if (i == 500) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        two.writeState(new DataOutputStream(bytes));
        two = new LossSums(JOB.watchGrid(), parts::add);
        two.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        other.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
      }
      one.add(i, .3f, i % 3 == 0 ? 1 : 0);
      two.add(i, .3f, i % 3 == 0 ? 1 : 0);
      one.onWatermark(i - 10);
      two.onWatermark(i - 10);
      one.close();
      two.close();
    }
    assertThat(whole).hasSizeGreaterThan(20).isEqualTo(parts);
    other.add(600, .3f, 1);
    other.onWatermark(Long.MAX_VALUE);
    other.close();
    assertThat(rest).extracting(Losses::events).containsExactly(1L);
  }

  // other settings begin anew
  @Test
  void stateOfOtherSubWindowsIsDropped() throws IOException {
    DriftWatch watch = new DriftWatch(JOB, 3, new Log());
    DriftOptions d = JOB.drift();
    JobSpec other = JOB.with(JobSpec::drift, d.with(DriftOptions::perPane, 12));
    DriftWatch next = new DriftWatch(other, 3, new Log());
    byte[] empty = bytes(next);
    assertThat(next.readState(new DataInputStream(new ByteArrayInputStream(bytes(watch)))))
        .isFalse();
    assertThat(bytes(next)).isEqualTo(empty);
  }
}
