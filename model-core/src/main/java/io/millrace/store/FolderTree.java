package io.millrace.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder of a local disk with all that is in it. */
public final class FolderTree {

  private FolderTree() {}

  /**
   * Deletes a folder, if it is there, and what is in it; links, but not what they lead to.
   *
   * @throws IOException if something cannot be deleted; the rest may be gone then
   */
  public static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      List<Path> all;
      try (Stream<Path> found = Files.walk(folder)) {
        all = found.sorted(Comparator.reverseOrder()).toList();
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      for (Path path : all) {
        Files.deleteIfExists(path);
      }
    }
  }
}
