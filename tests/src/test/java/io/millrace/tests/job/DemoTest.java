package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.runs.RunFiles;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace demo}, from a file to the report. */
@Timeout(300)
class DemoTest {

  private static final int DAYS = 3;

  /** The demo brings its own. */
  private static final String NO_BROKER = "localhost:1";

  private static final int BROKEN = 5;

  @TempDir Path folder;

  @Test
  void fromAFileToTheReport() throws IOException {
    Path job = JobFile.of(NO_BROKER, 2).write(folder);
    Path events = withBrokenRows(SmallStream.writeEvents(folder, DAYS));
    Path run = folder.resolve("run");
    Commands.Outcome demo =
        Commands.succeed("demo", "--job", job, "--events", events, "--run-dir", run, "--headless");
    assertThat(demo.err()).isEmpty();
    assertThat(demo.out())
        .contains("events: 6,005 read = ", "report: " + run.resolve("report.html"))
        .contains("verdict: Serve ", "next, a log of your own:", "train --job " + job);

    JsonNode totals = last(run.resolve(RunFiles.COUNTS));
    assertThat(totals.path("complete").booleanValue()).isTrue();
    assertThat(totals.path("read").longValue()).isEqualTo(DAYS * SmallStream.PER_DAY + BROKEN);
    assertThat(totals.path("rejected").longValue()).isEqualTo(BROKEN);
    assertThat(totals.path("read").longValue())
        .isEqualTo(
            totals.path("trained").longValue()
                + totals.path("rejected").longValue()
                + totals.path("dropped_late").longValue());
    assertThat(SmallStream.lines(run.resolve(RunFiles.METRICS))).hasSize(DAYS * JobFile.ARMS);
    assertThat(SmallStream.lines(run.resolve(RunFiles.DRIFT))).isNotEmpty();
    assertThat(run.resolve(RunFiles.RUN)).isNotEmptyFile();
    assertThat(run.resolve(RunFiles.MAPS)).isNotEmptyDirectory();
    assertThat(run.resolve(RunFiles.MODELS)).isDirectoryRecursivelyContaining("glob:**/LATEST");
    assertThat(run.resolve("report.html")).content().contains("hot-kept", "</html>");
  }

  // from two partitions a demo leaves the files that training from the file leaves, with the same
  // lines; what differs is how long it took, and where a reject was and in which form
  @Test
  void leavesWhatTrainLeaves() throws IOException {
    Path job = JobFile.of(NO_BROKER, 2).write(folder);
    Path events = withBrokenRows(SmallStream.writeEvents(folder, DAYS));
    Path demo = folder.resolve("demo");
    Path train = folder.resolve("train");
    Commands.succeed("demo", "--job", job, "--events", events, "--run-dir", demo, "--headless");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", train);
    assertThat(files(demo)).isEqualTo(files(train)).contains(RunFiles.VALUES, RunFiles.REJECTS);
    assertThat(LineSchemas.assertValid(demo)).containsKeys("drift-ids", "drift-dense", "switches");
    for (String file :
        List.of(RunFiles.METRICS, RunFiles.DRIFT, RunFiles.SWITCHES, RunFiles.VALUES)) {
      assertThat(SmallStream.lines(demo.resolve(file)))
          .containsExactlyInAnyOrderElementsOf(SmallStream.lines(train.resolve(file)));
    }
    ObjectNode counts = last(demo.resolve(RunFiles.COUNTS));
    ObjectNode trainCounts = last(train.resolve(RunFiles.COUNTS));
    assertThat(keys(counts.remove("seconds")))
        .isEqualTo(keys(trainCounts.remove("seconds")))
        .contains("reading", "counts", "teacher", "maps", "publishing", "student-hot-kept")
        .hasSize(5 + JobFile.ARMS);
    assertThat(counts).isEqualTo(trainCounts);
    assertThat(SmallStream.lines(demo.resolve(RunFiles.REJECTS))).hasSize(BROKEN);
    ObjectNode reject = last(demo.resolve(RunFiles.REJECTS));
    ObjectNode trainReject = last(train.resolve(RunFiles.REJECTS));
    assertThat(keys(reject)).isEqualTo(keys(trainReject));
    assertThat(reject.get("reason")).isEqualTo(trainReject.get("reason"));
    assertThat(demo.resolve("report.html"))
        .content()
        .contains("Time spent per stage", "Hottest values", "First rejected events", "f7=");
  }

  /** Files of a run by name, without what belongs to a process or its checkpoints. */
  private static List<String> files(Path run) throws IOException {
    try (Stream<Path> files = Files.walk(run)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> run.relativize(file).toString())
          .filter(file -> !file.startsWith("checkpoints") && !file.equals("millrace.log"))
          .filter(file -> !file.startsWith(RunFiles.MAPS + "/needed-"))
          .sorted()
          .toList();
    }
  }

  private static List<String> keys(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).sorted().toList();
  }

  private Path withBrokenRows(Path events) throws IOException {
    List<String> lines = new ArrayList<>(SmallStream.lines(events));
    for (int i = 1; i <= BROKEN; i++) {
      lines.add(i * SmallStream.PER_DAY / 2, "what,ever");
    }
    return Files.write(events, lines);
  }

  private static ObjectNode last(Path file) throws IOException {
    List<String> lines = SmallStream.lines(file);
    return new ObjectMapper().readValue(lines.get(lines.size() - 1), ObjectNode.class);
  }
}
