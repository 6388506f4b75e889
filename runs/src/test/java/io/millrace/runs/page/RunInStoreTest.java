package io.millrace.runs.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.runs.LineObjects;
import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import io.millrace.runs.report.Report;
import io.millrace.store.LocalObjectStore;
import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose directory lies in a store is shown as one on a disk. */
class RunInStoreTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;

  private Path onDisk;
  private ObjectStore stored;

  @BeforeEach
  void write() throws IOException {
    onDisk = dir.resolve("disk/run");
    WrittenRun run = new WrittenRun(onDisk);
    run.window(0);
    run.window(1);
    run.news();
    run.maps();
    Path version = Files.createDirectories(onDisk.resolve("models/full/v000001"));
    Files.writeString(version.resolve("manifest.json"), "{\"model_version\": 1}");
    Files.writeString(version.resolveSibling("LATEST"), "v000001\n");
    stored = new LocalObjectStore(dir.resolve("store/run"));
    upload();
  }

  /** As a job writes it: two objects of lines for each file. */
  private void upload() throws IOException {
    LineObjects lines = new LineObjects(stored);
    for (Path path : files()) {
      String name = onDisk.relativize(path).toString();
      if (name.endsWith(".jsonl") && !name.equals(RunFiles.VALUES)) {
        List<String> all = Files.readAllLines(path);
        for (String line : all) {
          lines.append(name, line);
          if (line.equals(all.get(0))) {
            lines.complete(lines.save());
          }
        }
      } else {
        stored.overwrite(name, out -> Files.copy(path, out));
      }
    }
    lines.complete(lines.save());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(onDisk)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  // Law: the report is the same, and is written into the store.
  @Test
  void theReportIsTheSame() throws IOException {
    String expected = Files.readString(Report.write(onDisk));
    Path copy;
    try (RunView view = RunView.of(stored)) {
      view.refresh();
      copy = view.dir();
      Report.write(copy);
      view.put(Report.FILE);
      assertThat(view.place(Report.FILE)).isEqualTo(stored.place(Report.FILE));
    }
    assertThat(stored.read(Report.FILE)).asString().isEqualTo(expected);
    assertThat(copy.getParent()).doesNotExist();
  }

  // Law: the page shows the same lines, versions, names and maps.
  @Test
  void thePageShowsTheSame() throws IOException {
    try (RunView local = RunView.of(onDisk);
        RunView view = RunView.of(stored)) {
      view.refresh();
      ObjectNode expected = JSON.createObjectNode();
      new ChangeFeed(local.dir(), "run").add(expected, Map.of());
      ObjectNode shown = JSON.createObjectNode();
      new ChangeFeed(view.dir(), "run").add(shown, Map.of());
      for (ObjectNode answer : List.of(expected, shown)) { // cursors hold times and paths
        answer.findParents("cursor").forEach(node -> ((ObjectNode) node).remove("cursor"));
      }
      assertThat(JSON.readTree(shown.toString())).isEqualTo(JSON.readTree(expected.toString()));
      assertThat(shown.at("/files/metrics/lines")).hasSize(4);
      assertThat(shown.at("/models/versions")).hasSize(1);
      ObjectNode found = new IdSearch(view.dir(), view.maps()).find("a", "");
      assertThat(found).isEqualTo(new IdSearch(local.dir(), local.maps()).find("a", ""));
      assertThat(found.path("matches")).isNotEmpty();
    }
  }
}
