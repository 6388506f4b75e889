package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.snapshot.ModelFolder;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a job goes on from its savepoint with columns added and dropped. Maps that are built from
 * counts of a kept field are those of a job whose columns never changed, to the bit; new fields get
 * maps, dropped ones get none any more.
 */
@Timeout(300)
class ColumnsTest {

  private static final int DAY = SmallStream.PER_DAY;

  @TempDir Path folder;

  @Test
  void goesOnWithOtherColumns() throws Exception {
    Path events = SmallStream.writeEvents(folder, 4);
    Path run = folder.resolve("run");
    Path all;
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      JobFile file =
          JobFile.of(broker, 2)
              .with("arms: [{name: hot-kept, hash: hot-kept}, {name: two-level}]")
              .with("checkpoints: {interval: 2s}");
      all = file.write(folder);
      Replays replays = new Replays(all, events);
      replays.send(DAY * 3 / 2);
      Path before = folder.resolve("before.yaml");
      Files.writeString(before, file.text().replace("f0..f7", "f0..f6").replace(", f7: 30000", ""));
      Path savepoint = stopAfter(1, RunningJob.start(before, run));
      Path after = folder.resolve("after.yaml");
      Files.writeString(
          after,
          file.text()
                  .replace("f0..f7", "[f7, f0, f1, f2, f4, f5, f6]")
                  .replace(", f3: 3000", "")
                  .replace("d0..d3", "[d1, d2, d3]")
              + "parallelism: {counts: 2}\n");
      replays.send(DAY * 2);
      RunningJob second = RunningJob.start(after, run, "--from", savepoint);
      second.untilSaid(
          "note: column f7 is new: it starts cold, from the first event after the savepoint");
      second.untilSaid(
          "note: column f3 is not in the job file any more: its rows, counts and maps end here;"
              + " going back needs the savepoint before");
      second.untilSaid("note: column d0 is not in the job file any more: its weights end here;");
      stopAfter(3, second);
    }
    Path train = folder.resolve("train");
    String arms = "arms: [{name: hot-kept, hash: hot-kept}]";
    new JobFile(Files.readString(all)).with(arms).write(folder);
    Commands.succeed("train", "--job", all, "--events", events, "--run-dir", train);
    for (String field : new String[] {"f2", "f4", "f6"}) {
      Map<String, byte[]> maps = maps(run, field);
      assertThat(maps).as(field).hasSize(3);
      maps.forEach((name, map) -> assertThat(map).as(name).isEqualTo(maps(train, field).get(name)));
    }
    assertThat(maps(run, "f3")).hasSize(1);
    assertThat(maps(run, "f7")).isNotEmpty();
    Path model =
        run.resolve(RunFiles.MODELS).resolve("hot-kept").resolve(ModelFolder.versionName(3));
    assertThat(Files.readString(model.resolve("manifest.json")))
        .contains("\"format\" : 5,")
        .containsPattern("\"numbers\" : \\[\\s*11,\\s*0,\\s*1,\\s*2,\\s*4,\\s*5,\\s*6,\\s*8,");
  }

  /** The files of a field's maps, by name. */
  private static Map<String, byte[]> maps(Path run, String field) {
    Map<String, byte[]> maps = new TreeMap<>();
    try (Stream<Path> files = Files.walk(run.resolve(RunFiles.MAPS))) {
      for (Path file : files.toList()) {
        String place = run.relativize(file).toString();
        if (place.startsWith("maps/hot-kept") && place.contains("/" + field + "/v")) {
          maps.put(place, Files.readAllBytes(file));
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return maps;
  }

  private static Path stopAfter(int days, RunningJob job) {
    try (job) {
      job.untilLines(RunFiles.METRICS, 2 * days);
    }
    Matcher said = Pattern.compile("stopped; go on with --from (.*)").matcher(job.console());
    assertThat(said.find()).as(job.console()).isTrue();
    return Path.of(said.group(1));
  }
}
