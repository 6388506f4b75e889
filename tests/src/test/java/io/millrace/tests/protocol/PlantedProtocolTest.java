package io.millrace.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.IdEncoder;
import io.millrace.flink.config.JobConfig;
import io.millrace.generator.DayFacts;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedStream;
import io.millrace.stream.ArmStream;
import io.millrace.stream.JobSpec;
import io.millrace.stream.MapBuilder;
import io.millrace.stream.MetricLine;
import io.millrace.stream.PartTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Where clusters of ids were planted, a tenth of the rows costs a plain hash much, and a learned
 * map wins most of that back. Five worlds, each seen by a student with initial values of its own;
 * figures are AUC of predictions made before learning, the mean over the last four of eight days.
 */
@Tag("long")
class PlantedProtocolTest {

  private static final int SEEDS = 5;

  @Test
  void aLearnedMapClosesTheGap() throws IOException, InterruptedException, ExecutionException {
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
    double won = ArmScores.mean(scores.over("learned-10", "modulo-10"));
    table.line(
        "full over modulo %+.4f, learned over modulo %+.4f: %.0f %%", gap, won, 100 * won / gap);
    table.publish("protocol-planted.txt");

    assertThat(gap).isGreaterThanOrEqualTo(.02);
    assertThat(won / gap).isGreaterThanOrEqualTo(.8);
  }

  /** The example's job, without its second teacher: that one only measures. */
  private static JobSpec job() {
    JobSpec spec = JobConfig.read(ProjectRoot.find().resolve("examples/generator/job.yaml")).spec();
    return new JobSpec(
        spec.schema(),
        spec.windows(),
        spec.late(),
        spec.counts(),
        spec.teacher(),
        spec.hash(),
        spec.student(),
        spec.arms(),
        spec.publish(),
        false);
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
    try (TrainLoop loop = new TrainLoop(job, seed, new Collector(scores), PartTimer.NONE)) {
      while (stream.hasNext()) {
        loop.onEvent(stream.next().toClickEvent(encoder));
      }
      loop.finish();
    }
    return stream.facts();
  }

  /** Keeps the AUC of each window. */
  private record Collector(ArmScores scores) implements TrainLoop.Listener {
    @Override
    public void metrics(MetricLine line) {
      synchronized (scores) {
        scores.add(line.arm(), line.seed(), line.windowStart(), line.overall().auc());
      }
    }

    @Override
    public void publish(ArmStream arm, ArmStream.PublishCause cause) {}

    @Override
    public void maps(int field, long pane, MapBuilder.Result result) {}
  }
}
