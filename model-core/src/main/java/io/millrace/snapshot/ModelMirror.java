package io.millrace.snapshot;

import io.millrace.math.XxHash64;
import io.millrace.store.LocalObjectStore;
import io.millrace.store.ObjectStore;
import io.millrace.store.ObjectStore.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A copy on local disk of published models that lie in an object store, with the same layout, so
 * that {@link ModelFolder} reads it.
 *
 * <p>{@link #refresh} copies pointers and manifests, {@link #fetch} the tensors of one version, and
 * checks them. Versions do not change, so each is copied once. A pointer is copied after the
 * manifest of its version. A list of the store serves to find older versions and to delete copies;
 * one that is stale costs no version that a pointer names. Not for several threads at once.
 */
public final class ModelMirror {

  private static final String MANIFEST = "/" + Manifest.FILE_NAME;

  private final ObjectStore from;
  private final Path folder;
  private final ObjectStore copy;
  private Optional<String> listedAt = Optional.empty();

  /**
   * A copy in which nothing is yet.
   *
   * @param from the folder of an arm, where the first version may still come, or of a version
   * @param folder an empty folder, or one that is not there yet
   */
  public ModelMirror(ObjectStore from, Path folder) {
    this.from = from;
    this.folder = folder;
    this.copy = new LocalObjectStore(folder);
  }

  /** The folder of the copy: that of the arm, or of the version. */
  public Path folder() {
    return folder;
  }

  /**
   * Copies pointers, and manifests that have changed. Lists the store when the newest version is
   * another than before.
   *
   * @throws IOException if the store cannot be read; the copy is then as whole as before
   */
  public void refresh() throws IOException {
    try {
      copyChanges();
    } catch (IOException e) {
      throw new IOException(from.place("") + " cannot be copied: " + e.getMessage(), e);
    }
  }

  private void copyChanges() throws IOException {
    Optional<String> latest = pointer(ModelFolder.LATEST);
    if (latest.isEmpty() && copyIfChanged(Manifest.FILE_NAME, "")) {
      return;
    }
    Optional<String> pinned = pointer(ModelFolder.PINNED);
    for (Optional<String> version : List.of(latest, pinned)) {
      if (version.isPresent() && ModelFolder.isVersion(version.get().strip())) {
        copyManifest(version.get().strip());
      }
    }
    if (!latest.equals(listedAt)) {
      copyListed(List.of(latest.orElse("").strip(), pinned.orElse("").strip()));
      listedAt = latest;
    }
    point(ModelFolder.LATEST, latest);
    point(ModelFolder.PINNED, pinned);
  }

  private Optional<String> pointer(String name) throws IOException {
    return read(from, name).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private static Optional<byte[]> read(ObjectStore store, String key) throws IOException {
    try {
      return Optional.of(store.read(key));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private void point(String name, Optional<String> text) throws IOException {
    if (text.isEmpty()) {
      copy.delete(name);
    } else {
      byte[] bytes = text.get().getBytes(StandardCharsets.UTF_8);
      if (!Arrays.equals(read(copy, name).orElse(null), bytes)) {
        copy.overwrite(name, Content.of(bytes));
      }
    }
  }

  /** Copies a version's manifest; returns whether there is one. */
  private boolean copyManifest(String version) throws IOException {
    return copyIfChanged(version + MANIFEST, version);
  }

  private boolean copyIfChanged(String manifest, String version) throws IOException {
    Optional<byte[]> there = read(from, manifest);
    if (there.isPresent() && !Arrays.equals(there.get(), read(copy, manifest).orElse(null))) {
      forget(version);
      copy.overwrite(manifest, Content.of(there.get()));
    }
    return there.isPresent();
  }

  /** Deletes the copy of a version. */
  private void forget(String version) throws IOException {
    for (String file : copy.list(version)) {
      if (!file.endsWith("/")) {
        copy.delete(version.isEmpty() ? file : version + "/" + file);
      }
    }
    if (!version.isEmpty()) {
      Files.deleteIfExists(folder.resolve(version));
    }
  }

  /** Makes the copy have the versions that are listed, besides those that pointers name. */
  private void copyListed(List<String> pointed) throws IOException {
    List<String> listed = versions(from);
    for (String version : listed) {
      if (!pointed.contains(version) && !copy.exists(version + MANIFEST)) {
        copyManifest(version);
      }
    }
    for (String version : versions(copy)) {
      if (!pointed.contains(version) && !listed.contains(version)) {
        forget(version);
      }
    }
  }

  private static List<String> versions(ObjectStore store) throws IOException {
    List<String> versions = new ArrayList<>();
    for (String name : store.list("")) {
      String version = name.replace("/", "");
      if (name.endsWith("/") && ModelFolder.isVersion(version)) {
        versions.add(version);
      }
    }
    return versions;
  }

  /**
   * Copies the tensors of a version, unless they are there.
   *
   * @param version its folder in the copy
   * @throws NoSuchFileException if the version was deleted from the store
   * @throws IOException if its manifest is damaged, or a file is another than its manifest says
   */
  public void fetch(Path version) throws IOException {
    String prefix = version.equals(folder) ? "" : version.getFileName() + "/";
    for (Manifest.FileEntry file : ModelFolder.manifest(version).files()) {
      String key = prefix + VersionFiles.fileName(version, file);
      if (!copy.exists(key)) {
        copy.overwrite(key, out -> copyChecked(key, file, out));
      }
    }
  }

  private void copyChecked(String key, Manifest.FileEntry file, OutputStream out)
      throws IOException {
    XxHash64.Stream checksum = new XxHash64.Stream(0);
    byte[] block = new byte[1 << 16];
    try (InputStream in = from.open(key)) {
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        checksum.update(block, 0, n);
        out.write(block, 0, n);
      }
    }
    VersionFiles.checkChecksum(from.place(key), file, checksum.value());
  }

  /**
   * Makes servers stay at a version, in the store.
   *
   * @throws NoSuchFileException if the version does not exist
   */
  public void pin(long version) throws IOException {
    String name = ModelFolder.versionName(version);
    if (!from.exists(name + MANIFEST)) {
      throw new NoSuchFileException(from.place(name));
    }
    byte[] text = (name + "\n").getBytes(StandardCharsets.US_ASCII);
    from.overwrite(ModelFolder.PINNED, Content.of(text));
    refresh();
  }

  /** Lets servers follow the newest version again, in the store. */
  public void unpin() throws IOException {
    from.delete(ModelFolder.PINNED);
    refresh();
  }
}
