package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.millrace.flink.graph.JobRun;
import io.millrace.flink.graph.Savepoint;
import io.millrace.flink.store.Stores;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.ClientSettings;
import io.millrace.store.ObjectStore;
import io.millrace.tests.job.JavaProcess.Surroundings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A broker, a JobManager and two TaskManagers of one slot each, all processes of their own that can
 * be killed and started again; and a job on them.
 *
 * <p>The processes of Flink share no folder but that of its settings, unless the run directory is
 * one. A job whose JobManager was killed is handed to the next one with the newest checkpoint, as
 * somebody who runs Millrace without high availability would do.
 */
public final class FaultCluster implements AutoCloseable {
  /** The processes. */
  public enum Part {
    BROKER,
    JOB_MANAGER,
    FIRST_TASK_MANAGER,
    SECOND_TASK_MANAGER
  }

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Path folder;
  private final Surroundings surroundings;
  private final int brokerPort = freePort();
  private final int rpcPort = freePort();
  private final int restPort = freePort();
  private final Map<Part, Process> processes = new EnumMap<>(Part.class);
  private JobConfig job;
  private String runDir;
  private List<Long> ends;
  private JobClient client;

  /** Starts the processes; what they print goes to a file each in {@code folder}. */
  FaultCluster(Path folder) throws IOException {
    this(folder, "", Surroundings.NONE);
  }

  /**
   * The same.
   *
   * @param settings further settings of Flink, a line each
   * @param surroundings what each process gets
   */
  public FaultCluster(Path folder, String settings, Surroundings surroundings) throws IOException {
    this.folder = folder;
    this.surroundings = surroundings;
    Files.createDirectories(folder.resolve("conf"));
    Files.writeString(folder.resolve("conf/config.yaml"), settings() + settings);
    for (Part part : Part.values()) {
      start(part);
    }
    awaitBroker(1);
  }

