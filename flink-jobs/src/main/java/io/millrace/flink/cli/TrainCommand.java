package io.millrace.flink.cli;

import io.millrace.event.EventTotals;
import io.millrace.event.Warning;
import io.millrace.file.EventInput;
import io.millrace.file.EventInputs;
import io.millrace.jobfile.JobConfig;
import io.millrace.runs.FileTraining;
import io.millrace.runs.RunFiles;
import io.millrace.student.MetricLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace train}: the learning loop over a file, without Kafka and Flink. */
@Command(
    name = "train",
    description = {
      "Trains all arms of a job on files of events in one process, without Kafka and Flink.",
      "For one partition and parallelism 1 the job gives the same numbers, to the bit."
    },
    footer = {
      "",
      "Examples:",
      "  millrace train --job examples/criteo-80k/job.yaml --events events.csv.gz"
          + " --run-dir runs/criteo --seeds 0,1,2",
      "  millrace train --job job.yaml --events 'logs/2026-11-*.csv.gz' --run-dir runs/november"
    })
final class TrainCommand extends Subcommand {

  @Mixin private JobFile jobFile;

  @Mixin private EventsFile eventsFile;

  @Option(
      names = "--run-dir",
      required = true,
      paramLabel = "DIR",
      description = "new or empty folder for metrics, maps, models and the report")
  private Path runDir;

  @Option(
      names = "--seeds",
      split = ",",
      paramLabel = "N",
      description =
          "root seeds (default: those of the job file); only the first keeps its maps and models")
  private List<Long> seeds = new ArrayList<>();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "seeds trained at once (default: one per core)")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Override
  void run() throws Exception {
    JobConfig job = jobFile.readWithMasks();
    List<Long> roots = seeds.isEmpty() ? job.seeds() : List.copyOf(seeds);
    if (roots.stream().distinct().count() < roots.size()) {
      throw new IllegalArgumentException("--seeds must be distinct but were " + roots);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("--threads must be >= 1 but was " + threads);
    }
    try (EventInputs events = eventsFile.again()) {
      RunSummary.warn(events.notes(), out());
      train(job, roots, events.all());
    }
  }

  private void train(JobConfig job, List<Long> roots, List<EventInput> events) throws Exception {
    RunFiles files = RunFiles.create(runDir);
    List<String> notes = RunSummary.describe(files, "train", job, roots, events, out());
    RunSummary.printEngines(job, out());
    EventTotals totals = trainAll(job, roots, files, events);
    RunSummary.checkLearned(totals, events, runDir);
    RunSummary.printResults(runDir, notes, totals, out());
  }

  private EventTotals trainAll(
      JobConfig job, List<Long> roots, RunFiles files, List<EventInput> events) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(Math.min(threads, roots.size()));
    try (Progress progress = Progress.start("train", "events", out())) {
      List<Future<EventTotals>> running = new ArrayList<>();
      Seeds seeds = new Seeds(progress, roots.size());
      for (int i = 0; i < roots.size(); i++) {
        FileTraining training =
            new FileTraining(job, events, files, roots.get(i), i == 0, seeds.listener(i));
        running.add(pool.submit(training::run));
      }
      for (Future<EventTotals> seed : running) {
        seed.get();
      }
      return running.get(0).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : new IOException(e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  /** The progress of all seeds together. */
  private static final class Seeds {
    private final Progress progress;
    private final double[] shares;
    private final long[] rows;

    Seeds(Progress progress, int n) {
      this.progress = progress;
      this.shares = new double[n];
      this.rows = new long[n];
    }

    FileTraining.Listener listener(int seed) {
      return new FileTraining.Listener() {
        @Override
        public void metrics(MetricLine line) {
          progress.println(text(line));
        }

        @Override
        public void warning(Warning warning) {
          progress.println(RunSummary.warning(warning.text()));
        }

        @Override
        public void at(double share, long rowsRead) {
          update(seed, share, rowsRead);
        }
      };
    }

    private synchronized void update(int seed, double share, long rowsRead) {
      shares[seed] = share;
      rows[seed] = rowsRead;
      progress.at(DoubleStream.of(shares).average().orElseThrow(), LongStream.of(rows).sum());
    }
  }

  private static String text(MetricLine line) {
    return RunSummary.window(
        line.windowStart(),
        "seed " + line.seed() + "  ",
        line.arm(),
        line.overall().events(),
        line.overall().auc(),
        line.overall().ne());
  }
}
