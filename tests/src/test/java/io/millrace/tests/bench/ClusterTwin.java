package io.millrace.tests.bench;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.tests.ProjectRoot;
import io.millrace.tests.protocol.SharedData;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The numpy twin of the clustering, {@code reference/cluster_fast.py} of the shared folder, in a
 * process of its own, which clusters on command: {@code src/test/python/cluster_twin.py}. {@code
 * -Dpeer.python=PROGRAM} names a Python with numpy, by default {@code python3}.
 */
final class ClusterTwin implements AutoCloseable {
  private final Path data;
  private final int ids;
  private final Process process;
  private final PrintWriter commands;
  private final BufferedReader answers;

  /** Version of numpy. */
  final String version;

  /** What one clustering took, in nanoseconds, and its steps. */
  record Run(double cpuNanos, double wallNanos, int steps) {}

  /** Starts the twin on this input; skips the test where it is not there. */
  ClusterTwin(Path data, double[] values, double[] counts)
      throws IOException, InterruptedException {
    this.data = data;
    this.ids = values.length;
    Path reference = SharedData.find("reference/cluster_fast.py").getParent();
    assumeNumpy();
    write(data.resolve("values"), values);
    write(data.resolve("counts"), counts);
    Path script = ProjectRoot.find().resolve("tests/src/test/python/cluster_twin.py");
    process =
        new ProcessBuilder(python(), script.toString(), reference.toString(), data.toString())
            .redirectError(data.resolve("twin.log").toFile())
            .start();
    commands = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    version = answer();
  }

  private static String python() {
    return System.getProperty("peer.python", "python3");
  }

  private static void assumeNumpy() throws IOException, InterruptedException {
    Process numpy =
        new ProcessBuilder(python(), "-c", "import numpy")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assumeTrue(
        numpy.waitFor() == 0,
        "no twin: install Debian's python3-numpy, or name a Python with numpy with"
            + " -Dpeer.python=PROGRAM");
  }

  private static void write(Path file, double[] numbers) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(numbers);
    Files.write(file, bytes.array());
  }

  /**
   * Clusters once.
   *
   * @param cap on the ids of a row, 0 for none
   */
  Run cluster(int rows, int merges, int cap) throws IOException {
    commands.println("cluster " + rows + " " + merges + " " + cap);
    String[] answer = answer().split(" ");
    return new Run(
        Double.parseDouble(answer[0]), Double.parseDouble(answer[1]), Integer.parseInt(answer[2]));
  }

  /** Rows of the ids, as clustered last. */
  int[] rows() throws IOException {
    int[] rows = new int[ids];
    ByteBuffer.wrap(Files.readAllBytes(data.resolve("rows")))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asIntBuffer()
        .get(rows);
    return rows;
  }

  private String answer() throws IOException {
    String answer = answers.readLine();
    if (answer == null) {
      throw new IllegalStateException(
          "the twin ended: " + Files.readString(data.resolve("twin.log")));
    }
    return answer;
  }

  @Override
  public void close() {
    commands.close();
    process.destroy();
  }
}
