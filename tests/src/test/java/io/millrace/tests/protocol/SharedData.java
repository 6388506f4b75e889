package io.millrace.tests.protocol;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.tests.ProjectRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Real click logs and reference implementations, which are no part of the project: a test that
 * finds none is skipped.
 */
public final class SharedData {

  private SharedData() {}

  /** A file of {@code data/}. */
  static Path file(String name) {
    return find("data/" + name);
  }

  /**
   * A file of the folder that MILLRACE_SHARED names, or of {@code shared} beside the project or one
   * folder above.
   */
  public static Path find(String path) {
    List<Path> folders = new ArrayList<>();
    String given = System.getenv("MILLRACE_SHARED");
    if (given != null) {
      folders.add(Path.of(given));
    }
    folders.add(ProjectRoot.find().resolve("../shared").normalize());
    folders.add(ProjectRoot.find().resolve("../../shared").normalize());
    for (Path folder : folders) {
      Path file = folder.resolve(path);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    assumeTrue(false, path + " is in none of " + folders + "; set MILLRACE_SHARED");
    throw new AssertionError("skipped above");
  }
}
