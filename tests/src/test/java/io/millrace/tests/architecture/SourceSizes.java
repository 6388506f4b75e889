package io.millrace.tests.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Files and packages of source code that are larger than a reader can keep in mind. */
final class SourceSizes {

  private final int maxLines;
  private final int maxFiles;
  private final Map<String, String> exceptions;

  /**
   * Bounds.
   *
   * @param maxLines of a file
   * @param maxFiles of a package
   * @param exceptions names of files that may be longer, with the reason
   */
  SourceSizes(int maxLines, int maxFiles, Map<String, String> exceptions) {
    this.maxLines = maxLines;
    this.maxFiles = maxFiles;
    this.exceptions = exceptions;
  }

  /** What breaks the bounds below one folder of sources, a sentence each. */
  List<String> broken(Path sources) {
    List<String> broken = new ArrayList<>();
    Map<Path, Integer> files = new TreeMap<>();
    for (Path file : sourceFiles(sources)) {
      files.merge(file.getParent(), 1, Integer::sum);
      int lines = lines(file);
      if (lines > maxLines && !exceptions.containsKey(file.getFileName().toString())) {
        broken.add("%s must have at most %d lines but has %d".formatted(file, maxLines, lines));
      }
    }
    files.forEach(
        (folder, n) -> {
          if (n > maxFiles) {
            broken.add("%s must have at most %d files but has %d".formatted(folder, maxFiles, n));
          }
        });
    return broken;
  }

  private static List<Path> sourceFiles(Path sources) {
    try (Stream<Path> all = Files.walk(sources)) {
      return all.filter(file -> file.toString().matches(".*\\.(java|js)")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int lines(Path file) {
    try {
      return Files.readAllLines(file).size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
