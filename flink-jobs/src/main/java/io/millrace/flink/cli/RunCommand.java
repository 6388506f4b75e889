package io.millrace.flink.cli;

import io.millrace.flink.graph.ClusterRestore;
import io.millrace.flink.graph.JobRun;
import io.millrace.flink.graph.Savepoint;
import io.millrace.flink.store.Stores;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.Lease;
import io.millrace.kafka.LeaseHolder;
import io.millrace.kafka.Topics;
import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.LocalStreamEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace run}: the job against an existing Kafka, in this process or on a cluster. */
@Command(
    name = "run",
    description = {
      "Runs the training job against an existing Kafka until it is stopped: in this process, or on"
          + " a Flink cluster when the job jar is given to `flink run`.",
      "In this process, a page in the browser shows it, at http://localhost:8081 unless --port says"
          + " otherwise.",
      "Topics that are missing are created. While another job writes to them, it does not start."
          + " In this process, SIGTERM and Ctrl-C end it with a"
          + " savepoint and print how to continue."
    },
    footer = {
      "",
      "Examples:",
      "  millrace run --job job.yaml --run-dir /data/runs/clicks",
      "  flink run millrace-job.jar run --job job.yaml --run-dir s3://bucket/clicks",
      "  millrace run --job job.yaml --run-dir /data/runs/clicks \\",
      "      --from /data/runs/clicks/checkpoints/savepoints/savepoint-ID",
      "  After a crash, --from takes the newest checkpoint: .../checkpoints/JOB/chk-42"
    })
final class RunCommand extends Subcommand {

  @Mixin private KafkaJobFile jobFile;

  @Option(
      names = "--from",
      paramLabel = "SAVEPOINT",
      description =
          "savepoint or retained checkpoint to continue from; needs its --run-dir. Keys that the job"
              + " file leaves unset stay as they are in it")
  private String from;

  @Option(
      names = "--continue",
      description =
          "on a cluster that restores the job itself (high availability, or a savepoint that `flink"
              + " run -s` names): --run-dir may hold this run already")
  private boolean continues;

  @Option(
      names = "--run-dir",
      paramLabel = "DIR|URI",
      description =
          "folder for results; on a cluster, one that all machines see, such as s3://bucket/clicks"
              + " (default: runs/NAME-DATE-TIME)")
  private String runDir;

  @Mixin private final LivePage page = new LivePage();

  @Override
  void run() throws Exception {
    if (from != null && runDir == null) {
      throw new IllegalArgumentException(
          "--run-dir must be the run directory of the savepoint, with --from, but was not given");
    }
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    boolean here = env instanceof LocalStreamEnvironment;
    if (continues) {
      checkContinues(here);
      new ClusterRestore(env.getConfiguration()).check();
    }
    loadStores(here, from, runDir);
    JobConfig job = read(savepoint(env, here));
    loadStores(here, job.run().checkpointDir());
    runDir = runDir == null ? RunDirectory.named(job.name()).toString() : runDir;
    checkStore(job);
    if (here) {
      try (RunView view = view()) {
        page.show(view, () -> execute(job, env, view));
      }
    } else {
      execute(job, env, null);
    }
  }

  /** Makes Flink's file systems known, where Flink has not done so. */
  private static void loadStores(boolean here, String... places) {
    if (here && Stream.of(places).anyMatch(place -> place != null && Stores.isRemote(place))) {
      Stores.loadPlugins();
    }
  }

  private void checkStore(JobConfig job) {
    if (Stores.isRemote(runDir) && job.run().checkpointInterval().isZero()) {
      throw new IllegalArgumentException(
          "checkpoints.interval must be > 0s where --run-dir is a URI, as lines are written there"
              + " with each checkpoint, but was 0s");
    }
  }

  private RunView view() throws IOException {
    return Stores.isRemote(runDir)
        ? RunView.of(RunDirectory.store(runDir))
        : RunView.of(Stores.local(runDir));
  }

  private void checkContinues(boolean here) {
    if (here) {
      throw badOption(
          "--continue is for clusters, which restore a job; here, use --from SAVEPOINT");
    }
    if (from != null) {
      throw badOption("--continue and --from cannot go together, as --from names what to restore");
    }
    if (runDir == null) {
      throw badOption("--continue needs --run-dir DIR, the directory of the run");
    }
  }

  /**
   * What the job goes on from; empty where there is nothing, or this process cannot read it. On a
   * cluster, its tasks then compare what it keeps with the job.
   */
  private Optional<Savepoint> savepoint(StreamExecutionEnvironment env, boolean here) {
    if (continues) {
      return new ClusterRestore(env.getConfiguration()).savepoint();
    }
    return Optional.ofNullable(from)
        .map(Savepoint::new)
        .filter(savepoint -> here || savepoint.readable());
  }

