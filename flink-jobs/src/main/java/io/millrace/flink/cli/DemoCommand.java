package io.millrace.flink.cli;

import io.millrace.event.EventTotals;
import io.millrace.flink.graph.CheckpointFolder;
import io.millrace.flink.graph.FileReplay;
import io.millrace.flink.graph.JobRun;
import io.millrace.format.EventFile;
import io.millrace.format.ValueListener;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedCsv;
import io.millrace.generator.PlantedStream;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.EventReplay;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFacts;
import io.millrace.runs.RunFiles;
import io.millrace.runs.report.ArmTable;
import io.millrace.runs.report.Report;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace demo}: the whole system in one process. */
@Command(
    name = "demo",
    description = {
      "Runs the whole system in one process: Kafka, Flink, a replay of events and the training"
          + " job. Ends by itself at the end of the stream and leaves a report.",
      "A page in the browser shows it while it runs, at http://localhost:8081 unless --port says"
          + " otherwise.",
      "Without --events, a built-in generator makes eight days of clicks that drift."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  millrace demo",
      "  millrace demo --job examples/criteo-80k/job.yaml --events events.csv.gz"
    })
final class DemoCommand implements Callable<Integer> {

  private static final String BUILT_IN = "demo.yaml";

  @Spec private CommandSpec spec;

  @Option(
      names = "--job",
      paramLabel = "FILE",
      description = "the job file (default: a job for the generator)")
  private Path jobFile;

  @Option(
      names = "--events",
      paramLabel = "FILE",
      description = "the events (default: the generator's)")
  private Path events;

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "new or empty folder for results (default: runs/demo-DATE-TIME)")
  private Path runDir;

  @Mixin private final LivePage page = new LivePage();

  @Override
  public Integer call() throws Exception {
    JobConfig job = job();
    job.checkMasks();
    if (events != null) {
      InputFile.check(events);
    }
    if (runDir == null) {
      runDir = RunDirectory.named("demo");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (page) {
      page.open(runDir);
      try {
        run(job, out);
        page.finished();
      } catch (Exception e) {
        page.failed(e);
        throw e;
      }
    }
    return Millrace.OK;
  }

  private void run(JobConfig job, PrintWriter out) throws Exception {
    RunFiles files = RunFiles.create(runDir);
    CheckpointFolder.of(job.run(), runDir).check();
    LogFile.moveTo(runDir);
    page.announce(out);
    if (events == null) {
      page.starting("making the events");
      events = generate(out);
    }
    files.describe(RunFacts.of("demo", job, job.seeds().subList(0, 1), events));
    RunFacts.notes(job.spec(), job.seeds().subList(0, 1))
        .forEach(note -> out.println("note: " + note));
    learn(job, out);
    EventTotals totals = files.totals();
    EventSummary.checkLearned(totals, events, runDir);
    out.println();
    out.print(ArmTable.of(runDir));
    out.println(EventSummary.line(totals));
    out.println("report: " + Report.write(runDir));
    out.flush();
  }

  private JobConfig job() throws IOException {
    if (jobFile != null) {
      return JobConfig.read(jobFile);
    }
    try (InputStream in = DemoCommand.class.getResourceAsStream(BUILT_IN)) {
      return JobConfig.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), BUILT_IN);
    }
  }

  private Path generate(PrintWriter out) throws IOException {
    GeneratorOptions options =
        jobFile == null ? GeneratorOptions.demo() : GeneratorOptions.planted();
    Path file = runDir.resolve("events.csv.gz");
    double all = (double) options.days() * options.eventsPerDay();
    long n;
    try (Progress progress = Progress.start("events", "made", out)) {
      n =
          PlantedCsv.write(
              new PlantedStream(options, 0), file, made -> progress.at(made / all, made));
    }
    out.printf("generated %,d events: %s%n", n, file);
    out.flush();
    return file;
  }

  private void learn(JobConfig job, PrintWriter out) throws Exception {
    List<Long> ends = ends(job);
    if (ends.get(0) == 0) {
      return; // no row at all
    }
    long all = ends.stream().mapToLong(Long::longValue).sum();
    page.expect(all);
    page.starting("starting Kafka");
    ExecutorService sender = Executors.newSingleThreadExecutor();
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings kafka = ClientSettings.of(broker.bootstrapServers());
      job.kafka().topics().ensure(kafka);
      out.println("Kafka at " + kafka.bootstrap());
      JobRun run = new JobRun(job, kafka, runDir, job.seeds().get(0));
      page.starting("starting Flink");
      JobClient client = start(run, ends);
      page.running();
      Future<?> replay = sender.submit(() -> replay(job, kafka));
      try (Progress progress = Progress.start("learning", "events", out)) {
        Runnable look = () -> progress.at((double) page.learned() / all, page.learned());
        new RunFollower(run, progress::println, look)
            .follow(client.getJobExecutionResult(), replay);
      }
    } finally {
      sender.shutdownNow();
    }
  }

  /** Where each partition ends, as the replay deals the rows of the file out in turn. */
  private List<Long> ends(JobConfig job) throws IOException {
    long rows = 0;
    try (EventFile file =
        EventFile.open(
            events, job.format(), job.spec().schema(), job.limits(), ValueListener.none())) {
      while (file.next(false) != null) {
        rows++;
      }
    }
    int partitions = job.kafka().topics().partitions();
    List<Long> ends = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      ends.add((rows + partitions - 1 - p) / partitions);
    }
    return ends;
  }

  private JobClient start(JobRun run, List<Long> ends) throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(page.cluster());
    run.build(env, ends);
    return env.executeAsync("millrace " + run.job().name());
  }

  private Void replay(JobConfig job, ClientSettings kafka) throws IOException {
    FileReplay.run(
        kafka,
        EventReplay.Options.max(job.kafka().topics().events()),
        events,
        job,
        (part, sent) -> {});
    return null;
  }
}
