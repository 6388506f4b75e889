package io.millrace.runs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.store.LocalObjectStore;
import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineObjectsTest {

  private static final long MINUTE = 60_000;
  private static final List<String> FILES = List.of(RunFiles.METRICS, RunFiles.COUNTS);

  @TempDir Path dir;

  private ObjectStore run;
  private LineObjects lines;
  private long now;
  private int copies;

  /** A checkpoint as the job's state holds it. */
  private record Saved(String text, Map<String, Long> lengths, Map<String, String> content) {}

  @BeforeEach
  void open() throws IOException {
    run = new LocalObjectStore(dir.resolve("run"));
    now = 1_796_061_600_000L;
    lines = restored(new Saved("", Map.of(), Map.of()));
  }

  private LineObjects restored(Saved saved) throws IOException {
    LineObjects opened = new LineObjects(run, () -> now);
    opened.restore(saved.lengths, saved.text);
    return opened;
  }

  private Saved save(Map<String, StringBuilder> written) throws IOException {
    String text = lines.save();
    Map<String, Long> lengths = new TreeMap<>();
    Map<String, String> content = new TreeMap<>();
    for (String file : FILES) {
      lengths.put(file, lines.length(file));
      content.put(file, written.getOrDefault(file, new StringBuilder()).toString());
    }
    return new Saved(text, lengths, content);
  }

  private static void assertHolds(Path copy, Map<String, String> content) throws IOException {
    for (String file : FILES) {
      Path copied = copy.resolve(file);
      assertThat(Files.exists(copied) ? Files.readString(copied) : "")
          .as(file)
          .isEqualTo(content.getOrDefault(file, ""));
    }
  }

  private RunMirror mirror() {
    return new RunMirror(run, dir.resolve("copy-" + copies++), 0);
  }

  private long objects() throws IOException {
    try (Stream<Path> files = Files.walk(dir.resolve("run"))) {
      return files.filter(file -> file.getFileName().toString().contains("-")).count();
    }
  }

  /**
   * Law: whatever is written, saved, completed, dropped by a crash, rolled up and gone back to, a
   * reader that follows sees the same bytes as one that begins, and those of the last complete
   * checkpoint.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void readersSeeTheLastCompleteCheckpoint(long seed) throws IOException {
    Random random = new Random(seed);
    Path followed = dir.resolve("followed");
    RunMirror follower = new RunMirror(run, followed, 0);
    Map<String, StringBuilder> written = new TreeMap<>();
    List<Saved> complete = new ArrayList<>();
    for (int step = 0; step < 80; step++) {
      now += random.nextInt(40) * MINUTE;
      for (String file : FILES) {
        for (int n = random.nextInt(4); n > 0; n--) {
          String line = "{\"step\": " + step + ", \"of\": " + random.nextInt(1000) + "}";
          lines.append(file, line);
          written.computeIfAbsent(file, f -> new StringBuilder()).append(line).append('\n');
        }
      }
      Saved saved = save(written);
      boolean completed = random.nextInt(4) > 0;
      if (completed) {
        lines.complete(saved.text);
        complete.add(saved);
      }
      if (random.nextInt(8) == 0 && !complete.isEmpty()) {
        boolean newest = random.nextInt(3) > 0;
        int back = newest ? 0 : random.nextInt(Math.min(20, complete.size()));
        Saved from = complete.get(complete.size() - 1 - back);
        complete.subList(complete.size() - back, complete.size()).clear();
        lines = restored(from);
        lines.save(); // it begins
        written.clear();
        from.content.forEach((file, text) -> written.put(file, new StringBuilder(text)));
      }
      Map<String, String> seen =
          complete.isEmpty() ? Map.of() : complete.get(complete.size() - 1).content;
      follower.refresh();
      assertHolds(followed, seen);
    }
    Path begun = dir.resolve("copy-" + copies);
    mirror().refresh();
    assertHolds(begun, complete.get(complete.size() - 1).content);
  }

  /**
   * Law: a checkpoint that was complete when its job died is seen when the restart goes on; before,
   * it has changed nothing.
   */
  @Test
  void aLostNoticeIsMadeUpFor() throws IOException {
    lines.append(RunFiles.METRICS, "{}");
    Saved saved = save(Map.of());
    Path copy = dir.resolve("copy-" + copies);
    RunMirror mirror = mirror();
    mirror.refresh();
    assertThat(copy.resolve(RunFiles.METRICS)).doesNotExist();
    LineObjects restarted = restored(saved);
    mirror.refresh();
    assertThat(copy.resolve(RunFiles.METRICS)).doesNotExist();
    restarted.append(RunFiles.METRICS, "{}");
    mirror.refresh();
    assertThat(copy.resolve(RunFiles.METRICS)).hasContent("{}\n");
  }

  /** Law: a writer that starts late, and writes nothing, takes no object from the one after it. */
  @Test
  void aLateStartDoesNoHarm() throws IOException {
    lines.append(RunFiles.METRICS, "{\"a\": 1}");
    Saved saved = save(Map.of());
    lines.complete(saved.text);
    restored(new Saved("", Map.of(), Map.of()));
    Path copy = dir.resolve("copy-" + copies);
    mirror().refresh();
    assertThat(copy.resolve(RunFiles.METRICS)).hasContent("{\"a\": 1}");
    restored(saved);
  }

  /** Law: of two writers of one run the one that is not the last to write the index fails. */
  @Test
  void theSecondWriterIsNoticed() throws IOException {
    lines.append(RunFiles.METRICS, "{\"a\": 1}");
    lines.complete(lines.save());
    LineObjects other = restored(new Saved("", Map.of(), Map.of()));
    other.append(RunFiles.METRICS, "{\"b\": 1}");
    other.complete(other.save());
    lines.append(RunFiles.METRICS, "{\"a\": 2}");
    String text = lines.save();
    assertThatThrownBy(() -> lines.complete(text))
        .hasMessage(
            run.place("lines/index")
                + " was changed by another writer; only one job may write a run directory: stop"
                + " the others, or give each a --run-dir of its own");
  }

  /**
   * Law: objects that a failure has left are deleted when the next writer's first checkpoint is
   * complete, and none that this checkpoint or a later one names.
   */
  @Test
  void whatAFailureLeftIsDeleted() throws IOException {
    lines.append(RunFiles.METRICS, "{\"a\": 1}");
    lines.append(RunFiles.COUNTS, "{\"a\": 1}");
    Saved saved = save(Map.of());
    lines.complete(saved.text);
    lines.append(RunFiles.METRICS, "{\"lost\": 1}");
    lines.append(RunFiles.COUNTS, "{\"lost\": 1}");
    lines.save();
    lines.append(RunFiles.METRICS, "{\"lost\": 2}");
    lines.save();
    assertThat(objects()).isEqualTo(5);
    lines = restored(saved);
    lines.append(RunFiles.METRICS, "{\"a\": 2}");
    String first = lines.save();
    lines.append(RunFiles.METRICS, "{\"a\": 3}");
    String second = lines.save();
    assertThat(objects()).isEqualTo(7);
    lines.complete(first);
    assertThat(objects()).isEqualTo(4);
    lines.complete(second);
    Path copy = dir.resolve("copy-" + copies);
    mirror().refresh();
    assertThat(copy.resolve(RunFiles.METRICS)).hasContent("{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}");
    assertThat(copy.resolve(RunFiles.COUNTS)).hasContent("{\"a\": 1}");
  }

  /** Law: an object a checkpoint; one an hour when the hour is over, and one a day. */
  @Test
  void objectsAreRolledUp() throws IOException {
    for (int checkpoint = 0; checkpoint < 30; checkpoint++) {
      lines.append(RunFiles.METRICS, "{\"checkpoint\": " + checkpoint + "}");
      lines.complete(lines.save());
      assertThat(objects()).isEqualTo(checkpoint + 1);
      now += MINUTE;
    }
    now += 60 * MINUTE;
    lines.append(RunFiles.METRICS, "{}");
    lines.complete(lines.save());
    assertThat(objects()).isEqualTo(2);
    now += 60 * MINUTE;
    lines.complete(lines.save());
    assertThat(objects()).isEqualTo(2);
    now += 24 * 60 * MINUTE;
    lines.complete(lines.save());
    assertThat(objects()).isEqualTo(1);
  }

  /** Law: what a checkpoint needs and nobody holds is named. */
  @Test
  void missingAndDamagedObjectsAreNamed() throws IOException {
    lines.append(RunFiles.METRICS, "{\"a\": 1}");
    Saved saved = save(Map.of());
    String key = "lines/metrics.jsonl/" + run.list("lines/metrics.jsonl").get(0);
    lines.complete(saved.text);
    run.overwrite(key, ObjectStore.Content.of("{\"a\": 2}\n".getBytes(UTF_8)));
    assertThatThrownBy(() -> mirror().refresh())
        .hasMessage(run.place(key) + ": damaged, its hash is not that of its name");
    run.delete(key);
    run.delete("lines/index");
    assertThatThrownBy(() -> restored(saved))
        .hasMessage(run.place(key) + " is missing: the checkpoint needs it");
    Map<String, Long> onDisk = Map.of(RunFiles.METRICS, 9L);
    assertThatThrownBy(() -> restored(new Saved("", onDisk, Map.of())))
        .hasMessage(
            run.place("")
                + " must be the run directory of the checkpoint, which has 9 bytes of"
                + " metrics.jsonl on a disk");
  }

  /** Law: a text that is no index is refused by name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "millrace lines 2\n",
        "millrace lines 1\nmetrics.jsonl x 0 0\n",
        "millrace lines 1\nmetrics.jsonl 5\n"
      })
  void damagedIndexesAreNamed(String text) throws IOException {
    run.overwrite("lines/index", ObjectStore.Content.of(text.getBytes(UTF_8)));
    assertThatThrownBy(() -> mirror().refresh()).hasMessageStartingWith(run.place("lines/index"));
  }

  /** Law: a reader follows an index that a dead writer wrote too late, and the next one. */
  @Test
  void anIndexThatIsLateIsMadeUpFor() throws IOException {
    lines.append(RunFiles.METRICS, "{\"a\": 1}");
    lines.complete(lines.save());
    byte[] older = run.read("lines/index");
    lines.append(RunFiles.METRICS, "{\"a\": 2}");
    lines.complete(lines.save());
    byte[] newer = run.read("lines/index");
    Path copy = dir.resolve("copy-" + copies);
    RunMirror mirror = mirror();
    for (byte[] index : List.of(newer, older, newer)) {
      run.overwrite("lines/index", ObjectStore.Content.of(index));
      mirror.refresh();
      assertThat(copy.resolve(RunFiles.METRICS))
          .hasContent("{\"a\": 1}\n" + (index == older ? "" : "{\"a\": 2}\n"));
    }
  }

  /** Law: a file that is replaced is that of the last complete checkpoint. */
  @Test
  void replacedFilesAreWrittenWithCheckpoints() throws IOException {
    lines.replace(RunFiles.VALUES, "{\"v\": 1}\n");
    lines.replace(RunFiles.VALUES, "{\"v\": 2}\n");
    assertThat(run.exists(RunFiles.VALUES)).isFalse();
    lines.complete(lines.save());
    assertThat(run.read(RunFiles.VALUES)).asString().isEqualTo("{\"v\": 2}\n");
  }
}
