package io.millrace.flink.store;

import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelMirror;
import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Published models in a local folder, or in a store by its URI. Of a store there is a copy on local
 * disk, in the folder for temporary files, until this is closed.
 */
public final class PublishedModels implements AutoCloseable {

  private final Path folder;
  private final Optional<ModelMirror> mirror;

  private PublishedModels(Path folder, Optional<ModelMirror> mirror) {
    this.folder = folder;
    this.mirror = mirror;
  }

  /**
   * Opens a folder of models.
   *
   * @param place a path, or a URI of the folder of one arm or version; nothing need be there yet
   * @throws IllegalArgumentException if there is no file system for the URI, or arms are below it
   * @throws IOException if the store cannot be read
   */
  public static PublishedModels at(String place) throws IOException {
    if (!Stores.isRemote(place)) {
      return new PublishedModels(Stores.local(place), Optional.empty());
    }
    Stores.loadPlugins();
    ObjectStore store = open(place);
    checkNoArmsBelow(store);
    Path folder = Files.createTempDirectory("millrace-models-");
    PublishedModels models =
        new PublishedModels(folder, Optional.of(new ModelMirror(store, folder)));
    try {
      models.mirror.orElseThrow().refresh();
      return models;
    } catch (IOException | RuntimeException e) {
      models.close();
      throw e;
    }
  }

  private static ObjectStore open(String place) throws IOException {
    try {
      return Stores.open(place);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--model " + e.getMessage(), e);
    }
  }

  private static void checkNoArmsBelow(ObjectStore store) throws IOException {
    if (store.exists(ModelFolder.LATEST) || store.exists(Manifest.FILE_NAME)) {
      return;
    }
    for (String above : List.of("", "models/")) {
      for (String name : store.list(above.replace("/", ""))) {
        if (name.endsWith("/") && store.exists(above + name + ModelFolder.LATEST)) {
          throw new IllegalArgumentException(
              "--model must be the folder of one arm or version where it is a URI, such as %s, but was %s"
                  .formatted(
                      store.place(above + name.substring(0, name.length() - 1)), store.place("")));
        }
      }
    }
  }

  /** The local folder of the models or their copy; tensors may still have to be fetched. */
  public Path folder() {
    return folder;
  }

  /** What copies the models from a store; empty if they are local. */
  public Optional<ModelMirror> mirror() {
    return mirror;
  }

  /**
   * Copies the tensors of a version, if they are in a store and not here yet.
   *
   * @param version its folder
   * @throws IOException if they cannot be read, or are damaged
   */
  public void fetch(Path version) throws IOException {
    if (mirror.isPresent()) {
      mirror.get().fetch(version);
    }
  }

  /** Makes servers stay at a version; see {@link ModelFolder#pin}. */
  public void pin(long version) throws IOException {
    if (mirror.isPresent()) {
      mirror.get().pin(version);
    } else {
      ModelFolder.pin(folder, version);
    }
  }

  /** Lets servers follow the newest version again. */
  public void unpin() throws IOException {
    if (mirror.isPresent()) {
      mirror.get().unpin();
    } else {
      ModelFolder.unpin(folder);
    }
  }

  @Override
  public void close() throws IOException {
    if (mirror.isPresent() && Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