  private JobConfig read(Optional<Savepoint> savepoint) throws IOException {
    if (savepoint.isEmpty()) {
      return jobFile.readWithMasks(null);
    }
    return savepoint.get().continuedBy(jobFile.readWithMasks(savepoint.get().settings()));
  }

  /** Starts the job; with a view of its run directory in this process, else on a cluster. */
  private void execute(JobConfig job, StreamExecutionEnvironment env, RunView view)
      throws Exception {
    boolean here = view != null;
    JobRun run = new JobRun(job, job.kafka().clients(), runDir, job.seeds().get(0));
    Configuration flink = new Configuration();
    List<String> changes = List.of();
    if (from != null) {
      changes = restore(run, flink, here);
      env.configure(flink);
    } else if (continues) {
      changes = restoreNamed(run, env);
    }
    RunFiles files = files(job);
    if (here) {
      run.checkpoints().check();
    }
    job.kafka().topics().ensure(run.kafka());
    run.updates(true)
        .flatMap(updates -> updates.ensure(run.kafka()))
        .ifPresent(message -> out().println(RunSummary.warning(message)));
    run.changes().ifPresent(topic -> topic.ensure(run.kafka()));
    LeaseHolder holder = run.holder(here);
    Topics topics = job.kafka().topics();
    if (here) {
      try (Lease lease = Lease.take(run.kafka(), topics, holder, out()::println)) {
        describe(files, job, changes);
        RunSummary.printEngines(job, out());
        executeHere(run, view, flink, holder, lease);
      }
    } else {
      if (!continues) { // else this run may be the one that holds it, restored meanwhile
        Lease.check(run.kafka(), topics, holder, out()::println);
      }
      describe(files, job, changes);
      run.build(env, List.of(), holder);
      env.execute(run.name());
    }
  }

  private RunFiles files(JobConfig job) throws IOException {
    return Stores.isRemote(runDir)
        ? files(RunDirectory.store(runDir), job)
        : files(Stores.local(runDir), job);
  }

  private RunFiles files(Path dir, JobConfig job) throws IOException {
    if (continues) {
      return RunFiles.createOrContinue(dir, job.name());
    }
    return from == null ? RunFiles.create(dir) : RunFiles.open(dir);
  }

  private RunFiles files(ObjectStore run, JobConfig job) throws IOException {
    if (continues) {
      return RunFiles.createOrContinue(run, job.name());
    }
    return from == null ? RunFiles.create(run) : RunFiles.open(run);
  }

  private void describe(RunFiles files, JobConfig job, List<String> changes) throws IOException {
    RunSummary.printNotes(job.notes(), out());
    RunSummary.printNotes(changes, out());
    RunSummary.describe(files, "run", job, job.seeds().subList(0, 1), List.of(), out());
  }

  /** On a cluster, perhaps only the cluster can read the savepoint; then the cluster checks it. */
  private List<String> restore(JobRun run, Configuration flink, boolean here) throws IOException {
    Savepoint savepoint = new Savepoint(from);
    if (here || savepoint.readable()) {
      return run.restore(savepoint, flink).notes();
    }
    savepoint.restore(flink, false);
    return List.of();
  }

  /** Flink has the place already; what the job file does not have any more is left out. */
  private static List<String> restoreNamed(JobRun run, StreamExecutionEnvironment env)
      throws IOException {
    Optional<Savepoint> named = new ClusterRestore(env.getConfiguration()).savepoint();
    return named.isPresent() ? run.leaveOut(named.get(), env).notes() : List.of();
  }

  private void executeHere(
      JobRun run, RunView view, Configuration flink, LeaseHolder holder, Lease lease)
      throws Exception {
    if (!Stores.isRemote(runDir)) {
      LogFile.moveTo(view.dir());
    }
    page.announce(out());
    flink.addAll(page.cluster());
    JobClient client = run.startHere(flink, List.of(), holder);
    page.running();
    out().println("running; results in " + runDir);
    Future<?> noReplay = CompletableFuture.completedFuture(null);
    SavepointAtStop atStop =
        SavepointAtStop.of(client, run.checkpoints(), out()::println, lease::release);
    try {
      new RunFollower(run, view, out()::println, () -> {})
          .follow(client.getJobExecutionResult(), noReplay);
    } finally {
      atStop.cancel();
      lease.release();
    }
  }
}
