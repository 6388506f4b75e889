package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a process of a test is doing, for the message of a test that waits for it in vain. */
final class ProcessState {
  private static final int LINES = 25;

  private ProcessState() {}

  /**
   * Whether it runs, the warnings and last lines of its log, and the stacks of its threads that run
   * Millrace's code.
   *
   * @param console where it prints; its log is beside it, as {@link JavaProcess} starts it
   */
  static String describe(Path console, Process process) throws IOException {
    String alive = process.isAlive() ? "runs" : "ended with " + process.exitValue();
    String log = Files.readString(console, UTF_8) + read(Path.of(console + ".log"));
    return Stream.of(
            Stream.of(console.getFileName() + ": " + alive),
            last(log, line -> line.contains(" WARN ") || line.contains(" ERROR ")),
            last(log, line -> true),
            stacks(process))
        .flatMap(lines -> lines)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String read(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file, UTF_8) : "";
  }

  private static Stream<String> last(String text, Predicate<String> filter) {
    List<String> lines = text.lines().filter(filter).toList();
    return lines.subList(Math.max(0, lines.size() - LINES), lines.size()).stream();
  }

  private static Stream<String> stacks(Process process) throws IOException {
    if (!process.isAlive()) {
      return Stream.of();
    }
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Process dump =
        new ProcessBuilder(jcmd, Long.toString(process.pid()), "Thread.print")
            .redirectErrorStream(true)
            .start();
    String text = new String(dump.getInputStream().readAllBytes(), UTF_8);
    return Arrays.stream(text.split("\n\n")).filter(stack -> stack.contains("io.millrace"));
  }
}
