package io.millrace.tests.inputs;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Law: the README's job file reads the README's log, without a warning, and learns from it. */
@Timeout(120)
class QuickStartTest {

  private static final Instant START = Instant.parse("2024-05-01T00:00:00Z");
  private static final int DAYS = 3;
  private static final int PER_DAY = 2_000;

  private final Path root = ProjectRoot.find();

  @TempDir Path folder;

  /** A block of the README's section about a log of one's own. */
  private String block(String language) throws IOException {
    String readme = Files.readString(root.resolve("README.md"));
    String section = readme.substring(readme.indexOf("## Your own log in three minutes"));
    Matcher block =
        Pattern.compile("```" + language + "\\n(.*?)```", Pattern.DOTALL).matcher(section);
    assertThat(block.find()).as(language).isTrue();
    return block.group(1);
  }

  /** Events with the keys of the README's; users differ in how often they click. */
  private static List<String> events() {
    Random random = new Random(5);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < DAYS * PER_DAY; i++) {
      int user = random.nextInt(500);
      boolean clicked = random.nextInt(10) < 1 + user % 7;
      lines.add(
          String.format(
              Locale.ROOT,
              "{\"time\": \"%s\", \"clicked\": %s, \"user\": \"u%d\", \"item\": \"i%d\", \"tags\": [\"t%d\", \"t%d\"], \"price\": %.2f}",
              START.plusSeconds(i * 86_400L / PER_DAY),
              clicked,
              user,
              random.nextInt(2_000),
              random.nextInt(20),
              random.nextInt(20),
              random.nextDouble() * 10));
    }
    return lines;
  }

  @Test
  void theReadmesJobReadsTheReadmesLog() throws IOException {
    Path job = Files.writeString(folder.resolve("job.yaml"), block("yaml"));
    Path one = Files.writeString(folder.resolve("one.jsonl"), block("json"));
    assertThat(Commands.succeed("check", "--job", job, "--events", one).out())
        .contains("events     1", "rejects    0");
    Path events = Files.write(folder.resolve("clicks.jsonl"), events());
    assertThat(Commands.succeed("check", "--job", job, "--events", events).out())
        .contains(
            "events     6,000", "rejects    0", "2024-05-01T00:00:00Z to 2024-05-03T23:59:16Z")
        .doesNotContain("warn");
    Path run = folder.resolve("run");
    String printed =
        Commands.succeed("train", "--job", job, "--events", events, "--run-dir", run).out();
    assertThat(printed)
        .contains("events: 6,000 read = 6,000 trained", "modulo, like bytes")
        .doesNotContain("warn");
    assertThat(run.resolve("report.html")).exists();
    Path scores = folder.resolve("scores.csv");
    Commands.succeed(
        "score",
        "--model",
        run.resolve("models/two-level"),
        "--events",
        events,
        "--output",
        scores);
    assertThat(Files.readAllLines(scores)).hasSize(1 + DAYS * PER_DAY);
  }
}
