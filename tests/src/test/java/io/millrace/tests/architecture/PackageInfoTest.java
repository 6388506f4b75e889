package io.millrace.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Law: every package opens with a sentence that helps. */
class PackageInfoTest {
  private static final int SENTENCE = 40;

  @Test
  void everyPackageSaysWhatItIsFor() throws IOException {
    Path root = ProjectRoot.find();
    List<Path> packages = packages(root);
    assertThat(packages).isNotEmpty();
    List<String> silent = new ArrayList<>();
    for (Path folder : packages) {
      Path info = folder.resolve("package-info.java");
      if (!Files.exists(info) || comment(Files.readString(info)).length() < SENTENCE) {
        silent.add(root.relativize(folder).toString());
      }
    }
    assertThat(silent).as("packages without a package-info that says what they are for").isEmpty();
  }

  /** The Javadoc of a file, or nothing. */
  private static String comment(String source) {
    int start = source.indexOf("/**");
    int end = source.indexOf("*/", Math.max(start, 0));
    return start < 0 || end < 0 ? "" : source.substring(start + 3, end);
  }

  private static List<Path> packages(Path root) throws IOException {
    try (Stream<Path> modules = Files.list(root)) {
      return modules
          .map(module -> module.resolve("src/main/java"))
          .filter(Files::isDirectory)
          .flatMap(PackageInfoTest::foldersWithSources)
          .sorted()
          .toList();
    }
  }

  private static Stream<Path> foldersWithSources(Path sources) {
    try (Stream<Path> files = Files.walk(sources)) {
      return files
          .filter(f -> f.toString().endsWith(".java"))
          .map(Path::getParent)
          .distinct()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
