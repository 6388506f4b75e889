package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a training student takes, heap and other memory, against rows x (d or k) x 4 bytes and the
 * optimiser's state of the rows: at most 1.2 times; and nothing is allocated for an example.
 */
@Tag("bench")
class StudentMemoryBench {
  private static final long ROWS = (long) CriteoModel.FIELDS * CriteoModel.ROWS;

  /** Floats of a row, weights and state; floats of state for a parameter of the MLPs. */
  @ParameterizedTest
  @CsvSource({"plain, 16, 0", "rowwise, 17, 1", "mlet, 64, 0"})
  void student(String kind, int floats, int dense) throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "no /proc to read the memory from");
    long needed = (ROWS * floats + dense * CriteoModel.PARAMETERS) * Float.BYTES;
    Process child =
        new ProcessBuilder(command(kind)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor()).isZero();
    String[] figures = said.strip().split(" ");
    long taken = Long.parseLong(figures[0]);
    long allocated = StudentMemory.allocated(kind);
    System.out.printf(
        Locale.ROOT,
        "Student, %-8s needs %5.1f MB, takes %5.1f MB: %.2f x, target <= 1.20;"
            + " allocates %d bytes an example%n",
        kind,
        needed / 1e6,
        taken / 1e6,
        (double) taken / needed,
        allocated);
    BenchResults.add(
        StudentMemoryBench.class, kind + ", taken over needed", (double) taken / needed, "x");
    assertThat(taken).isGreaterThan(needed).isLessThan(needed * 6 / 5);
    assertThat(Long.parseLong(figures[1])).isGreaterThan(needed);
    assertThat(allocated).isLessThan(4);
  }

  private static List<String> command(String kind) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xms1g",
        "-Xmx1g",
        "-Xint",
        "-XX:+AlwaysPreTouch",
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        StudentMemory.class.getName(),
        kind);
  }
}
