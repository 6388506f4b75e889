package io.millrace.flink.cli;

import io.millrace.event.EventTotals;
import io.millrace.file.EventInput;
import io.millrace.file.EventInputs;
import io.millrace.flink.graph.CheckpointFolder;
import io.millrace.flink.graph.FileReplay;
import io.millrace.flink.graph.JobRun;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedCsv;
import io.millrace.generator.PlantedStream;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.EventReplay;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.flink.core.execution.JobClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace demo}: the whole system in one process. */
@Command(
    name = "demo",
    description = {
      "Runs the whole system in one process: Kafka, Flink, a replay of events and the training"
          + " job, and leaves a report.",
      "On a terminal the page stays after the end of the stream until Ctrl-C; with --exit, with"
          + " --headless and without a terminal the command ends by itself.",
      "A page in the browser shows it while it runs, at http://localhost:8081 unless --port says"
          + " otherwise.",
      "Without --events, a built-in generator makes eight days of clicks that drift."
    },
    footer = {
      "",
      "Examples:",
      "  millrace demo",
      "  millrace demo --job examples/criteo-80k/job.yaml --events events.csv.gz"
    })
final class DemoCommand extends Subcommand {

  private static final String BUILT_IN = "demo.yaml";

  @Option(
      names = "--job",
      paramLabel = "FILE",
      description = "the job file (default: a job for the generator)")
  private Path jobFile;

  @Option(
      names = "--events",
      arity = "1..*",
      paramLabel = "FILE",
      description = EventsFile.FORMS + " (default: the generator's)")
  private List<String> given = List.of();

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "new or empty folder for results (default: runs/demo-DATE-TIME)")
  private Path runDir;

  @Option(names = "--exit", description = "ends at the end of the stream, also on a terminal")
  private boolean exit;

  @Mixin private final LivePage page = new LivePage();

  @Override
  void run() throws Exception {
    JobConfig job = job();
    job.checkMasks();
    if (given.isEmpty()) {
      start(job, List.of());
      return;
    }
    try (EventInputs found = EventsFile.again(given)) {
      RunSummary.warn(found.notes(), out());
      start(job, found.all());
    }
  }

  private void start(JobConfig job, List<EventInput> events) throws Exception {
    if (runDir == null) {
      runDir = RunDirectory.named("demo");
    }
    page.show(RunView.of(runDir), () -> run(job, events), this::stay);
  }

  private void run(JobConfig job, List<EventInput> found) throws Exception {
    RunFiles files = RunFiles.create(runDir);
    CheckpointFolder.of(job.run(), runDir.toString()).check();
    LogFile.moveTo(runDir);
    page.announce(out());
    List<EventInput> events = found;
    if (events.isEmpty()) {
      page.starting("making the events");
      events = List.of(EventInput.of(generate()));
    }
    RunSummary.describe(files, "demo", job, job.seeds().subList(0, 1), events, out());
    RunSummary.printEngines(job, out());
    learn(job, events);
    EventTotals totals = files.totals();
    RunSummary.checkLearned(totals, events, runDir);
    RunSummary.printResults(runDir, List.of(), totals, out());
    String own = jobFile == null ? "JOB" : jobFile.toString();
    out().println("next, a log of your own:");
    out().println("  ./millrace check --job " + own + " --events FILE");
    out().println("  ./millrace train --job " + own + " --events FILE --run-dir runs/mine");
    if (jobFile == null) {
      out().println("  (JOB is a job file such as examples/criteo-80k/job.yaml)");
    }
  }

  /** Keeps the page of a run that is over on a terminal, where a person may look at it. */
  private void stay() throws InterruptedException {
    if (page.url().isPresent() && !exit && Progress.onTerminal()) {
      out().println("the page stays at " + page.url().get() + "; Ctrl-C ends it");
      new CountDownLatch(1).await();
    }
  }

  private JobConfig job() throws IOException {
    if (jobFile != null) {
      return JobConfig.read(jobFile);
    }
    try (InputStream in = DemoCommand.class.getResourceAsStream(BUILT_IN)) {
      return JobConfig.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), BUILT_IN);
    }
  }

  private Path generate() throws IOException {
    GeneratorOptions options =
        jobFile == null ? GeneratorOptions.demo() : GeneratorOptions.planted();
    Path file = runDir.resolve("events.csv.gz");
    double all = (double) options.days() * options.eventsPerDay();
    long n;
    try (Progress progress = Progress.start("events", "made", out())) {
      n =
          PlantedCsv.write(
              new PlantedStream(options, 0), file, made -> progress.at(made / all, made));
    }
    out().printf("generated %,d events: %s%n", n, file);
    return file;
  }

  private void learn(JobConfig job, List<EventInput> events) throws Exception {
    List<Long> ends = FileReplay.ends(events, job);
    if (ends.get(0) == 0) {
      return; // the file has no rows
    }
    long all = ends.stream().mapToLong(Long::longValue).sum();
    page.expect(all);
    page.starting("starting Kafka");
    ExecutorService sender = Executors.newSingleThreadExecutor();
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings kafka = ClientSettings.of(broker.bootstrapServers());
      job.kafka().topics().ensure(kafka);
      out().println("Kafka at " + kafka.bootstrap());
      JobRun run = new JobRun(job, kafka, runDir.toString(), job.seeds().get(0));
      run.updates(false).ifPresent(updates -> updates.ensure(kafka));
      run.changes().ifPresent(changes -> changes.ensure(kafka));
      page.starting("starting Flink");
      JobClient client = run.startHere(page.cluster(), ends, null);
      page.running();
      Future<?> replay = sender.submit(() -> replay(job, kafka, events));
      try (Progress progress = Progress.start("learning", "events", out())) {
        Runnable look = () -> progress.at((double) page.learned() / all, page.learned());
        new RunFollower(run, RunView.of(runDir), progress::println, look)
            .follow(client.getJobExecutionResult(), replay);
      }
    } finally {
      sender.shutdownNow();
    }
  }

  private Void replay(JobConfig job, ClientSettings kafka, List<EventInput> events)
      throws IOException {
    FileReplay.run(
        kafka, EventReplay.Options.max(job.kafka().topics().events()), events, job, new Notes());
    return null;
  }

  /** Prints what a user should know about the file; the job shows the progress. */
  private final class Notes implements FileReplay.Listener {
    @Override
    public void at(double share, long sent) {}

    @Override
    public void note(String sentence) {
      out().println(RunSummary.warning(sentence));
    }
  }
}
