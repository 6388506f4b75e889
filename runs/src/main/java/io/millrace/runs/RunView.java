package io.millrace.runs;

import io.millrace.store.FolderTree;
import io.millrace.store.ObjectStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run directory that is read: one on a disk, or one in a store, of which there is a copy in the
 * folder for temporary files until this is closed or the process ends.
 */
public final class RunView implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(RunView.class);

  private final Path dir;
  private final ObjectStore store;
  private final RunMirror mirror;

  private RunView(Path dir, ObjectStore store, RunMirror mirror) {
    this.dir = dir;
    this.store = store;
    this.mirror = mirror;
  }

  /** A run on a disk; its directory need not be there yet. */
  public static RunView of(Path dir) {
    return new RunView(dir, null, null);
  }

  /**
   * A run in a store. Nothing is copied before {@link #refresh}.
   *
   * @throws IOException if there is no room for the copy
   */
  public static RunView of(ObjectStore store) throws IOException {
    String name = store.place("").replaceAll(".*/", "");
    Path dir = Files.createTempDirectory("millrace-run-").resolve(name.isEmpty() ? "run" : name);
    RunView view = new RunView(dir, store, new RunMirror(store, dir));
    Runtime.getRuntime().addShutdownHook(new Thread(view::closeAtEnd, "copy-of-run"));
    return view;
  }

  /** The directory of the files, or of their copies. */
  public Path dir() {
    return dir;
  }

  /** The path or URI of a file, as a user would write it; the empty name is the run directory. */
  public String place(String name) {
    return store == null ? dir.resolve(name).toString() : store.place(name);
  }

  /** The maps of the run. */
  public MapFolder maps() {
    return store == null
        ? new MapFolder(dir.resolve(RunFiles.MAPS))
        : new MapFolder(store.below(RunFiles.MAPS));
  }

  /**
   * Copies what has changed, if the run is in a store; for any thread.
   *
   * @throws IOException if the store cannot be read
   */
  public void refresh() throws IOException {
    if (mirror != null) {
      mirror.refresh();
    }
  }

  /** Writes a file of the copy to the store, if the run is in one. */
  public void put(String name) throws IOException {
    if (store != null) {
      Path file = dir.resolve(name);
      store.overwrite(name, out -> Files.copy(file, out));
    }
  }

  private void closeAtEnd() {
    try {
      close();
    } catch (IOException e) {
      LOG.warn("the copy {} of the run stays", dir, e);
    }
  }

  @Override
  public void close() throws IOException {
    if (mirror != null) {
      FolderTree.delete(dir.toAbsolutePath().getParent());
    }
  }
}
