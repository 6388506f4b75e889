package io.millrace.tests.chain;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.tests.job.JavaProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One program of the chain, which can be killed and started again. */
final class Part implements AutoCloseable {

  private final String name;
  private final String heap;
  private final Path folder;
  private Process process;
  private Path console;
  private int starts;

  /**
   * A program that does not run yet.
   *
   * @param heap as in {@code -Xmx}
   * @param folder where what it prints goes
   */
  Part(String name, String heap, Path folder) {
    this.name = name;
    this.heap = heap;
    this.folder = folder;
  }

  /** Starts it. */
  void start(Class<?> main, List<String> args) throws IOException {
    console = folder.resolve(name + "-" + starts++ + ".txt");
    process = JavaProcess.start(console, heap, main.getName(), args);
  }

  /** Ends it without a warning. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Whether it runs; one that has ended by itself is an error. */
  boolean says(String text) {
    if (!process.isAlive()) {
      throw new AssertionError("the " + name + " has ended and said: " + console());
    }
    return console().contains(text);
  }

  /** What it has printed since its last start. */
  String console() {
    try {
      return Files.exists(console) ? Files.readString(console, UTF_8) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (process != null) {
      kill();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
