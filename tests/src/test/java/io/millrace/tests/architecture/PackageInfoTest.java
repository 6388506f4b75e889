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

/** Law: every package opens with a sentence that helps, and names types to read first. */
class PackageInfoTest {
  private static final int SENTENCE = 40;
  private static final String TYPE = "{@link io.millrace.";

  @Test
  void everyPackageSaysWhatItIsFor() throws IOException {
    Path root = ProjectRoot.find();
    List<Path> packages = packages(root);
    assertThat(packages).isNotEmpty();
    List<String> silent = new ArrayList<>();
    for (Path folder : packages) {
      Path info = folder.resolve("package-info.java");
      String comment = Files.exists(info) ? comment(Files.readString(info)) : "";
      if (comment.length() < SENTENCE || !unwrapped(comment).contains(TYPE)) {
        silent.add(root.relativize(folder).toString());
      }
    }
    assertThat(silent)
        .as("packages whose package-info does not say what they are for and what to read")
        .isEmpty();
  }

  /** The Javadoc of a file, or nothing. */
  private static String comment(String source) {
    int start = source.indexOf("/**");
    int end = source.indexOf("*/", Math.max(start, 0));
    return start < 0 || end < 0 ? "" : source.substring(start + 3, end);
  }

  private static String unwrapped(String comment) {
    return comment.replaceAll("\\s*\n \\*\\s*", " ");
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
