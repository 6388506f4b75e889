package io.millrace.tests.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.SmallStream;
import io.millrace.tests.job.FaultCluster;
import io.millrace.tests.job.JobFile;
import io.millrace.tests.job.Replays;
import io.millrace.tests.job.ResultTopics;
import io.millrace.tests.storage.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: on an application cluster with high availability, a JobManager that is killed and started
 * again with the same arguments, among them {@code --continue}, goes on from its newest checkpoint;
 * each line is written once, and is that of {@code train} on the same events.
 */
@Timeout(600)
class JobManagerLossTest {

  private static final int DAYS = 4;

  /** The last day stays open, as no event comes after it. */
  private static final int CLOSED = DAYS - 1;

  private static final int DAY = SmallStream.PER_DAY;
  private static final String SERVICE = "jobmanager";
  private static final String RESTARTED = SERVICE + "-restarted";

  private final Path root = ProjectRoot.find();

  @TempDir Path folder;

  @Test
  void goesOnWithTheSameArguments() throws Exception {
    Path data = folder.resolve("volumes/flink-data");
    try (RunView run = RunView.of(data.resolve("run"))) {
      assertGoesOn(run, "/data/run", "/data/ha", List.of(), Map.of());
    }
  }

  // law: the same where no disk is shared, and all is in a store
  @Test
  @Tag("long")
  void goesOnWithoutASharedDisk() throws Exception {
    try (S3Server server = new S3Server();
        RunView run = RunView.of(S3Server.store("loss"))) {
      Map<String, String> environment = new LinkedHashMap<>(S3Server.forFlink().environment());
      environment.put("JAVA_TOOL_OPTIONS", String.join(" ", S3Server.forFlink().flags()));
      assertGoesOn(run, S3Server.uri("loss"), S3Server.uri("ha"), server.arguments(), environment);
    }
  }

  /**
   * Runs a job, and kills its JobManager.
   *
   * @param runDir its run directory as Flink's processes name it
   * @param storage where they keep what is needed for high availability
   * @param settings further arguments of Flink's scripts
   * @param environment further variables of Flink's processes
   */
  private void assertGoesOn(
      RunView run,
      String runDir,
      String storage,
      List<String> settings,
      Map<String, String> environment)
      throws Exception {
    assumeThat(root.resolve("flink-jobs/target/millrace-job.jar"))
        .as("the job jar, which `mvnw package` makes")
        .exists();
    Path data = Files.createDirectories(folder.resolve("volumes/flink-data"));
    Path events = SmallStream.writeEvents(folder, DAYS);
    Path job;
    try (TestingServer zooKeeper = zooKeeper()) {
      List<String> all = new ArrayList<>(highAvailability(zooKeeper, storage));
      all.addAll(settings);
      job = lose(run, data, events, cluster(runDir, all, environment));
    }
    Path train = folder.resolve("train");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", train);
    run.refresh();
    assertThat(SmallStream.lines(run.dir().resolve(RunFiles.METRICS)))
        .hasSize(CLOSED * JobFile.ARMS)
        .doesNotHaveDuplicates()
        .isSubsetOf(SmallStream.lines(train.resolve(RunFiles.METRICS)));
  }

  /** Runs the job through the loss of its JobManager; the job file. */
  private Path lose(RunView run, Path data, Path events, ComposeFile cluster) throws Exception {
    try (ComposeProcesses processes = new ComposeProcesses(cluster, folder)) {
      Path job = JobFile.of(processes.startBroker(), 1).write(data);
      Replays replays = new Replays(job, events);
      replays.send(DAY * 3 / 2);
      processes.start(SERVICE);
      processes.start("taskmanager");
      processes.untilLines(run, JobFile.ARMS);
      await().until(() -> newest(run) > 0);
      processes.kill(SERVICE);
      int newest = newest(run);
      replays.send(DAY); // tasks go on until they miss the JobManager, and may write lines of these
      processes.start(SERVICE, RESTARTED);
      String restored = processes.untilSaid(RESTARTED, "Restoring job \\w+ from Checkpoint \\d+ ");
      // One that was written is not valid before ZooKeeper has it.
      assertThat(number(restored.replaceAll(".*Checkpoint", ""))).isBetween(newest - 1, newest);
      replays.send(DAY * 3 / 2);
      processes.untilLines(run, CLOSED * JobFile.ARMS);
      ResultTopics.assertMetricsHeldOnce(job, run);
      return job;
    }
  }

  /** Number of the newest complete checkpoint; 0 if there is none. */
  private static int newest(RunView run) throws IOException {
    return FaultCluster.newestCheckpoint(run.place(""))
        .map(place -> number(place.substring(place.lastIndexOf('/'))))
        .orElse(0);
  }

  /** Its sessions end within seconds, so that the lock of a dead JobManager does. */
  private static TestingServer zooKeeper() throws Exception {
    int any = -1;
    int tickMs = 500;
    return new TestingServer(new InstanceSpec(null, any, any, any, true, any, tickMs, any), true);
  }

  /** That of docker-compose.yml with high availability and another job. */
  private ComposeFile cluster(String runDir, List<String> settings, Map<String, String> environment)
      throws IOException {
    ComposeFile compose = ComposeFile.read(root);
    List<String> job = new ArrayList<>(compose.of(SERVICE, "command").subList(0, 4));
    job.addAll(settings);
    job.addAll(List.of("run", "--job", "/data/job.yaml", "--run-dir", runDir, "--continue"));
    List<String> tasks = new ArrayList<>(compose.of("taskmanager", "command"));
    tasks.addAll(settings);
    Map<String, Map<String, Object>> services = new LinkedHashMap<>(compose.services());
    services.computeIfPresent(SERVICE, (name, service) -> with(service, job, environment));
    services.computeIfPresent("taskmanager", (name, service) -> with(service, tasks, environment));
    return new ComposeFile(root, services);
  }

  /**
   * Native libraries are on Flink's own class path here; a restarted job must share those that are
   * loaded, as job.yaml says too.
   */
  private static List<String> highAvailability(TestingServer zooKeeper, String storage) {
    List<String> words = new ArrayList<>();
    words.addAll(
        List.of("-D", "classloader.parent-first-patterns.additional=org.bytedeco;com.sun.jna"));
    for (String setting :
        List.of(
            "type=zookeeper",
            "zookeeper.quorum=" + zooKeeper.getConnectString(),
            "zookeeper.client.session-timeout=3s",
            "storageDir=" + storage,
            "cluster-id=/millrace")) {
      words.addAll(List.of("-D", "high-availability." + setting));
    }
    return words;
  }

  private static Map<String, Object> with(
      Map<String, Object> service, List<String> command, Map<String, String> environment) {
    Map<String, Object> variables =
        new LinkedHashMap<>(ComposeFile.<Map<String, Object>>child(service, "environment"));
    variables.putAll(environment);
    Map<String, Object> changed = new LinkedHashMap<>(service);
    changed.put("command", command);
    changed.put("environment", variables);
    return changed;
  }

  private static int number(String name) {
    return Integer.parseInt(name.replaceAll("\\D", ""));
  }
}
