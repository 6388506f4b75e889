package io.millrace.serving.http;

import io.millrace.snapshot.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the folder of {@code --model} holds.
 *
 * @param kind what it is
 * @param folder the folder of the arm, the version or the arms; below it that of a run
 */
record ServedFolder(Kind kind, Path folder) {

  private static final String MODELS = "models";

  /** Kinds of folders. */
  enum Kind {
    /** One version of a model. */
    VERSION,
    /** An arm, whose versions are followed. */
    ARM,
    /** Folders of arms. */
    ARMS,
    /** Nothing yet. */
    NONE
  }

  /**
   * Looks what a folder holds.
   *
   * @throws NoSuchFileException if it holds other things than models
   */
  static ServedFolder of(Path folder) throws IOException {
    if (ModelFolder.isPublished(folder)) {
      boolean arm = Files.exists(folder.resolve(ModelFolder.LATEST));
      return new ServedFolder(arm ? Kind.ARM : Kind.VERSION, folder);
    }
    Path models = folder.resolve(MODELS);
    if (Files.isDirectory(models) || Files.exists(folder.resolve("run.json"))) {
      return new ServedFolder(Kind.ARMS, models);
    }
    if (folder.endsWith(MODELS) || !arms(folder).isEmpty()) {
      return new ServedFolder(Kind.ARMS, folder);
    }
    if (isEmpty(folder)) {
      return new ServedFolder(Kind.NONE, folder);
    }
    throw new NoSuchFileException(
        folder
            + " (a published model has a manifest.json, an arm's folder a LATEST, a run's folder a"
            + " folder models)");
  }

  /** The folders of arms in a folder, by name; none if it does not exist. */
  static List<Path> arms(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children
          .filter(child -> Files.exists(child.resolve(ModelFolder.LATEST)))
          .sorted()
          .toList();
    }
  }

  /** Whether nothing was written into a folder yet; a first version may be on its way. */
  private static boolean isEmpty(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return true;
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children.allMatch(child -> child.getFileName().toString().matches("\\..*|v\\d+"));
    }
  }
}
