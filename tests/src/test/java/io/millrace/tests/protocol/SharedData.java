package io.millrace.tests.protocol;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.tests.ProjectRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Real click logs, which are no part of the project: a test that finds none is skipped. */
final class SharedData {

  private SharedData() {}

  /**
   * A file of {@code data/}, in the folder that MILLRACE_SHARED names, or in {@code shared} beside
   * the project or one folder above.
   */
  static Path file(String name) {
    List<Path> folders = new ArrayList<>();
    String given = System.getenv("MILLRACE_SHARED");
    if (given != null) {
      folders.add(Path.of(given));
    }
    folders.add(ProjectRoot.find().resolve("../shared").normalize());
    folders.add(ProjectRoot.find().resolve("../../shared").normalize());
    for (Path folder : folders) {
      Path file = folder.resolve("data").resolve(name);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    assumeTrue(false, "data/" + name + " is in none of " + folders + "; set MILLRACE_SHARED");
    throw new AssertionError("skipped above");
  }
}
