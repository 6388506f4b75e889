package io.millrace.tests.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Laws of the simulated schedule, {@code tests/scaling/schedule.py}. */
class ScheduleTest {
  private final Map<String, Double> costs = new TreeMap<>();

  @TempDir Path folder;

  /** All that is exchanged costs nothing. */
  @BeforeEach
  void free() throws IOException, InterruptedException {
    assumeTrue(python("--version") == 0, "no python3 on the PATH");
    for (String figure :
        List.of(
            "order and deal",
            "write an event",
            "read an event",
            "give a change",
            "read a change",
            "merge and report",
            "write a merge",
            "take a merge",
            "topic",
            "decode")) {
      costs.put(figure, 0.0);
    }
    costs.putAll(
        Map.of(
            "step", 100.0,
            "events of a change", 1000.0,
            "rows of a change", 1000.0,
            "rows of a merge", 4000.0,
            "bytes of a change", 50.0,
            "bytes of a merge", 50.0));
  }

  // Law: with nothing but steps, P replicas are almost P times as fast; the last one of an interval
  // has somewhat more events than the others.
  @Test
  void freeExchangeScales() throws IOException, InterruptedException {
    List<Double> rates = rates();
    assertThat(rates.get(0)).isCloseTo(10_000, within(1.0));
    assertThat(rates.get(2)).isBetween(3.5 * rates.get(0), 4.1 * rates.get(0));
    assertThat(rates.get(6)).isBetween(50 * rates.get(0), 65 * rates.get(0));
  }

  // Law: 10 us of the student for an event are 100,000 events a second at most, with any number of
  // replicas, and that is reached.
  @Test
  void theStudentBounds() throws IOException, InterruptedException {
    costs.put("order and deal", 8.0);
    costs.put("merge and report", 2.0);
    List<Double> rates = rates();
    assertThat(rates).allMatch(rate -> rate <= 100_000);
    assertThat(rates.get(6)).isCloseTo(100_000, within(3_000.0));
  }

  // Law: 50 bytes a row and an event, at 1 s a megabyte, are 20,000 events a second.
  @Test
  void theTopicBounds() throws IOException, InterruptedException {
    costs.put("topic", 1e6);
    assertThat(rates().get(6)).isCloseTo(20_000, within(600.0));
  }

  /** Events a second of the first table, by number of replicas. */
  private List<Double> rates() throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>(List.of("bench,figure,value"));
    costs.forEach((figure, value) -> lines.add("ReplicaStagesBench," + figure + "," + value));
    Path file = Files.write(folder.resolve("costs.csv"), lines);
    Path figure = folder.resolve("figure.svg");
    assertThat(python(script(), "--costs", file.toString(), "--figure", figure.toString()))
        .as(printed())
        .isZero();
    assertThat(figure).content().contains("</svg>");
    return printed()
        .lines()
        .filter(line -> line.matches("\\| \\d+ \\|.*"))
        .limit(7)
        .map(line -> Double.valueOf(line.split("\\|")[2].strip().replace(",", "")))
        .toList();
  }

  private static String script() {
    return ProjectRoot.find().resolve("tests/scaling/schedule.py").toString();
  }

  private String printed() throws IOException {
    return Files.readString(folder.resolve("printed.txt"), UTF_8);
  }

  private int python(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("printed.txt").toFile())
        .start()
        .waitFor();
  }
}
