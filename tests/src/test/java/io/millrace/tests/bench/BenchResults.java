package io.millrace.tests.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Appends the figures of benchmarks to the file that {@code -Dbench.results} names, {@code
 * docs/benchmarks.csv} with {@code -Pbench}, so that they can be compared by commit and machine.
 *
 * <pre>
 * date      when the figure was measured, UTC
 * commit    of the sources, with -dirty if they had changed
 * bench, figure, value, unit
 * cpu, cores, jvm, os, load     the machine, and how busy it was in the last minute
 * threads   OMP_NUM_THREADS
 * heap_mb   most heap of the process
 * settings  all bench.* properties that were given, as name=value
 * </pre>
 *
 * <p>The form is that of RFC 4180: a cell with a comma or a quote is in quotes.
 */
public final class BenchResults {
  static final String HEADER =
      "date,commit,bench,figure,value,unit,cpu,cores,jvm,os,load,threads,heap_mb,settings";

  private static final String PREFIX = "bench.";
  private static final String FILE = "bench.results";

  /** Changes with every figure, and so says nothing of the sources. */
  private static final String OWN = "docs/benchmarks.csv";

  private BenchResults() {}

  /** Appends a figure, if a file is named; a value that is not finite is refused. */
  public static void add(Class<?> bench, String figure, double value, String unit) {
    String file = System.getProperty(FILE, "");
    if (!file.isEmpty()) {
      append(Path.of(file), bench, figure, value, unit);
    }
  }

  static void append(Path file, Class<?> bench, String figure, double value, String unit) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(figure + " must be finite but was " + value);
    }
    try {
      if (!Files.exists(file)) {
        Files.writeString(file, HEADER + "\n", UTF_8);
      }
      String line = line(bench, figure, value, unit);
      Files.writeString(file, line + "\n", UTF_8, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String line(Class<?> bench, String figure, double value, String unit)
      throws IOException {
    Runtime runtime = Runtime.getRuntime();
    return Stream.of(
            Instant.now().truncatedTo(ChronoUnit.SECONDS),
            commit(),
            bench.getSimpleName(),
            figure,
            value,
            unit,
            cpu(),
            runtime.availableProcessors(),
            System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
            System.getProperty("os.name") + " " + System.getProperty("os.version"),
            Processor.load(),
            System.getenv().getOrDefault("OMP_NUM_THREADS", ""),
            runtime.maxMemory() >> 20,
            settings())
        .map(cell -> quoted(cell.toString()))
        .collect(Collectors.joining(","));
  }

  private static String quoted(String cell) {
    return cell.matches("[^,\"\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }

  private static String commit() throws IOException {
    String head = git("rev-parse", "--short=12", "HEAD");
    String changed = git("status", "--porcelain", "--", ".", ":(exclude)" + OWN);
    return head.matches("[0-9a-f]{7,40}") ? head + (changed.isEmpty() ? "" : "-dirty") : "unknown";
  }

  private static String git(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    Process git =
        new ProcessBuilder(command)
            .directory(ProjectRoot.find().toFile())
            .redirectErrorStream(true)
            .start();
    return new String(git.getInputStream().readAllBytes(), UTF_8).strip();
  }

  private static String cpu() throws IOException {
    Path info = Path.of("/proc/cpuinfo");
    if (!Files.exists(info)) {
      return "unknown";
    }
    try (Stream<String> lines = Files.lines(info, UTF_8)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    }
  }

  private static String settings() {
    List<String> given = new ArrayList<>();
    for (String name : new TreeSet<>(System.getProperties().stringPropertyNames())) {
      if (name.startsWith(PREFIX) && !name.equals(FILE)) {
        given.add(name.substring(PREFIX.length()) + "=" + System.getProperty(name));
      }
    }
    return String.join(" ", given);
  }
}
