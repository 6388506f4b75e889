package io.millrace.tests.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Processor time of this process by thread, those of the collector and the compiler included, from
 * Linux's {@code /proc}; elsewhere of no thread. Threads are looked at each second: what one takes
 * after its last look is not counted.
 */
final class ThreadTimes {
  private static final Path TASKS = Path.of("/proc/self/task");
  private static final double TICK_SECONDS = .01;

  private final Map<String, String> names = new HashMap<>();
  private final Map<String, Long> ticks = new HashMap<>();

  /** Starts to look. */
  static ThreadTimes start() {
    ThreadTimes times = new ThreadTimes();
    Thread thread = new Thread(times::lookOn, "thread-times");
    thread.setDaemon(true);
    thread.start();
    return times;
  }

  private void lookOn() {
    try {
      while (true) {
        look();
        Thread.sleep(1000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void look() {
    if (!Files.isDirectory(TASKS)) {
      return;
    }
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      for (Path task : tasks) {
        look(task);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void look(Path task) {
    try {
      String stat = Files.readString(task.resolve("stat"), UTF_8);
      int end = stat.lastIndexOf(')');
      String[] numbers = stat.substring(end + 2).split(" ");
      String id = task.getFileName().toString();
      names.put(id, stat.substring(stat.indexOf('(') + 1, end));
      ticks.put(id, Long.parseLong(numbers[11]) + Long.parseLong(numbers[12]));
    } catch (IOException e) {
      return; // the thread has ended
    }
  }

  /** Seconds by name of thread, numbers taken out of the names. */
  synchronized Map<String, Double> seconds() {
    look();
    Map<String, Double> seconds = new TreeMap<>();
    ticks.forEach(
        (id, n) ->
            seconds.merge(
                names.get(id).replaceAll("[0-9#]+", "").strip(), n * TICK_SECONDS, Double::sum));
    return seconds;
  }
}
