package io.millrace.snapshot;

import io.millrace.store.FolderTree;
import io.millrace.store.ObjectStore;
import io.millrace.store.ObjectStore.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An arm's published models in an object store, with the layout and the promises of {@link
 * ModelFolder}; {@link ModelMirror} reads them.
 *
 * <p>Tensors are written before the manifest of their version, and the pointer last. So a reader
 * that begins at the pointer, or at a manifest, finds a whole version. Lists of the store serve to
 * delete old versions, and to continue their numbers beside the pointer. Not for several threads at
 * once.
 */
public final class ModelStore {

  private static final String MANIFEST = "/" + Manifest.FILE_NAME;

  private final ObjectStore arm;

  /** Manifests by their version, as one that is there seldom changes. */
  private final Map<String, Manifest> manifests = new HashMap<>();

  /** The models in a folder of a store, which the first version makes. */
  public ModelStore(ObjectStore arm) {
    this.arm = arm;
  }

  /**
   * Publishes a version and moves the pointer to it. One that is there already with equal bytes
   * stays as it is.
   *
   * @param model the content
   * @param origin where it comes from; names the version
   * @param keep versions to keep; others are deleted, but not the pinned one
   * @throws SupersededException as {@link ModelFolder#publish}
   */
  public void publish(PublishedModel model, Origin origin, Retention keep) throws IOException {
    checkEpoch(origin);
    Path temporary = Files.createTempDirectory("millrace-model-");
    Path version = temporary.resolve(ModelFolder.versionName(origin.modelVersion()));
    try {
      ModelFolder.publish(temporary, model, origin, 1);
      upload(version, origin);
    } finally {
      for (Path folder : List.of(version, temporary)) {
        FolderTree.delete(folder);
      }
    }
    retain(keep, version.getFileName().toString());
  }

  private void upload(Path version, Origin origin) throws IOException {
    String name = version.getFileName().toString();
    byte[] manifest = Files.readAllBytes(version.resolve(Manifest.FILE_NAME));
    if (!Arrays.equals(manifest, read(name + MANIFEST).orElse(null))) {
      Path tensors = version.resolve(ModelFolder.TENSORS);
      arm.overwrite(name + "/" + ModelFolder.TENSORS, out -> Files.copy(tensors, out));
      checkEpoch(origin);
      manifests.remove(name);
      arm.overwrite(name + MANIFEST, Content.of(manifest));
    }
    byte[] pointer = (name + "\n").getBytes(StandardCharsets.US_ASCII);
    arm.overwrite(ModelFolder.LATEST, Content.of(pointer));
  }

  private void checkEpoch(Origin origin) throws IOException {
    if (ModelFolder.epoch(origin) == 0) {
      return;
    }
    Set<String> there = new LinkedHashSet<>();
    there.add(ModelFolder.versionName(origin.modelVersion()));
    latest().ifPresent(there::add);
    for (String version : there) {
      manifests.remove(version);
      ModelFolder.checkEpoch(origin, epoch(version), arm.place(version));
    }
  }

  private Optional<String> latest() throws IOException {
    return pointer(ModelFolder.LATEST).filter(ModelFolder::isVersion);
  }

  private Optional<String> pointer(String name) throws IOException {
    return read(name).map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip());
  }

  private Optional<byte[]> read(String key) throws IOException {
    try {
      return Optional.of(arm.read(key));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Deletes old versions, but not the pinned one: it stays even if its pointer is damaged. */
  private void retain(Retention keep, String latest) throws IOException {
    String pinned = pointer(ModelFolder.PINNED).orElse("");
    if (!pinned.isEmpty() && !ModelFolder.isVersion(pinned)) {
      return;
    }
    List<String> versions = versions();
    manifests.keySet().retainAll(versions);
    Map<String, Long> times = keep.hours() > 0 ? lastEventTimes(versions) : Map.of();
    for (String version : keep.outdated(versions, v -> times.getOrDefault(v, Long.MIN_VALUE))) {
      if (!version.equals(latest) && !version.equals(pinned)) {
        arm.delete(version + MANIFEST);
        arm.delete(version + "/" + ModelFolder.TENSORS);
      }
    }
  }

  private Map<String, Long> lastEventTimes(List<String> versions) throws IOException {
    Map<String, Long> times = new HashMap<>();
    for (String version : versions) {
      manifest(version).ifPresent(m -> times.put(version, m.origin().lastEventTime()));
    }
    return times;
  }

  /** Names of all versions that are listed, and of the one that the pointer names; oldest first. */
  private List<String> versions() throws IOException {
    Set<String> versions = new LinkedHashSet<>();
    for (String name : arm.list("")) {
      String version = name.replace("/", "");
      if (name.endsWith("/") && ModelFolder.isVersion(version)) {
        versions.add(version);
      }
    }
    latest().ifPresent(versions::add);
    List<String> sorted = new ArrayList<>(versions);
    sorted.sort((a, b) -> Long.compare(number(a), number(b)));
    return sorted;
  }

  private static long number(String version) {
    return Long.parseLong(version.substring(1));
  }

  /** Empty for a version that is not there or damaged. */
  private Optional<Manifest> manifest(String version) throws IOException {
    if (!manifests.containsKey(version)) {
      Optional<byte[]> bytes = read(version + MANIFEST);
      if (bytes.isEmpty()) {
        return Optional.empty();
      }
      try {
        manifests.put(version, ManifestJson.read(bytes.get(), arm.place(version + MANIFEST)));
      } catch (IOException damaged) {
        return Optional.empty();
      }
    }
    return Optional.of(manifests.get(version));
  }

  private long epoch(String version) throws IOException {
    return manifest(version).map(m -> ModelFolder.epoch(m.origin())).orElse(0L);
  }

  /** Whether a version is there. */
  public boolean holds(long version) throws IOException {
    return arm.exists(ModelFolder.versionName(version) + MANIFEST);
  }

  /** Number of the newest version; 0 without one. */
  public long newest() throws IOException {
    return versions().stream().mapToLong(ModelStore::number).max().orElse(0);
  }

  /** Largest epoch of all versions; 0 without one. */
  public long newestEpoch() throws IOException {
    long newest = 0;
    for (String version : versions()) {
      newest = Math.max(newest, epoch(version));
    }
    return newest;
  }
}
