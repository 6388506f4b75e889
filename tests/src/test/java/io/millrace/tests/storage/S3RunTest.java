package io.millrace.tests.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.flink.cli.Millrace;
import io.millrace.generator.GeneratorOptions;
import io.millrace.hash.MapVersion;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFacts;
import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import io.millrace.snapshot.ModelFolder;
import io.millrace.store.ObjectStore;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import io.millrace.tests.job.FaultCluster;
import io.millrace.tests.job.FaultCluster.Part;
import io.millrace.tests.job.JavaProcess;
import io.millrace.tests.job.JobFile;
import io.millrace.tests.job.Replays;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a job whose run directory is in a store, on processes that share no disk, and of which some
 * are killed, leaves what {@code train} leaves on a disk; the commands read it there.
 */
@Tag("long")
@Timeout(600)
class S3RunTest {

  private static final int DAYS = 3;
  private static final int DAY = SmallStream.PER_DAY;
  private static final long DAY_MS = 86_400_000;
  private static final List<String> ARMS = List.of("full", "hot-kept", "learned");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private S3Server server;

  @BeforeEach
  void start() throws Exception {
    server = new S3Server();
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @Test
  void aRunInAStoreIsThatOfADisk() throws Exception {
    Path events = SmallStream.writeEvents(folder, DAYS);
    ObjectStore run = S3Server.store("clicks");
    Path job = run(events, run);
    Path train = folder.resolve("train");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", train);
    assertSame(run, train);
    assertCommandsRead(train, events);
    assertServes();
  }

  /** Runs the job on the events, and kills processes meanwhile. */
  private Path run(Path events, ObjectStore run) throws Exception {
    Path disks = folder.resolve("cluster");
    try (FaultCluster cluster = new FaultCluster(disks, server.yaml(), S3Server.forFlink())) {
      Path job =
          JobFile.of(cluster.bootstrap(), 1)
              .with("checkpoints: {interval: 300ms, restarts: 100, restart_delay: 200ms}")
              .write(folder);
      JobConfig config = JobConfig.read(job);
      RunFiles.create(run).describe(RunFacts.of("run", config, List.of(0L), List.of()));
      Replays replays = new Replays(job, events);
      cluster.submit(config, S3Server.uri("clicks"), List.of((long) DAYS * DAY));
      replays.send(DAY * 3 / 2);
      await().atMost(Duration.ofMinutes(2)).until(() -> run.exists("lines/index"));
      cluster.kill(Part.FIRST_TASK_MANAGER);
      replays.send(DAY / 2);
      cluster.kill(Part.JOB_MANAGER);
      replays.send(DAY / 2);
      cluster.kill(Part.SECOND_TASK_MANAGER);
      replays.send(DAY / 2);
      cluster.awaitEnd();
      return job;
    } finally {
      assertNothingOfTheRunIn(disks);
    }
  }

  private static void assertNothingOfTheRunIn(Path disks) throws IOException {
    try (Stream<Path> files = Files.walk(disks)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .isNotEmpty()
          .noneMatch(name -> name.matches(".*(jsonl|safetensors|\\.map)|LATEST|end-.*"));
    }
  }

  private static void assertSame(ObjectStore run, Path train) throws IOException {
    try (RunView view = RunView.of(run)) {
      view.refresh();
      for (String file :
          List.of(RunFiles.METRICS, RunFiles.DRIFT, RunFiles.SWITCHES, RunFiles.PULSE)) {
        assertThat(SmallStream.lines(view.dir().resolve(file)))
            .as(file)
            .containsExactlyInAnyOrderElementsOf(SmallStream.lines(train.resolve(file)));
      }
      assertThat(SmallStream.lines(view.dir().resolve(RunFiles.COUNTS)))
          .last()
          .asString()
          .contains("\"read\":%d,\"trained\":%d,".formatted(DAYS * DAY, DAYS * DAY));
      assertThat(view.dir().resolve(RunFiles.VALUES)).isNotEmptyFile();
      assertSameMaps(view.maps(), new MapFolder(train.resolve(RunFiles.MAPS)));
    }
    for (String arm : ARMS) {
      Path published = train.resolve(RunFiles.MODELS).resolve(arm);
      ObjectStore stored = run.below(RunFiles.MODELS + "/" + arm);
      for (Path version : ModelFolder.versions(published)) {
        String tensors = version.getFileName() + "/" + ModelFolder.TENSORS;
        assertThat(stored.read(tensors))
            .as(arm)
            .isEqualTo(Files.readAllBytes(published.resolve(tensors)));
      }
      assertThat(stored.read(ModelFolder.LATEST))
          .isEqualTo(Files.readAllBytes(published.resolve(ModelFolder.LATEST)));
    }
  }

  private static void assertSameMaps(MapFolder run, MapFolder train) throws IOException {
    List<String> kinds = train.specs();
    assertThat(kinds).isNotEmpty();
    for (String kind : kinds) {
      assertThat(run.fields(kind)).isEqualTo(train.fields(kind));
      for (String field : train.fields(kind)) {
        assertThat(run.ends(kind, field)).isEqualTo(train.ends(kind, field));
        for (long end : train.ends(kind, field)) {
          assertThat(run.find(kind, field, end).map(MapVersion::checksum))
              .isEqualTo(train.find(kind, field, end).map(MapVersion::checksum));
        }
      }
    }
  }

  private void assertCommandsRead(Path train, Path events) throws IOException {
    String uri = S3Server.uri("clicks");
    assertThat(Commands.succeed("report", "--run-dir", uri).out().strip())
        .contains("./millrace serve --model " + uri + "/models/")
        .endsWith(uri + "/report.html");
    assertThat(S3Server.store("clicks").read("report.html")).asString(UTF_8).contains("hot-kept");
    assertThat(Commands.succeed("models", "list", "--model", uri).out()).contains(ARMS);
    Path stored = folder.resolve("stored.csv");
    Path local = folder.resolve("local.csv");
    Commands.succeed(
        "score", "--model", uri + "/models/learned", "--events", events, "--output", stored);
    Commands.succeed(
        "score", "--model", train.resolve("models/learned"), "--events", events, "--output", local);
    assertThat(stored).hasSameTextualContentAs(local);
  }

  /**
   * Law: the command runs a job whose run directory is in a store, prints and shows its lines, and
   * goes on from the savepoint that it leaves there.
   */
  @Test
  void theCommandGoesOnFromItsSavepoint() throws Exception {
    Path events = SmallStream.writeEvents(folder, DAYS);
    ObjectStore run = S3Server.store("views");
    Path job;
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      job = JobFile.of(broker.bootstrapServers(), 1).write(folder);
      Replays replays = new Replays(job, events);
      replays.send(DAY * 3 / 2);
      Path console = folder.resolve("first.txt");
      Process first = command("views", console, job);
      untilSaid(first, console, "\\d{4}-\\S+  learned +2,000 events  AUC");
      assertThat(get(untilSaid(first, console, "page at (\\S+), ") + "/api/news").body())
          .contains("\"run_dir\":\"s3://runs/views\"")
          .contains("\"arm\":\"learned\"");
      first.destroy();
      first.onExit().join();
      String savepoint = untilSaid(first, console, "stopped; go on with --from (\\S+)");
      assertThat(savepoint).startsWith("s3://runs/views/checkpoints/savepoints/savepoint-");
      replays.send(DAY * 3 / 2);
      Path secondConsole = folder.resolve("second.txt");
      Process second = command("views", secondConsole, job, "--from", savepoint);
      untilSaid(second, secondConsole, "(?s)learned .*learned .*\n");
      second.destroy();
      second.onExit().join();
    }
    Path train = folder.resolve("train");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", train);
    try (RunView view = RunView.of(run)) {
      view.refresh();
      assertThat(SmallStream.lines(view.dir().resolve(RunFiles.METRICS)))
          .hasSize((DAYS - 1) * ARMS.size()) // the last day stays open
          .doesNotHaveDuplicates()
          .isSubsetOf(SmallStream.lines(train.resolve(RunFiles.METRICS)));
    }
  }

