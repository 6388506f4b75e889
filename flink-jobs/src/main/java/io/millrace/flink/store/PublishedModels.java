package io.millrace.flink.store;

import io.millrace.runs.ArmMirrors;
import io.millrace.runs.RunFiles;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelMirror;
import io.millrace.store.FolderTree;
import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Published models in a local folder, or in a store by its URI: those of a version, of an arm, of
 * several arms, or of a run. Of a store there is a copy on local disk, in the folder for temporary
 * files, until this is closed.
 */
public final class PublishedModels implements AutoCloseable {

  private static final String MODELS = RunFiles.MODELS;

  private final String place;
  private final Path folder;
  private final ObjectStore store;
  private ModelMirror one;
  private ArmMirrors several;

  private PublishedModels(String place, Path folder, ObjectStore store) {
    this.place = place;
    this.folder = folder;
    this.store = store;
  }

  /**
   * Opens a folder of models.
   *
   * @param place a path or a URI; nothing need be there yet
   * @throws IllegalArgumentException if there is no file system for the URI
   * @throws IOException if the store cannot be read
   */
  public static PublishedModels at(String place) throws IOException {
    if (!Stores.isRemote(place)) {
      return new PublishedModels(place, Stores.local(place), null);
    }
    Stores.loadPlugins();
    String uri = Stores.absolute(place);
    ObjectStore store = open(uri);
    Path folder = Files.createTempDirectory("millrace-models-").resolve(uri.replaceAll(".*/", ""));
    PublishedModels models = new PublishedModels(uri, folder, store);
    try {
      models.look();
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

  /**
   * Looks into the store for what is there now, if nothing was, and for arms that are new. Copies
   * their pointers and manifests.
   *
   * @throws IOException if the store cannot be read
   */
  public void look() throws IOException {
    if (store == null || one != null) {
      return;
    }
    if (several == null) {
      recognise();
    }
    if (several != null) {
      several.find();
    }
  }

  private void recognise() throws IOException {
    Files.createDirectories(folder);
    if (store.exists(ModelFolder.LATEST) || store.exists(Manifest.FILE_NAME)) {
      one = new ModelMirror(store, folder);
      one.refresh();
    } else if (store.exists(RunFiles.RUN) || !store.list(MODELS).isEmpty()) {
      Path models = Files.createDirectories(folder.resolve(MODELS));
      several = new ArmMirrors(store.below(MODELS), models);
    } else {
      ArmMirrors arms = new ArmMirrors(store, folder);
      arms.find();
      several = arms.size() > 0 ? arms : null;
    }
  }

  /** The local folder of the models or their copy; tensors may still have to be fetched. */
  public Path folder() {
    return folder;
  }

  /** A text for users, in which the URI stands for the folder of the copy. */
  public String named(String text) {
    return store == null ? text : text.replace(folder.toString(), place);
  }

  /**
   * What copies an arm from a store; empty if it is local.
   *
   * @param arm its folder, or that of the version that is all there is
   */
  public Optional<ModelMirror> mirror(Path arm) {
    if (several != null) {
      return several.at(arm);
    }
    return Optional.ofNullable(one).filter(mirror -> mirror.folder().equals(arm));
  }

  /**
   * Copies the tensors of a version, if they are in a store and not here yet.
   *
   * @param version its folder
   * @throws IOException if they cannot be read, or are damaged
   */
  public void fetch(Path version) throws IOException {
    Optional<ModelMirror> mirror = mirror(version).or(() -> mirror(version.getParent()));
    if (mirror.isPresent()) {
      mirror.get().fetch(version);
    }
  }

  /** Makes servers stay at a version of an arm; see {@link ModelFolder#pin}. */
  public void pin(Path arm, long version) throws IOException {
    Optional<ModelMirror> mirror = mirror(arm);
    if (mirror.isPresent()) {
      mirror.get().pin(version);
    } else {
      ModelFolder.pin(arm, version);
    }
  }

  /** Lets servers follow the newest version of an arm again. */
  public void unpin(Path arm) throws IOException {
    Optional<ModelMirror> mirror = mirror(arm);
    if (mirror.isPresent()) {
      mirror.get().unpin();
    } else {
      ModelFolder.unpin(arm);
    }
  }

  @Override
  public void close() throws IOException {
    if (store != null) {
      FolderTree.delete(folder.getParent());
    }
  }
}
