package io.millrace.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.IdEncoder;
import io.millrace.generator.DayFacts;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedStream;
import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import io.millrace.jobfile.JobConfig;
import io.millrace.maps.FieldSize;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.tests.ProjectRoot;
import io.millrace.time.EventClock;
import io.millrace.time.WatchGrid;
import io.millrace.watch.Refreshes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Where clusters of ids were planted, a tenth of the rows costs a plain hash much, and a learned
 * map wins most of that back, and so does a two-level one. Beside the job's arms runs an oracle: a
 * student whose rows are the planted clusters, of ids to come too. Five worlds, each seen by
 * students with initial values of their own; figures are AUC of predictions made before learning,
 * the mean over the last four of eight days.
 */
@Tag("long")
class PlantedProtocolTest {

  private static final int SEEDS = 5;
  private static final String ORACLE = "oracle";

  @Test
  void mapsCloseTheGap() throws IOException, InterruptedException, ExecutionException {
    JobSpec job = job();
    ArmScores scores = new ArmScores();
    Table table = new Table();
    for (List<DayFacts> facts : runAll(job, scores)) {
      table.line(
          "best possible AUC by day: %s",
          facts.stream()
              .map(day -> String.format("%.4f", day.auc()))
              .collect(Collectors.joining(" ")));
    }
    for (String arm : scores.arms()) {
      String bySeed =
          scores.seeds(arm).stream()
              .map(seed -> String.format("%.4f", scores.of(arm, seed)))
              .collect(Collectors.joining(" "));
      table.line("%-14s %s  mean %.4f", arm, bySeed, scores.mean(arm));
    }
    double gap = ArmScores.mean(scores.over("full", "modulo-10"));
    table.line("full over modulo %+.4f", gap);
    for (String arm : List.of("learned-10", "two-level-10", ORACLE)) {
      double won = ArmScores.mean(scores.over(arm, "modulo-10"));
      table.line(
          "%s over modulo %+.4f, %.0f %% of that; from the oracle %+.4f",
          arm, won, 100 * won / gap, ArmScores.mean(scores.over(arm, ORACLE)));
    }
    table.publish("protocol-planted.txt");

    assertThat(gap).isGreaterThanOrEqualTo(.02);
    for (String arm : List.of("learned-10", "two-level-10")) {
      assertThat(ArmScores.mean(scores.over(arm, "modulo-10"))).isGreaterThanOrEqualTo(.8 * gap);
    }
    assertThat(scores.over(ORACLE, "learned-10")).allMatch(above -> above > 0);
    assertThat(scores.over(ORACLE, "two-level-10")).allMatch(above -> above > 0);
  }

  /** The example's job, without its second teacher: that one only measures. */
  private static JobSpec job() {
    JobSpec spec = JobConfig.read(ProjectRoot.find().resolve("examples/generator/job.yaml")).spec();
    return spec.with(JobSpec::secondTeacher, false);
  }

  private static List<List<DayFacts>> runAll(JobSpec job, ArmScores scores)
      throws InterruptedException, ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<List<DayFacts>>> running = new ArrayList<>();
      for (int seed = 0; seed < SEEDS; seed++) {
        int root = seed;
        running.add(pool.submit(() -> run(job, root, scores)));
      }
      List<List<DayFacts>> facts = new ArrayList<>();
      for (Future<List<DayFacts>> one : running) {
        facts.add(one.get());
      }
      return facts;
    } finally {
      pool.shutdownNow();
    }
  }

  private static List<DayFacts> run(JobSpec job, long seed, ArmScores scores) {
    PlantedStream stream = new PlantedStream(GeneratorOptions.planted(), seed);
    IdEncoder encoder = new IdEncoder(job.schema().fields());
    Collector collector = new Collector(scores);
    ArmSpec spec = job.mapSpecs().get("learned-0.1").with(ArmSpec::name, ORACLE);
    EventClock clock = new EventClock(new WatchGrid(job.windows(), 1));
    try (TrainLoop loop = new TrainLoop(job, seed, collector, StageTimer.NONE);
        Student oracle =
            new Student(
                job,
                spec,
                seed,
                oracle(job, spec, stream),
                Refreshes.ofWindows(job.mapGrid()),
                collector)) {
      while (stream.hasNext()) {
        ClickEvent event = stream.next().toClickEvent(encoder);
        loop.onEvent(event);
        oracle.onEvent(event, false);
        long watermark = clock.advance(event.eventTime());
        if (watermark != EventClock.NONE) {
          oracle.onWatermark(watermark);
        }
      }
      loop.finish();
      oracle.onWatermark(Long.MAX_VALUE);
    }
    return stream.facts();
  }

  /** The planted clusters as rows, of all ids of the stream, once after the first day. */
  private static Student.MapSource oracle(JobSpec job, ArmSpec spec, PlantedStream stream) {
    Set<Integer> done = new HashSet<>();
    return (name, f, pane) -> done.add(f) ? planted(job, spec, stream, f, pane) : null;
  }

  private static MapVersion planted(
      JobSpec job, ArmSpec spec, PlantedStream stream, int f, long pane) {
    String name = job.schema().fields().get(f).name();
    TreeMap<Long, Integer> clusters = new TreeMap<>();
    for (int i = 0; i < stream.options().fields().get(f).ids(); i++) {
      clusters.put(IdEncoder.id(name, Integer.toString(i)), stream.cluster(f, i));
    }
    int rows = FieldSize.of(job, spec, f).rows();
    long end = job.windows().paneEnd(pane);
    MapVersion.Header header =
        new MapVersion.Header(
            name,
            ORACLE,
            1,
            end - job.windows().sizeMs(),
            end,
            rows,
            MapVersion.Kind.LEARNED,
            ColdPolicy.HASH,
            List.of(new RowRange(0, rows)),
            0,
            job.hash().signatureBits(),
            0,
            "planted");
    double[] counts = new double[clusters.size()];
    Arrays.fill(counts, 1);
    return new MapVersion(
        header,
        clusters.keySet().stream().mapToLong(Long::longValue).toArray(),
        clusters.values().stream().mapToInt(Integer::intValue).toArray(),
        counts);
  }

  /** Keeps the AUC of each window. */
  private static final class Collector extends QuietListener {
    private final ArmScores scores;

    Collector(ArmScores scores) {
      this.scores = scores;
    }

    @Override
    public void metrics(MetricLine line) {
      synchronized (scores) {
        scores.add(line.arm(), line.seed(), line.windowStart(), line.overall().auc());
      }
    }
  }
}
