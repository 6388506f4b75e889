package io.millrace.tests;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the project's files, wherever the tests were started from. */
public final class ProjectRoot {
  private ProjectRoot() {}

  /** The folder that holds the parent pom and the launcher. */
  public static Path find() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null && !Files.exists(folder.resolve("mvnw"))) {
      folder = folder.getParent();
    }
    if (folder == null) {
      throw new IllegalStateException("no mvnw above " + Path.of("").toAbsolutePath());
    }
    return folder;
  }
}
