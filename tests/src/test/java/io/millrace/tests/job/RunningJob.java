package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.millrace.flink.cli.Millrace;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;

/**
 * {@code millrace run} in a process of its own, which a test can stop as a user or a fault does.
 */
public final class RunningJob implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path runDir;
  private final Path console;
  private final Process process;

  private RunningJob(Path runDir, Path console, Process process) {
    this.runDir = runDir;
    this.console = console;
    this.process = process;
  }

  /** Starts {@code millrace run --job job --run-dir runDir options}. */
  static RunningJob start(Path job, Path runDir, Object... options) throws IOException {
    return start(Millrace.class, "1g", job, runDir, options);
  }

  /** Starts it as a process that prints the memory it uses. */
  static RunningJob startSampled(Path job, Path runDir) throws IOException {
    return start(SampledProcess.class, "2g", job, runDir);
  }

  private static RunningJob start(
      Class<?> main, String heap, Path job, Path runDir, Object... options) throws IOException {
    List<String> args = new ArrayList<>();
    args.addAll(List.of("run", "--job", job.toString(), "--run-dir", runDir.toString()));
    for (Object option : options) {
      args.add(option.toString());
    }
    Path console = Files.createTempFile(job.getParent(), "console", ".txt");
    Process process = JavaProcess.start(console, heap, main.getName(), args);
    return new RunningJob(runDir, console, process);
  }

  /** Waits until a condition holds; a job that ends meanwhile is an error. */
  void until(Condition condition) {
    try {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .failFast("the job has ended", () -> !process.isAlive())
          .until(condition::holds);
    } catch (ConditionTimeoutException | TerminalFailureException e) {
      throw new AssertionError("the job said: " + console(), e);
    }
  }

  /** Waits until a condition holds, whatever runs. */
  static void waitFor(Condition condition) {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(condition::holds);
  }

  /** Waits until a file of the run has so many lines. */
  void untilLines(String file, int n) {
    until(() -> lines(file).size() >= n);
  }

  /** Waits until it has printed something. */
  void untilSaid(String text) {
    until(() -> console().contains(text));
  }

  /** Waits for a checkpoint that began after this call. */
  void nextCheckpoint() throws IOException {
    long now = number(newestCheckpoint(runDir));
    until(() -> number(newestCheckpoint(runDir)) > now + 1);
  }

  private static long number(Path checkpoint) {
    return checkpoint == null
        ? 0
        : Long.parseLong(checkpoint.getFileName().toString().substring("chk-".length()));
  }

  /** The newest complete checkpoint of a run, or null. */
  public static Path newestCheckpoint(Path runDir) throws IOException {
    return newestIn(runDir.resolve("checkpoints"));
  }

  /** The newest complete checkpoint below a folder, or null. */
  static Path newestIn(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      return null;
    }
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .map(Path::getParent)
          .max(Comparator.comparingLong(RunningJob::number))
          .orElse(null);
    } catch (UncheckedIOException e) {
      return newestIn(root); // a checkpoint was deleted meanwhile
    }
  }

  /** Whether it has a checkpoint to go on from. */
  boolean hasCheckpoint() throws IOException {
    return newestCheckpoint(runDir) != null;
  }

  /** Processor time that it has taken. */
  double processorNanos() {
    return process.info().totalCpuDuration().orElseThrow().toNanos();
  }

  /** Memory that its process has in use, from Linux's {@code /proc}. */
  long residentBytes() throws IOException {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    String line =
        Files.readAllLines(status, UTF_8).stream()
            .filter(l -> l.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
  }

  /** Where its results go. */
  Path runDir() {
    return runDir;
  }

  /** Lines of a file of the run so far. */
  List<String> lines(String file) throws IOException {
    Path path = runDir.resolve(file);
    return Files.exists(path) ? SmallStream.lines(path) : List.of();
  }

  /** What it has printed. */
  String console() {
    try {
      return Files.readString(console, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it has ended by itself; its exit code. */
  int awaitEnd() {
    waitFor(() -> !process.isAlive());
    return process.exitValue();
  }

  /** Ends it without a warning. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Stops it as Ctrl-C does. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }

  /** What a test waits for. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }
}
