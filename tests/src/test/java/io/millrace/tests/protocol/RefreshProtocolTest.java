package io.millrace.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.IdEncoder;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.GeneratorOptions.Change;
import io.millrace.generator.PlantedStream;
import io.millrace.jobfile.JobConfig;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions;
import io.millrace.spec.RefreshOptions.When;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.tests.ProjectRoot;
import io.millrace.watch.RefreshLine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What maps that are built within windows are worth, in the world of {@link DriftProtocolTest}:
 * normalised entropy of mapped students from day to day with maps at the ends of windows, with maps
 * after changes besides, and with the latter alone. Without changes nothing is built within
 * windows.
 */
class RefreshProtocolTest {

  private static final long DAY = PlantedStream.DAY_MS;
  private static final int DAYS = 8;
  private static final List<String> ARMS = List.of("hot-kept", "learned", "two-level");
  private static final List<Change> PLANTED = GeneratorOptions.drift().changes();

  /** What one run told: entropy by arm and day, and refreshes in hours since the start. */
  private static final class Run extends QuietListener {
    final Map<String, double[]> entropy = new TreeMap<>();
    final List<RefreshLine> refreshes = new ArrayList<>();

    @Override
    public void metrics(MetricLine line) {
      int day = (int) ((line.windowStart() - GeneratorOptions.DEFAULT_START) / DAY);
      entropy.computeIfAbsent(line.arm(), arm -> new double[DAYS])[day] = line.overall().ne();
    }

    @Override
    public void refresh(RefreshLine line) {
      refreshes.add(line);
    }
  }

  private static JobSpec job(When when) {
    JobSpec spec =
        JobConfig.read(
                ProjectRoot.find()
                    .resolve("flink-jobs/src/main/resources/io/millrace/flink/cli/demo.yaml"))
            .spec();
    HashOptions h = spec.hash();
    RefreshOptions defaults = spec.hash().refresh();
    RefreshOptions refresh =
        new RefreshOptions(
            when,
            Integer.getInteger("refresh.delay", defaults.delay()),
            Integer.getInteger("refresh.gap", defaults.gap()));
    return spec.with(
            JobSpec::hash,
            h.with(HashOptions::dumpInputs, false).with(HashOptions::refresh, refresh))
        .with(JobSpec::arms, spec.arms().stream().filter(arm -> ARMS.contains(arm.name())).toList())
        .with(JobSpec::secondTeacher, false);
  }

  private static Run run(GeneratorOptions world, When when, long seed) {
    JobSpec job = job(when);
    Run run = new Run();
    PlantedStream stream = new PlantedStream(world, seed);
    IdEncoder encoder = new IdEncoder(job.schema().fields());
    try (TrainLoop loop = new TrainLoop(job, seed, run, StageTimer.NONE)) {
      while (stream.hasNext()) {
        loop.onEvent(stream.next().toClickEvent(encoder));
      }
      loop.finish();
    }
    return run;
  }

  @Test
  @Tag("long")
  void mapsAfterChangesHelp() throws IOException, InterruptedException, ExecutionException {
    String[] seeds = System.getProperty("refresh.seeds", "101-110").split("-", 2);
    int[] range =
        IntStream.rangeClosed(Integer.parseInt(seeds[0]), Integer.parseInt(seeds[1])).toArray();
    Map<When, List<Run>> runs = new TreeMap<>();
    for (When when : When.values()) {
      runs.put(when, runAll(GeneratorOptions.drift(), when, range));
    }
    Table table = new Table();
    table.line("seeds %s; changes on days %s", String.join("-", seeds), PLANTED);
    for (String arm : ARMS) {
      table.line("NE of %s, mean over seeds; then less that with windows", arm);
      for (When when : When.values()) {
        table.line("%-10s %s", when, days(runs.get(when), arm, null));
      }
      table.line("%-10s %s", "DRIFT -", days(runs.get(When.DRIFT), arm, runs.get(When.WINDOWS)));
      table.line("%-10s %s", "BOTH -", days(runs.get(When.BOTH), arm, runs.get(When.WINDOWS)));
    }
    for (When when : List.of(When.DRIFT, When.BOTH)) {
      for (Run run : runs.get(when)) {
        table.line("%s %s", when, run.refreshes.stream().map(RefreshProtocolTest::told).toList());
      }
    }
    List<Run> control = runAll(GeneratorOptions.stationary(), When.BOTH, range);
    table.line(
        "refreshes without changes: %d", control.stream().mapToInt(r -> r.refreshes.size()).sum());
    table.publish("protocol-refresh.txt");
    assertThat(control).allSatisfy(run -> assertThat(run.refreshes).isEmpty());
    for (String arm : List.of("learned", "two-level")) {
      for (Change change : PLANTED) {
        assertThat(mean(runs.get(When.BOTH), arm, change.day()))
            .as(arm + " on the day of " + change)
            .isLessThan(mean(runs.get(When.WINDOWS), arm, change.day()));
      }
    }
  }

  private static double mean(List<Run> runs, String arm, int day) {
    return runs.stream().mapToDouble(run -> run.entropy.get(arm)[day]).average().orElseThrow();
  }

  /** When, and after what. */
  private static String told(RefreshLine line) {
    long hours = (line.time() - GeneratorOptions.DEFAULT_START) / (DAY / 24);
    return "day %d %02d:00 %s".formatted(hours / 24, hours % 24, line.causes());
  }

  private static String days(List<Run> runs, String arm, List<Run> less) {
    StringBuilder line = new StringBuilder();
    for (int day = 0; day < DAYS; day++) {
      double value = mean(runs, arm, day) - (less == null ? 0 : mean(less, arm, day));
      line.append("%9.4f".formatted(value));
    }
    return line.toString();
  }

  private static List<Run> runAll(GeneratorOptions world, When when, int[] seeds)
      throws InterruptedException, ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<Run>> running = new ArrayList<>();
      for (int seed : seeds) {
        running.add(pool.submit(() -> run(world, when, seed)));
      }
      List<Run> all = new ArrayList<>();
      for (Future<Run> one : running) {
        all.add(one.get());
      }
      return all;
    } finally {
      pool.shutdownNow();
    }
  }
}
