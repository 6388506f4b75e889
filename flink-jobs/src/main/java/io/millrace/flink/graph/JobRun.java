package io.millrace.flink.graph;

import io.millrace.flink.store.Stores;
import io.millrace.jobfile.JobConfig;
import io.millrace.jobfile.RunOptions;
import io.millrace.kafka.ChangesTopic;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.LeaseHolder;
import io.millrace.kafka.UpdatesTopic;
import io.millrace.runs.FolderPublisher;
import io.millrace.runs.ModelPublisher;
import io.millrace.runs.StorePublisher;
import io.millrace.spec.PublishOptions;
import io.millrace.time.WatchGrid;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Makes a job graph from a job file: everything about Flink that several commands need.
 *
 * @param job the job file
 * @param kafka how Kafka is reached; the job file's settings, or those of an embedded broker
 * @param runDir where results go, a path or a URI
 * @param seed root seed
 */
public record JobRun(JobConfig job, ClientSettings kafka, String runDir, long seed) {

  /** Ids that a combiner holds at most, about 4 MB. */
  private static final int COMBINE_ENTRIES = 1 << 17;

  /**
   * Settings of a cluster inside this process; a real cluster has its own. Its web page listens on
   * the loopback address, and accepts no jobs.
   *
   * @param port of Flink's web page, or empty for any free one
   */
  public static Configuration localCluster(Optional<Integer> port) {
    Configuration flink = new Configuration();
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(128));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(128));
    flink.set(RestOptions.BIND_ADDRESS, "localhost");
    flink.set(WebOptions.SUBMIT_ENABLE, false);
    port.ifPresent(
        p -> {
          flink.set(RestOptions.PORT, p);
          flink.set(RestOptions.BIND_PORT, Integer.toString(p));
        });
    return flink;
  }

  /**
   * Adds the job to an environment.
   *
   * @param ends end offset of each partition, exclusive; empty for a job without end
   * @param holder the job in the lease of its topics; null for a job whose broker no other can
   *     reach
   */
  public void build(StreamExecutionEnvironment env, List<Long> ends, LeaseHolder holder) {
    MillraceJob.build(
        env,
        job.spec(),
        options(ends.isEmpty(), holder),
        Stores.absolute(runDir),
        seed,
        publisher(),
        ends);
  }

  private ModelPublisher publisher() {
    String place = Stores.absolute(runDir);
    String updates = job.kafka().topics().updates();
    return Stores.isRemote(place)
        ? new StorePublisher(Stores::open, place, job.format(), updates)
        : new FolderPublisher(place, job.format(), updates);
  }

  /**
   * Starts the job on a cluster inside this process.
   *
   * @param flink settings of the cluster
   * @param ends as in {@link #build}
   * @param holder as in {@link #build}
   */
  public JobClient startHere(Configuration flink, List<Long> ends, LeaseHolder holder)
      throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(flink);
    build(env, ends, holder);
    return env.executeAsync(name());
  }

  /**
   * A submission of this job now, as the lease of its topics names it.
   *
   * @param here whether it runs in this process
   */
  public LeaseHolder holder(boolean here) {
    String absolute = Stores.absolute(runDir);
    String place = Stores.isRemote(absolute) ? absolute : Path.of(absolute).normalize().toString();
    return LeaseHolder.of(job.name(), place, here);
  }

  /**
   * The topic of updates, if the job emits them.
   *
   * @param endless whether the job reads a stream without an end
   */
  public Optional<UpdatesTopic> updates(boolean endless) {
    PublishOptions publish = job.spec().publish();
    return publish.updates(endless).isZero()
        ? Optional.empty()
        : Optional.of(
            new UpdatesTopic(
                job.kafka().topics(),
                job.spec().arms().size(),
                Duration.ofSeconds(publish.everySeconds(true))));
  }

  /** The topic of what replicas have changed, if an arm has several. */
  public Optional<ChangesTopic> changes() {
    return job.spec().arms().stream().anyMatch(arm -> arm.replicas() > 1)
        ? Optional.of(new ChangesTopic(job.kafka().topics(), job.spec().arms().size()))
        : Optional.empty();
  }

  /** The job's name in Flink. */
  public String name() {
    return "millrace " + job.name();
  }

  private Duration alignment(RunOptions run, boolean endless) {
    WatchGrid grid = job.spec().watchGrid();
    long subWindow = Math.max(1, grid.windows().slideMs() / grid.perPane());
    return run.alignment(job.kafka().topics().partitions(), Duration.ofMillis(subWindow), endless);
  }

  private GraphOptions options(boolean endless, LeaseHolder holder) {
    RunOptions run = job.run();
    return new GraphOptions(
        kafka,
        job.kafka().topics(),
        job.kafka().group(),
        job.kafka().form(),
        job.limits(),
        run.sources(),
        run.counters(),
        run.mapBuilders(),
        run.replicaTasks(),
        COMBINE_ENTRIES,
        (long) run.countMemoryMb() << 20,
        run.idleness(endless),
        alignment(run, endless),
        run.mapTimeout(),
        job.spec().publish().updates(endless),
        run.gpu(),
        run.webhook(),
        job.kafka().failOnLoss(),
        holder,
        job.settings(),
        new GraphOptions.Checkpoints(
            checkpoints().uri(),
            run.checkpointInterval(),
            run.backend(),
            run.restarts(),
            run.restartDelay()));
  }

  /**
   * Lets the job continue from a savepoint.
   *
   * @return what only the savepoint or only the job has
   * @throws IllegalArgumentException if there is no savepoint, or it does not fit the job
   * @throws IOException if it is damaged
   */
  public Savepoint.Changes restore(Savepoint from, Configuration flink) throws IOException {
    Savepoint.Changes changes =
        from.check(ExpectedState.of(job.spec(), job.kafka().topics(), seed));
    from.restore(flink, changes.leavesOut());
    return changes;
  }

  /**
   * Checks a savepoint that Flink itself restores, and lets it leave out what the job does not
   * have.
   *
   * @return as {@link #restore}
   * @throws IllegalArgumentException as {@link #restore}
   * @throws IOException if it is damaged
   */
  public Savepoint.Changes leaveOut(Savepoint from, StreamExecutionEnvironment env)
      throws IOException {
    Savepoint.Changes changes =
        from.check(ExpectedState.of(job.spec(), job.kafka().topics(), seed));
    Configuration flink = new Configuration();
    flink.set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, changes.leavesOut());
    env.configure(flink);
    return changes;
  }

  /** Where checkpoints go. */
  public CheckpointFolder checkpoints() {
    return CheckpointFolder.of(job.run(), runDir);
  }
}
