package io.millrace.tests.inputs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Law: a log in several files, packed or not, from disk or standard input, is the log. */
@Timeout(120)
class SeveralFilesTest {

  @TempDir static Path folder;

  private static Path job;
  private static List<String> rows;
  private static Path whole;
  private static Path run;

  @BeforeAll
  static void trainOnTheWhole() throws IOException {
    String arms = "arms:\n  - {name: two-level, hash: two-level, bytes: 10%}\n";
    job =
        Files.writeString(
            folder.resolve("job.yaml"), SmallStream.job().replaceAll("(?s)arms:.*", "") + arms);
    rows = SmallStream.lines(SmallStream.writeEvents(folder, 2));
    Path bad = Files.writeString(folder.resolve("whole.csv"), String.join("\n", rows) + "\nbad\n");
    whole = bad;
    run = train("whole", whole);
  }

  private static Path train(String name, Object... events) {
    Path to = folder.resolve("run-" + name);
    List<Object> args = new ArrayList<>(List.of("train", "--job", job, "--run-dir", to));
    args.add("--events");
    args.addAll(List.of(events));
    Commands.succeed(args.toArray());
    return to;
  }

  /** The rows from one to another as a file, behind the header. */
  private static byte[] part(int from, int to) {
    return (rows.get(0) + "\n" + String.join("\n", rows.subList(from, to)) + "\n").getBytes(UTF_8);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  private static void assertSameRun(Path other) throws IOException {
    for (String file : List.of("metrics.jsonl", "drift.jsonl", "switches.jsonl")) {
      assertThat(other.resolve(file)).hasSameTextualContentAs(run.resolve(file));
    }
    assertThat(counts(other)).isEqualTo(counts(run)).contains("\"read\":4001");
  }

  private static String counts(Path of) throws IOException {
    return Files.readString(of.resolve("counts.jsonl")).replaceAll("\"seconds\":\\{[^}]*}", "");
  }

  @Test
  void trainOnParts() throws IOException {
    Path logs = Files.createDirectory(folder.resolve("logs"));
    Files.write(logs.resolve("3.csv.gz"), gzip(part(1, 1_000)));
    Files.write(logs.resolve("1.csv"), part(1_000, 2_500));
    Files.write(logs.resolve("2.csv.zst"), Zstd.compress(part(2_500, rows.size())));
    Files.writeString(logs.resolve("1.csv"), "bad\n", StandardOpenOption.APPEND);
    Files.writeString(logs.resolve(".notes"), "not a log");
    Path other = train("folder", logs);
    assertSameRun(other);
    assertThat(Files.readString(other.resolve("rejects.jsonl")))
        .contains("\"row\":1500,")
        .contains("\"file\":\"" + logs.resolve("1.csv") + "\"");
    assertThat(Files.readString(other.resolve("run.json")))
        .contains("1.csv and 2 more")
        .contains("\"file\" : \"2.csv.zst\"");
    assertSameRun(train("pattern", logs + "/*.csv*"));
    assertSameRun(train("list", logs.resolve("2.csv.zst"), logs.resolve("3.csv.gz"), logs + "/1*"));
  }

  @Test
  void trainOnStandardInput() throws IOException {
    InputStream in = System.in;
    System.setIn(new ByteArrayInputStream(gzip(Files.readAllBytes(whole))));
    try {
      assertSameRun(train("stdin", "-"));
    } finally {
      System.setIn(in);
    }
    assertThat(Files.readString(folder.resolve("run-stdin/run.json"))).contains("standard input");
  }

  // What a gzip file holds after its end is said by every command that reads it to its end.
  @Test
  void bytesAfterGzipAreWarnedOf() throws IOException {
    byte[] zipped = gzip(part(1, 200));
    Path file = folder.resolve("joined.csv.gz");
    Files.write(file, zipped);
    Files.write(file, part(200, 400), StandardOpenOption.APPEND);
    String warning = "warn: " + file + ": the last ";
    assertThat(Commands.succeed("check", "--job", job, "--events", file).out()).contains(warning);
    Path to = folder.resolve("run-joined");
    assertThat(Commands.succeed("train", "--job", job, "--events", file, "--run-dir", to).out())
        .contains(warning);
    Path scores = folder.resolve("scores.csv");
    Path model = run.resolve("models/two-level");
    assertThat(
            Commands.succeed("score", "--model", model, "--events", file, "--output", scores).out())
        .contains(warning);
    assertThat(SmallStream.lines(scores)).hasSize(200);
  }

  // Scores come in the order given, row by row.
  @Test
  void scoreParts() throws IOException {
    Path model = run.resolve("models/two-level");
    Path scores = folder.resolve("all.csv");
    Path parts = folder.resolve("parts.csv");
    Commands.succeed("score", "--model", model, "--events", whole, "--output", scores);
    Path first = Files.write(folder.resolve("z.csv"), part(1, 900));
    Path second = Files.write(folder.resolve("a.csv.zst"), Zstd.compress(part(900, rows.size())));
    Commands.succeed("score", "--model", model, "--events", first, second, "--output", parts);
    List<String> all = SmallStream.lines(scores);
    assertThat(SmallStream.lines(parts)).isEqualTo(all.subList(0, all.size() - 1));
  }

  // A check names the file of a reject where there are several.
  @Test
  void checkNamesTheFile() throws IOException {
    Path good = Files.write(folder.resolve("good.csv"), part(1, 10));
    Path bad = Files.writeString(folder.resolve("bad.csv"), rows.get(0) + "\nno row\n");
    String out = Commands.succeed("check", "--job", job, "--events", good, "--events", bad).out();
    assertThat(out)
        .contains(good + " and 1 more: 10 rows, the whole file")
        .contains("the first in row 0 of " + bad + ": a row must have");
  }
}
