package io.millrace.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the folder of shared material: MILLRACE_SHARED, or "shared" beside a folder above. */
final class SharedFolder {

  private SharedFolder() {}

  static Optional<Path> find(String child) {
    String given = System.getenv("MILLRACE_SHARED");
    if (given != null) {
      return Optional.of(Path.of(given, child)).filter(Files::isDirectory);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared").resolve(child);
      if (Files.isDirectory(folder)) {
        return Optional.of(folder);
      }
    }
    return Optional.empty();
  }
}