  /**
   * Law: a job whose run directory is in a store learns its topic's history as {@code train} does,
   * and then goes live; the store and the page say since when.
   */
  @Test
  void theHistoryIsAReplay() throws Exception {
    int days = 4;
    Path events = SmallStream.writeEvents(folder, days);
    ObjectStore run = S3Server.store("live");
    Path job;
    try (EmbeddedBroker broker = EmbeddedBroker.start();
        RunView view = RunView.of(run)) {
      job = JobFile.of(broker.bootstrapServers(), 1).untilLive().write(folder);
      Replays replays = new Replays(job, events);
      replays.send(DAY * 5 / 2);
      Path console = folder.resolve("live.txt");
      Process process = command("live", console, job);
      untilSaid(process, console, "the history of topic small.events is read");
      assertThat(view.maps().live()).hasValue(GeneratorOptions.DEFAULT_START + 3 * DAY_MS);
      replays.send(DAY);
      untilSaid(process, console, "(?s)(2024-01-03 .*){3}\n");
      assertThat(get(untilSaid(process, console, "page at (\\S+), ") + "/api/news").body())
          .contains("\"live\":" + (GeneratorOptions.DEFAULT_START + 3 * DAY_MS));
      process.destroy();
      process.onExit().join();
      view.refresh();
      Path train = folder.resolve("train");
      Commands.succeed("train", "--job", job, "--events", events, "--run-dir", train);
      int history = 3 * ARMS.size();
      assertThat(SmallStream.lines(view.dir().resolve(RunFiles.METRICS)).subList(0, history))
          .containsExactlyInAnyOrderElementsOf(
              SmallStream.lines(train.resolve(RunFiles.METRICS)).subList(0, history));
    }
  }

  private Process command(String run, Path console, Path job, String... options)
      throws IOException {
    List<String> words = new ArrayList<>(List.of("run", "--job", job.toString(), "--port", "0"));
    words.addAll(List.of("--run-dir", S3Server.uri(run)));
    words.addAll(List.of(options));
    return JavaProcess.start(
        console, "1g", Millrace.class.getName(), words, server.surroundings(folder));
  }

  /** Waits until a process has printed something; returns its first group, if it has one. */
  private static String untilSaid(Process process, Path console, String pattern)
      throws IOException {
    Pattern wanted = Pattern.compile(pattern);
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> !process.isAlive() || wanted.matcher(Files.readString(console)).find());
    Matcher found = wanted.matcher(Files.readString(console));
    assertThat(found.find()).as(Files.readString(console)).isTrue();
    return found.group(found.groupCount());
  }

  private static HttpResponse<String> get(String uri) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(uri)).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }

  /** One server serves all arms of the run. */
  private void assertServes() throws Exception {
    Path console = folder.resolve("serve.txt");
    Process process =
        JavaProcess.start(
            console,
            "512m",
            Millrace.class.getName(),
            List.of("serve", "--model", S3Server.uri("clicks"), "--port", "0"),
            server.surroundings(folder));
    try {
      String address = untilSaid(process, console, "3 arms answer at (\\S+)/score");
      assertThat(Files.readString(console))
          .contains("serves the arms full, hot-kept, learned of s3://runs/clicks/models");
      assertThat(get(address + "/health/ready").statusCode()).isEqualTo(200);
    } finally {
      process.destroy();
      process.onExit().join();
    }
  }
}
