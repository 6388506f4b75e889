package io.millrace.serving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Keeps a version that could not be read from being read at each look: its files may be large. It
 * is read again when its files have changed, and after pauses that double, up to a minute.
 */
final class ReadAgain {

  private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long LONGEST_NANOS = Duration.ofMinutes(1).toNanos();

  private List<String> files = List.of();
  private IOException failure;
  private long pauseNanos;
  private long failedAt;

  /**
   * Checks whether a version may be read.
   *
   * @throws IOException the failure of the last time, if the pause after it is not over
   */
  synchronized void check(Path version) throws IOException {
    boolean waits = failure != null && System.nanoTime() - failedAt < pauseNanos;
    if (waits && files(version).equals(files)) {
      throw failure;
    }
  }

  /** A version could not be read. */
  synchronized void failed(Path version, IOException why) {
    List<String> now = files(version);
    boolean same = now.equals(files);
    pauseNanos = same ? Math.min(2 * pauseNanos, LONGEST_NANOS) : FIRST_NANOS;
    files = now;
    failure = why;
    failedAt = System.nanoTime();
  }

  /** The files of a version with their sizes and times; the folder alone if it cannot be read. */
  private static List<String> files(Path version) {
    try (Stream<Path> children = Files.list(version)) {
      return children.sorted().map(ReadAgain::state).toList();
    } catch (IOException e) {
      return List.of(version.toString());
    }
  }

  private static String state(Path file) {
    try {
      BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
      return file + " " + is.size() + " " + is.lastModifiedTime().toMillis() + " " + is.fileKey();
    } catch (IOException e) {
      return file.toString();
    }
  }
}
