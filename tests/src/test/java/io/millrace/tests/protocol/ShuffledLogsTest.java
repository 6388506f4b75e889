package io.millrace.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.IdEncoder;
import io.millrace.file.EventInput;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedStream;
import io.millrace.jobfile.JobConfig;
import io.millrace.maps.DriftLine;
import io.millrace.maps.MapBuilder;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.tests.LogRows;
import io.millrace.tests.ProjectRoot;
import io.millrace.watch.AlertLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Law: where rows are shuffled, events are independent of time, so no field drifts and there is
 * nothing to raise an alert for; whatever the size of the windows.
 */
class ShuffledLogsTest {

  private static final long DAY = PlantedStream.DAY_MS;
  private static final long START = GeneratorOptions.DEFAULT_START;

  /** Windows, each a day, of all runs over one log with one size of window; and what they said. */
  private static final class Found {
    long windows;
    long fieldWindows;
    final List<DriftLine> drifted = new ArrayList<>();
    final List<AlertLine> alerts = new ArrayList<>();

    synchronized void add(Run run, long days) {
      windows += days;
      fieldWindows += run.lines;
      drifted.addAll(run.drifted);
      alerts.addAll(run.alerts);
    }

    double alertsAWeek() {
      return alerts.size() / (windows / 7.);
    }

    Map<DriftOptions.Stream, Integer> byStream() {
      Map<DriftOptions.Stream, Integer> streams = new TreeMap<>();
      alerts.forEach(alert -> streams.merge(alert.stream(), 1, Integer::sum));
      return streams;
    }
  }

  private static final class Run extends QuietListener {
    final List<DriftLine> drifted = new ArrayList<>();
    final List<AlertLine> alerts = new ArrayList<>();
    long lines;

    @Override
    public void maps(int field, MapBuilder.Result result) {
      DriftLine line = result.drift();
      if (line != null && !Double.isNaN(line.psi())) {
        lines++;
        if (line.psi() > line.psiLimit()) {
          drifted.add(line);
        }
      }
    }

    @Override
    public void alert(AlertLine line) {
      alerts.add(line);
    }
  }

  /** One run over shuffled rows, {@code perDay} of them a day. */
  private static void run(
      JobSpec job, List<ClickEvent> events, int perDay, long seed, Found found) {
    List<ClickEvent> shuffled = new ArrayList<>(events);
    Collections.shuffle(shuffled, new Random(seed));
    Run run = new Run();
    try (TrainLoop loop = new TrainLoop(job, seed, run, StageTimer.NONE)) {
      for (int i = 0; i < shuffled.size(); i++) {
        ClickEvent event = shuffled.get(i);
        loop.onEvent(
            new ClickEvent(
                START + i * DAY / perDay,
                event.label(),
                event.dense(),
                event.ids(),
                event.offsets(),
                event.missing()));
      }
      loop.finish();
    }
    found.add(run, shuffled.size() / perDay);
  }

  private static JobConfig job(String file, List<String> arms) {
    JobConfig job = JobConfig.read(ProjectRoot.find().resolve(file));
    JobSpec spec = job.spec();
    return job.continuing(
        spec.with(
                JobSpec::arms,
                spec.arms().stream().filter(arm -> arms.contains(arm.name())).toList())
            .with(JobSpec::secondTeacher, false),
        List.of());
  }

  private static List<ClickEvent> rows(JobConfig job, Path log) throws IOException {
    List<ClickEvent> events = new ArrayList<>();
    LogRows.read(job, EventInput.of(log), events::add);
    return events;
  }

  private static List<ClickEvent> planted(JobSpec job, int events, long seed) {
    PlantedStream stream =
        new PlantedStream(GeneratorOptions.stationary().withEventsPerDay(events / 8), seed);
    IdEncoder encoder = new IdEncoder(job.schema().fields());
    List<ClickEvent> all = new ArrayList<>();
    while (stream.hasNext()) {
      all.add(stream.next().toClickEvent(encoder));
    }
    return all;
  }

  private static final String DEMO =
      "flink-jobs/src/main/resources/io/millrace/flink/cli/demo.yaml";

  @Test
  void plantedEvents() {
    JobConfig job = job(DEMO, List.of("full"));
    List<ClickEvent> events = planted(job.spec(), 16_000, 1);
    for (int perDay : new int[] {1_000, 2_000, 4_000}) {
      Found found = new Found();
      run(job.spec(), events, perDay, 2, found);
      assertThat(found.fieldWindows).isPositive();
      assertThat(found.drifted).isEmpty();
      assertThat(found.alerts).isEmpty();
    }
  }

  @Test
  @Tag("long")
  void tenSeedsOfThreeLogs() throws IOException, InterruptedException, ExecutionException {
    Table table = new Table();
    table.line(
        "%-12s %14s %7s %14s %9s %8s %s",
        "log", "events/window", "weeks", "field windows", "drifted", "alerts", "by stream");
    double weeks = 0;
    double worst = 0;
    long alerts = 0;
    List<DriftLine> drifted = new ArrayList<>();
    JobConfig criteo = job("examples/criteo-80k/job.yaml", List.of("full", "two-level-10"));
    JobConfig tmall = job("examples/tmall-123d/job.yaml", List.of("full", "two-level-10"));
    JobConfig demo = job(DEMO, List.of("full", "two-level"));
    List<ClickEvent> ofCriteo = rows(criteo, SharedData.file("criteo-80k/events.csv.gz"));
    List<ClickEvent> ofTmall = rows(tmall, SharedData.file("tmall-123d/log.csv.gz"));
    Map<String, Map.Entry<JobSpec, List<ClickEvent>>> logs = new TreeMap<>();
    logs.put("criteo-80k", Map.entry(criteo.spec(), ofCriteo));
    logs.put("planted", Map.entry(demo.spec(), planted(demo.spec(), 80_000, 31)));
    logs.put("tmall-123d", Map.entry(tmall.spec(), ofTmall));
    for (var log : logs.entrySet()) {
      for (int days : new int[] {8, 16, 32}) {
        JobSpec spec = log.getValue().getKey();
        List<ClickEvent> events = log.getValue().getValue();
        Found found = tenSeeds(spec, events, events.size() / days);
        table.line(
            "%-12s %,14d %7.1f %,14d %9d %8d %s",
            log.getKey(),
            events.size() / days,
            found.windows / 7.,
            found.fieldWindows,
            found.drifted.size(),
            found.alerts.size(),
            found.byStream());
        table.publish("protocol-shuffled.txt"); // after each row, which takes minutes
        worst = Math.max(worst, found.alertsAWeek());
        found.alerts.forEach(alert -> System.out.println(alert.text()));
        found.drifted.forEach(
            line -> System.out.printf("%s %.4f %.4f%n", line.field(), line.psi(), line.psiLimit()));
        weeks += found.windows / 7.;
        alerts += found.alerts.size();
        drifted.addAll(found.drifted);
      }
    }
    table.line("alerts a week: %.3f", alerts / weeks);
    table.publish("protocol-shuffled.txt");
    assertThat(drifted).isEmpty();
    assertThat(worst).as("alerts a week of the worst row").isLessThan(.25);
  }

  private static Found tenSeeds(JobSpec job, List<ClickEvent> events, int perDay)
      throws InterruptedException, ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    Found found = new Found();
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int seed = 201; seed <= 210; seed++) {
        long root = seed;
        running.add(pool.submit(() -> run(job, events, perDay, root, found)));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      pool.shutdownNow();
    }
    return found;
  }
}
