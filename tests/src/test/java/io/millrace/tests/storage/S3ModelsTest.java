package io.millrace.tests.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.cli.Millrace;
import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import io.millrace.runs.MapFolder;
import io.millrace.serving.ModelFollower;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelMirror;
import io.millrace.store.ObjectStore;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import io.millrace.tests.job.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models and maps of a run that lie on an S3 server. */
class S3ModelsTest {

  private static final String ARMS = "arms:\n  - {name: linear, hash: none}\n";

  @TempDir static Path folder;

  private static S3Server server;
  private static Path events;
  private static Path arm;

  @BeforeAll
  static void train() throws Exception {
    Path job = folder.resolve("job.yaml");
    Files.writeString(job, SmallStream.job().replaceAll("(?s)arms:.*", ARMS));
    events = SmallStream.writeEvents(folder, 3);
    Path run = folder.resolve("run");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", run);
    arm = run.resolve("models/linear");
    server = new S3Server();
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  /** Copies a version as a program for uploads does: its manifest last, then the pointer. */
  private static void upload(ObjectStore store, long version) throws IOException {
    String name = ModelFolder.versionName(version);
    for (String file : List.of(ModelFolder.TENSORS, "manifest.json")) {
      byte[] bytes = Files.readAllBytes(arm.resolve(name).resolve(file));
      store.putIfAbsent(name + "/" + file, ObjectStore.Content.of(bytes));
    }
    store.overwrite(ModelFolder.LATEST, out -> out.write((name + "\n").getBytes(UTF_8)));
  }

  // Law: versions, and pins, are followed in a store as in a folder.
  @Test
  void versionsAreFollowed() throws IOException {
    ObjectStore store = S3Server.store("a/models/linear");
    ModelMirror mirror = new ModelMirror(store, folder.resolve("copy"));
    try (ModelFollower follower = new ModelFollower(mirror, Optional.empty())) {
      assertThat(follower.current()).isEmpty();
      for (long version = 1; version <= 3; version++) {
        upload(store, version);
        assertThat(follower.refresh()).isTrue();
        assertThat(version(follower)).isEqualTo(version);
        assertThat(follower.versions()).hasSize((int) version);
      }
      follower.pin(2);
      assertThat(version(follower)).isEqualTo(2);
      assertThat(store.read(ModelFolder.PINNED)).asString().isEqualTo("v000002\n");
      store.delete(ModelFolder.PINNED); // as another server does
      assertThat(follower.refresh()).isTrue();
      assertThat(version(follower)).isEqualTo(3);
    }
  }

  private static long version(ModelFollower follower) {
    return follower.current().orElseThrow().model().version();
  }

  // Law: the command scores with a model in a store as with the same one in a folder.
  @Test
  void aFileIsScoredFromAStore() throws Exception {
    upload(S3Server.store("b/models/linear"), 3);
    Path local = folder.resolve("local.csv");
    Commands.succeed("score", "--model", arm, "--events", events, "--output", local);
    Path scores = folder.resolve("s3.csv");
    String printed =
        command(0, "score", "--model", S3Server.uri("b/models/linear"), "--output", scores);
    assertThat(printed).contains("linear version 3 scored 6000 events");
    assertThat(scores).hasSameTextualContentAs(local);
    assertThat(command(2, "score", "--model", S3Server.uri("b"), "--output", scores))
        .contains("millrace: no such file: s3://runs/b (a published model has a manifest.json");
  }

  /** Runs a command on the events in a process of its own, as FLINK_PLUGINS_DIR must be set. */
  private static String command(int code, String name, Object... options) throws Exception {
    List<String> words = new ArrayList<>(List.of(name, "--events", events.toString()));
    for (Object option : options) {
      words.add(option.toString());
    }
    Path printed = Files.createTempFile(folder, "printed", "");
    int exit =
        JavaProcess.start(
                printed, "512m", Millrace.class.getName(), words, server.surroundings(folder))
            .waitFor();
    String text = Files.readString(printed);
    assertThat(exit).as(text).isEqualTo(code);
    return text;
  }

  // Law: a store of maps keeps the first of a window, and finds, names and deletes as a folder
  // does.
  @Test
  void mapsLieInAStore() throws IOException {
    Path local = folder.resolve("maps");
    ObjectStore store = S3Server.store("c/maps");
    for (MapFolder maps : List.of(new MapFolder(local), new MapFolder(store))) {
      for (int window = 1; window <= 3; window++) {
        assertThat(maps.store(map(window, 1))).isPresent();
      }
      assertThat(maps.store(map(3, 2)).orElseThrow().checksum()).isEqualTo(map(3, 1).checksum());
      maps.need("learned", 20);
      assertThat(maps.skip("learned-0.1", "ad/../id", 40)).isEmpty();
      assertThat(maps.ends("learned-0.1", "ad/../id")).containsExactly(10L, 20L, 30L);
      assertThat(maps.neededFrom(List.of("learned"))).isEqualTo(20);
      assertThat(maps.find("learned-0.1", "ad/../id", 40)).isEmpty();
      assertThat(maps.newestEnd("learned-0.1", "ad/../id", 25)).isEqualTo(20);
      assertThat(maps.fields("learned-0.1")).containsExactly("ad/../id");
    }
    List<Path> files;
    try (Stream<Path> found = Files.walk(local)) {
      files = new ArrayList<>(found.filter(Files::isRegularFile).toList());
    }
    assertThat(files).hasSize(3 + 4 + 1);
    for (Path file : files) {
      String key = local.relativize(file).toString();
      assertThat(store.read(key)).as(key).isEqualTo(Files.readAllBytes(file));
    }
  }

  private static MapVersion map(int window, int row) {
    MapVersion.Header header =
        new MapVersion.Header(
            "ad/../id",
            "learned-0.1",
            window,
            10L * (window - 1),
            10L * window,
            4,
            MapVersion.Kind.LEARNED,
            ColdPolicy.HASH,
            List.of(new RowRange(0, 4)),
            1,
            4,
            0,
            "");
    return new MapVersion(header, new long[] {window}, new int[] {row}, new double[] {1});
  }
}
