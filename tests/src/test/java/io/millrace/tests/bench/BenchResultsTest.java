package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: every line of a file of results has all cells of the header, and cells of their kinds. */
class BenchResultsTest {
  private static final Pattern CELL =
      Pattern.compile("\"((?:[^\"]|\"\")*)\"(?:,|$)|([^,\"]*)(?:,|$)");
  private static final List<String> NAMES = List.of(BenchResults.HEADER.split(","));

  @TempDir private Path folder;

  @Test
  void linesAreAppendedBelowOneHeader() throws IOException {
    Path file = folder.resolve("results.csv");
    BenchResults.append(file, BenchResultsTest.class, "time, \"warm\"", 1.5, "us");
    BenchResults.append(file, BenchResultsTest.class, "ratio", 1e-12, "x");
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(3).startsWith(BenchResults.HEADER);
    check(lines.subList(1, 3));
    assertThat(cell(lines.get(1), "bench")).isEqualTo("BenchResultsTest");
    assertThat(cell(lines.get(1), "figure")).isEqualTo("time, \"warm\"");
    assertThat(Double.parseDouble(cell(lines.get(1), "value"))).isEqualTo(1.5);
    assertThat(cell(lines.get(2), "unit")).isEqualTo("x");
    assertThat(Integer.parseInt(cell(lines.get(2), "cores"))).isPositive();
  }

  @Test
  void aFigureIsANumber() {
    Path file = folder.resolve("results.csv");
    assertThatThrownBy(
            () -> BenchResults.append(file, BenchResultsTest.class, "ratio", Double.NaN, "x"))
        .hasMessage("ratio must be finite but was NaN");
    assertThat(file).doesNotExist();
  }

  @Test
  void theProjectsOwnFileKeepsToTheForm() throws IOException {
    List<String> lines = Files.readAllLines(ProjectRoot.find().resolve("docs/benchmarks.csv"));
    assertThat(lines.get(0)).isEqualTo(BenchResults.HEADER);
    check(lines.subList(1, lines.size()));
  }

  private static void check(List<String> lines) {
    for (String line : lines) {
      assertThat(cells(line)).as(line).hasSameSizeAs(NAMES);
      assertThat(Instant.parse(cell(line, "date"))).isAfter(Instant.EPOCH);
      assertThat(cell(line, "commit")).matches("[0-9a-f]{7,40}(-dirty)?|unknown");
      assertThat(Double.parseDouble(cell(line, "value"))).isFinite();
    }
  }

  private static String cell(String line, String name) {
    return cells(line).get(NAMES.indexOf(name));
  }

  private static List<String> cells(String line) {
    return CELL.matcher(line)
        .results()
        .limit(NAMES.size() + 1L)
        .filter(m -> !m.group().isEmpty() || line.endsWith(","))
        .map(m -> m.group(1) == null ? m.group(2) : m.group(1).replace("\"\"", "\""))
        .toList();
  }
}
