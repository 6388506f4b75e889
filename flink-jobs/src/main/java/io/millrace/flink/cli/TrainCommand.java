package io.millrace.flink.cli;

import io.millrace.event.EventTotals;
import io.millrace.jobfile.JobConfig;
import io.millrace.runs.FileTraining;
import io.millrace.runs.RunFacts;
import io.millrace.runs.RunFiles;
import io.millrace.runs.report.ArmTable;
import io.millrace.runs.report.Report;
import io.millrace.student.MetricLine;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace train}: the learning loop over a file, without Kafka and Flink. */
@Command(
    name = "train",
    description = {
      "Trains all arms of a job on a file of events in one process, without Kafka and Flink.",
      "For one partition and parallelism 1 the job gives the same numbers, to the bit."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  millrace train --job examples/criteo-80k/job.yaml --events events.csv.gz"
          + " --run-dir runs/criteo --seeds 0,1,2"
    })
final class TrainCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(names = "--job", required = true, paramLabel = "FILE", description = "the job file")
  private Path jobFile;

  @Option(names = "--events", required = true, paramLabel = "FILE", description = "the events")
  private Path events;

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
          "root seeds (default: those of the job file); maps and models are kept of the" + " first")
  private List<Long> seeds = new ArrayList<>();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "seeds trained at once (default: one a core)")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Override
  public Integer call() throws Exception {
    JobConfig job = JobConfig.read(jobFile);
    job.checkMasks();
    List<Long> roots = seeds.isEmpty() ? job.seeds() : List.copyOf(seeds);
    if (roots.stream().distinct().count() < roots.size()) {
      throw new IllegalArgumentException("--seeds must be distinct but were " + roots);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("--threads must be >= 1 but was " + threads);
    }
    InputFile.check(events);
    RunFiles files = RunFiles.create(runDir);
    files.describe(RunFacts.of("train", job, roots, events));
    PrintWriter out = spec.commandLine().getOut();
    List<String> notes = RunFacts.notes(job.spec(), roots);
    notes.forEach(note -> out.println("note: " + note));
    EventTotals totals = trainAll(job, roots, files, out);
    EventSummary.checkLearned(totals, events, runDir);
    out.println();
    out.print(ArmTable.of(runDir));
    notes.forEach(note -> out.println("note: " + note));
    out.println(EventSummary.line(totals));
    out.println("report: " + Report.write(runDir));
    out.flush();
    return Millrace.OK;
  }

  private EventTotals trainAll(JobConfig job, List<Long> roots, RunFiles files, PrintWriter out)
      throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(Math.min(threads, roots.size()));
    try (Progress progress = Progress.start("train", "events", out)) {
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

  /** How far all seeds are. */
  private static final class Seeds {
    private final Progress progress;
    private final double[] parts;
    private final long[] rows;

    Seeds(Progress progress, int n) {
      this.progress = progress;
      this.parts = new double[n];
      this.rows = new long[n];
    }

    FileTraining.Listener listener(int seed) {
      return new FileTraining.Listener() {
        @Override
        public void metrics(MetricLine line) {
          progress.println(text(line));
        }

        @Override
        public void at(double part, long taken) {
          add(seed, part, taken);
        }
      };
    }

    private synchronized void add(int seed, double part, long taken) {
      parts[seed] = part;
      rows[seed] = taken;
      progress.at(DoubleStream.of(parts).average().orElseThrow(), LongStream.of(rows).sum());
    }
  }

  private static String text(MetricLine line) {
    return String.format(
        Locale.ROOT,
        "%s  seed %d  %-18s  %,9d events  AUC %.4f  NE %.4f",
        Instant.ofEpochMilli(line.windowStart()).toString().replace("T00:00:00Z", ""),
        line.seed(),
        line.arm(),
        line.overall().events(),
        line.overall().auc(),
        line.overall().ne());
  }
}
