package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.flink.run.RunFiles;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace demo}, from a file to the report. */
@Timeout(120)
class DemoTest {

  private static final int DAYS = 3;
  private static final int ARMS = 6;
  private static final int BROKEN = 5;

  @TempDir Path folder;

  @Test
  void fromAFileToTheReport() throws IOException {
    Path job = SmallStream.writeJob(folder);
    Path events = withBrokenRows(SmallStream.writeEvents(folder, DAYS));
    Path run = folder.resolve("run");
    Commands.Outcome demo =
        Commands.succeed("demo", "--job", job, "--events", events, "--run-dir", run, "--headless");
    assertThat(demo.err()).isEmpty();
    assertThat(demo.out())
        .contains("events: 6,005 read = ", "report: " + run.resolve("report.html"));

    JsonNode totals = last(run.resolve(RunFiles.COUNTS));
    assertThat(totals.path("complete").booleanValue()).isTrue();
    assertThat(totals.path("read").longValue()).isEqualTo(DAYS * SmallStream.PER_DAY + BROKEN);
    assertThat(totals.path("rejected").longValue()).isEqualTo(BROKEN);
    assertThat(totals.path("read").longValue())
        .isEqualTo(
            totals.path("trained").longValue()
                + totals.path("rejected").longValue()
                + totals.path("dropped_late").longValue());
    assertThat(SmallStream.lines(run.resolve(RunFiles.METRICS))).hasSize(DAYS * ARMS);
    assertThat(SmallStream.lines(run.resolve(RunFiles.DRIFT))).isNotEmpty();
    assertThat(run.resolve(RunFiles.RUN)).isNotEmptyFile();
    assertThat(run.resolve(RunFiles.MAPS)).isNotEmptyDirectory();
    assertThat(run.resolve(RunFiles.MODELS)).isDirectoryRecursivelyContaining("glob:**/LATEST");
    assertThat(run.resolve("report.html")).content().contains("learned-mlet", "</html>");
  }

  private Path withBrokenRows(Path events) throws IOException {
    List<String> lines = new ArrayList<>(SmallStream.lines(events));
    for (int i = 1; i <= BROKEN; i++) {
      lines.add(i * SmallStream.PER_DAY / 2, "what,ever");
    }
    return Files.write(events, lines);
  }

  private static JsonNode last(Path file) throws IOException {
    List<String> lines = SmallStream.lines(file);
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }
}