  private String settings() {
    return """
        jobmanager.rpc.address: localhost
        jobmanager.rpc.port: %d
        rest.address: localhost
        rest.port: %d
        rest.bind-port: '%d'
        taskmanager.host: localhost
        taskmanager.numberOfTaskSlots: 1
        taskmanager.cpu.cores: 1
        taskmanager.memory.framework.heap.size: 64m
        taskmanager.memory.framework.off-heap.size: 64m
        taskmanager.memory.task.heap.size: 512m
        taskmanager.memory.task.off-heap.size: 0m
        taskmanager.memory.managed.size: 96m
        taskmanager.memory.network.min: 48m
        taskmanager.memory.network.max: 48m
        taskmanager.memory.jvm-metaspace.size: 192m
        taskmanager.memory.jvm-overhead.min: 64m
        taskmanager.memory.jvm-overhead.max: 64m
        heartbeat.interval: 500
        heartbeat.timeout: 4000
        pekko.startup-timeout: 60 s
        """
        .formatted(rpcPort, restPort, restPort);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Where the broker answers. */
  public String bootstrap() {
    return "localhost:" + brokerPort;
  }

  private void start(Part part) throws IOException {
    Path disk = Files.createDirectories(disk(part));
    List<String> conf =
        List.of("--configDir", folder.resolve("conf").toString(), "-D", "io.tmp.dirs=" + disk);
    Process process =
        switch (part) {
          case BROKER ->
              start(
                  part,
                  "256m",
                  BrokerProcess.class,
                  List.of(folder.resolve("kafka").toString(), Integer.toString(brokerPort)));
          case JOB_MANAGER -> start(part, "384m", StandaloneSessionClusterEntrypoint.class, conf);
          case FIRST_TASK_MANAGER, SECOND_TASK_MANAGER ->
              start(part, "768m", TaskManagerRunner.class, conf);
        };
    processes.put(part, process);
  }

  private Process start(Part part, String heap, Class<?> main, List<String> args)
      throws IOException {
    String temporary = "-Djava.io.tmpdir=" + disk(part);
    return JavaProcess.start(
        console(part), heap, main.getName(), args, surroundings.with(temporary));
  }

  /** The folder for temporary files of a process, which no other process uses. */
  public Path disk(Part part) {
    return folder.resolve("disk-" + part);
  }

  private Path console(Part part) {
    return folder.resolve(part + ".txt");
  }

  private void awaitBroker(int times) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                Files.readString(console(Part.BROKER), UTF_8).split(BrokerProcess.READY, -1).length
                    > times);
  }

  /**
   * Starts a job.
   *
   * @param run path or URI of its run directory
   * @param ends end offset of each partition, exclusive
   */
  public void submit(JobConfig config, String run, List<Long> ends) throws Exception {
    this.job = config;
    this.runDir = run;
    this.ends = ends;
    ClientSettings kafka = job.kafka().clients();
    job.kafka().topics().ensure(kafka);
    jobRun().changes().ifPresent(topic -> topic.ensure(kafka));
    submit(new Configuration());
  }

  private JobRun jobRun() {
    return new JobRun(job, job.kafka().clients(), runDir, job.seeds().get(0));
  }

  private void submit(Configuration flink) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(
            () -> {
              StreamExecutionEnvironment env =
                  StreamExecutionEnvironment.createRemoteEnvironment("localhost", restPort, flink);
              jobRun().build(env, ends, null);
              client = env.executeAsync("faults");
              return true;
            });
  }

  /**
   * Kills a process with a signal that it cannot catch, and starts another in its place. A
   * JobManager goes on with a checkpoint on this disk.
   */
  public void kill(Part part) throws Exception {
    processes.get(part).destroyForcibly().waitFor();
    int before = Files.readString(console(Part.BROKER)).split(BrokerProcess.READY, -1).length - 1;
    start(part);
    if (part == Part.BROKER) {
      awaitBroker(before + 1);
    }
    if (part == Part.JOB_MANAGER) {
      Configuration flink = new Configuration();
      new Savepoint(newestCheckpoint(runDir).orElseThrow()).restore(flink, false);
      submit(flink);
    }
  }

  /** Halts a process for a while, as a long collection or a frozen machine does. */
  void pause(Part part, Duration time) throws Exception {
    String pid = Long.toString(processes.get(part).pid());
    new ProcessBuilder("kill", "-STOP", pid).start().waitFor();
    Thread.sleep(time.toMillis());
    new ProcessBuilder("kill", "-CONT", pid).start().waitFor();
  }

  /** Whether the job has checkpoints to go on from. */
  public boolean hasCheckpoint() throws IOException {
    return newestCheckpoint(runDir).isPresent();
  }

  /**
   * Path or URI of the newest complete checkpoint of a run.
   *
   * @param runDir path or URI of its directory
   */
  public static Optional<String> newestCheckpoint(String runDir) throws IOException {
    ObjectStore checkpoints = Stores.folderOf(runDir, "checkpoints");
    Map<Long, String> complete = new TreeMap<>();
    for (String jobs : checkpoints.list("")) {
      String folder = jobs.replace("/", "");
      for (String name : checkpoints.list(folder)) {
        String checkpoint = folder + "/" + name.replace("/", "");
        if (name.startsWith("chk-") && checkpoints.exists(checkpoint + "/_metadata")) {
          complete.put(Long.parseLong(name.replaceAll("\\D", "")), checkpoints.place(checkpoint));
        }
      }
    }
    return complete.values().stream().reduce((older, newer) -> newer);
  }

  /** Waits until the job has read all of its events. */
  public void awaitEnd() throws IOException {
    AtomicReference<JobStatus> status = new AtomicReference<>();
    try {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(200))
          .ignoreExceptions()
          .until(
              () -> {
                status.set(client.getJobStatus().get());
                return status.get() == JobStatus.FINISHED;
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("the job is " + status.get() + "\n" + describe(), e);
    }
  }

  private String describe() throws IOException {
    StringBuilder text = new StringBuilder();
    for (Part part : Part.values()) {
      text.append(ProcessState.describe(console(part), processes.get(part)));
    }
    return text.toString();
  }

  @Override
  public void close() {
    processes.values().forEach(Process::destroyForcibly);
    processes.values().forEach(process -> process.onExit().join());
  }
}
