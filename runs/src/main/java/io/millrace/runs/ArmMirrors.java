package io.millrace.runs;

import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelMirror;
import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Copies on local disk of the published models of several arms that lie in a store, a folder for
 * each arm. Not for several threads at once.
 */
public final class ArmMirrors {

  private final ObjectStore from;
  private final Path folder;
  private final Map<String, ModelMirror> arms = new TreeMap<>();

  /**
   * Copies in which nothing is yet.
   *
   * @param from the folder of the arms
   * @param folder where copies go
   */
  public ArmMirrors(ObjectStore from, Path folder) {
    this.from = from;
    this.folder = folder;
  }

  /**
   * Looks for arms with a version, and copies the pointers and manifests of those that are new.
   *
   * @throws IOException if the store cannot be read
   */
  public void find() throws IOException {
    for (String name : from.list("")) {
      String arm = name.replace("/", "");
      if (name.endsWith("/") && !arms.containsKey(arm) && isArm(arm)) {
        ModelMirror mirror = new ModelMirror(from.below(arm), folder.resolve(arm));
        mirror.refresh();
        arms.put(arm, mirror);
      }
    }
  }

  private boolean isArm(String name) throws IOException {
    return from.exists(name + "/" + ModelFolder.LATEST);
  }

  /** The same, and copies what has changed of all arms. */
  public void refresh() throws IOException {
    find();
    for (ModelMirror arm : arms.values()) {
      arm.refresh();
    }
  }

  /** The mirror whose copy is in a folder. */
  public Optional<ModelMirror> at(Path copy) {
    return arms.values().stream().filter(arm -> arm.folder().equals(copy)).findFirst();
  }

  /** How many arms have been found. */
  public int size() {
    return arms.size();
  }
}
