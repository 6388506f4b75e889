package io.millrace.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: no file of main code is longer than 450 lines, and no package has more than 32 files. */
class SourceSizesTest {

  /** Files that may be longer, with the reason. */
  private static final Map<String, String> EXCEPTIONS = Map.of();

  @TempDir Path dir;

  @Test
  void mainCodeKeepsThem() throws IOException {
    SourceSizes sizes = new SourceSizes(450, 32, EXCEPTIONS);
    List<Path> modules = sources();
    assertThat(modules).hasSizeGreaterThan(5);
    assertThat(modules).allSatisfy(sources -> assertThat(sizes.broken(sources)).isEmpty());
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> modules = Files.list(ProjectRoot.find())) {
      return modules
          .map(module -> module.resolve("src/main"))
          .filter(Files::isDirectory)
          .sorted()
          .toList();
    }
  }

  @Test
  void aLongFileIsFoundUnlessItIsDeclared() throws IOException {
    Path file = Files.writeString(dir.resolve("Long.java"), "\n".repeat(4));
    Files.writeString(dir.resolve("Short.java"), "\n".repeat(3));
    assertThat(new SourceSizes(3, 9, Map.of()).broken(dir))
        .containsExactly(file + " must have at most 3 lines but has 4");
    assertThat(new SourceSizes(3, 9, Map.of("Long.java", "a table")).broken(dir)).isEmpty();
  }

  @Test
  void aFullPackageIsFound() throws IOException {
    Path inner = Files.createDirectory(dir.resolve("inner"));
    for (String name : List.of("A.java", "B.java", "c.js", "notes.txt")) {
      Files.createFile(inner.resolve(name));
    }
    assertThat(new SourceSizes(3, 3, Map.of()).broken(dir)).isEmpty();
    assertThat(new SourceSizes(3, 2, Map.of()).broken(dir))
        .containsExactly(inner + " must have at most 2 files but has 3");
  }
}
