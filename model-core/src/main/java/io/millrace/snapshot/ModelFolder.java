package io.millrace.snapshot;

import io.millrace.math.XxHash64;
import io.millrace.store.FolderTree;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder of an arm's published models, on a local or shared file system.
 *
 * <pre>
 * ARM/v000007/model.safetensors     weights, ids and maps, see ModelTensors
 * ARM/v000007/manifest.json         see Manifest
 * ARM/LATEST                        "v000007" and a line break
 * ARM/PINNED                        the same, if servers must stay at a version
 * </pre>
 *
 * <p>A version is written under a temporary name, forced to disk, and renamed in one step; the
 * pointer moves last, by a rename too. So a reader sees a whole version or none, whenever the
 * writer dies. Publishing a version again, as happens after a restart, gives the same bytes and is
 * fine. One writer an arm; servers and people write {@code PINNED} alone, and the version that it
 * names is not deleted. A writer that is not known to have ended may still be there after a
 * restart: it is refused once a run of a later epoch has published.
 */
public final class ModelFolder {

  /** Name of the pointer to the newest version. */
  public static final String LATEST = "LATEST";

  /** Name of the pointer to the version at which servers must stay. */
  public static final String PINNED = "PINNED";

  /** Name of the file that holds the tensors. */
  public static final String TENSORS = "model.safetensors";

  private static final String VERSION_PATTERN = "v\\d{6,18}";
  private static final String TEMPORARY = ".writing-";

  private ModelFolder() {}

  /** Whether a folder of this name holds a version. */
  static boolean isVersion(String name) {
    return name.matches(VERSION_PATTERN);
  }

  /** Folder name of a version, such as {@code v000007}. */
  public static String versionName(long version) {
    return String.format(Locale.ROOT, "v%06d", version);
  }

  /**
   * Publishes a version and moves the pointer to it.
   *
   * @param armFolder folder of the arm, made if absent
   * @param model the content
   * @param origin where it comes from; names the version
   * @param keep versions to keep, newest first, at least 1; older ones are deleted
   * @return the version's folder
   * @throws SupersededException as in the other method
   */
  public static Path publish(Path armFolder, PublishedModel model, Origin origin, int keep)
      throws IOException {
    return publish(armFolder, model, origin, new Retention(keep, 0));
  }

  /**
   * The same.
   *
   * @param keep versions to keep; others are deleted
   * @throws SupersededException if the version of this number, or the newest one, has a later epoch
   */
  public static Path publish(Path armFolder, PublishedModel model, Origin origin, Retention keep)
      throws IOException {
    Files.createDirectories(armFolder);
    checkEpoch(armFolder, origin);
    String name = versionName(origin.modelVersion());
    Path temporary = armFolder.resolve(TEMPORARY + name);
    FolderTree.delete(temporary);
    Files.createDirectory(temporary);
    Manifest.FileEntry tensors = writeTensors(temporary.resolve(TENSORS), model);
    byte[] manifest = ManifestJson.write(Manifest.of(model, origin, List.of(tensors)));
    writeForced(temporary.resolve(Manifest.FILE_NAME), manifest);
    force(temporary);
    Path folder = armFolder.resolve(name);
    checkEpoch(armFolder, origin);
    moveIntoPlace(temporary, folder, manifest);
    point(armFolder, LATEST, name, "");
    retain(armFolder, keep, name);
    return folder;
  }

  private static void checkEpoch(Path armFolder, Origin origin) throws IOException {
    if (epoch(origin) == 0) {
      return;
    }
    Path same = armFolder.resolve(versionName(origin.modelVersion()));
    Path latest =
        read(armFolder.resolve(LATEST))
            .filter(name -> name.matches(VERSION_PATTERN))
            .map(armFolder::resolve)
            .orElse(same);
    for (Path there : List.of(same, latest)) {
      checkEpoch(origin, epoch(there), there.toString());
    }
  }

  /**
   * Refuses a version if one that is there is of a later epoch.
   *
   * @param there the epoch of the one that is there
   * @param place where that one is, for the message
   */
  static void checkEpoch(Origin origin, long there, String place) throws SupersededException {
    if (there > epoch(origin)) {
      throw new SupersededException(
          ("%s: has epoch %d, so version %d of epoch %d is not published: another run of this arm"
                  + " has begun later; end this one, or give it a run directory of its own")
              .formatted(place, there, origin.modelVersion(), epoch(origin)));
    }
  }

  /** The epoch of a version; 0 if its student emits no updates. */
  static long epoch(Origin origin) {
    return origin.updates().map(Origin.UpdatesAt::epoch).orElse(0L);
  }

  /** 0 for a version that is not there or damaged: it may be replaced. */
  private static long epoch(Path version) {
    try {
      return epoch(manifest(version).origin());
    } catch (IOException damaged) {
      return 0;
    }
  }

  /** Largest epoch of all versions; 0 without one. */
  public static long newestEpoch(Path armFolder) throws IOException {
    return versions(armFolder).stream().mapToLong(ModelFolder::epoch).max().orElse(0);
  }

  /** An equal version stays as it is; one that differs, or is damaged, is replaced. */
  private static void moveIntoPlace(Path temporary, Path folder, byte[] manifest)
      throws IOException {
    if (Files.exists(folder)) {
      if (isIntact(folder, manifest)) {
        FolderTree.delete(temporary);
        return;
      }
      FolderTree.delete(folder);
    }
    Files.move(temporary, folder, StandardCopyOption.ATOMIC_MOVE);
    force(folder.getParent());
  }

  private static boolean isIntact(Path folder, byte[] manifest) throws IOException {
    Path old = folder.resolve(Manifest.FILE_NAME);
    if (!Files.exists(old) || !Arrays.equals(Files.readAllBytes(old), manifest)) {
      return false;
    }
    try {
      VersionFiles.check(folder, ManifestJson.read(manifest, old.toString()), Pace.full());
      return true;
    } catch (IOException damaged) {
      return false;
    }
  }

  private static void point(Path armFolder, String pointer, String name, String suffix)
      throws IOException {
    Path temporary = armFolder.resolve(TEMPORARY + pointer + suffix);
    writeForced(temporary, (name + "\n").getBytes(StandardCharsets.US_ASCII));
    Files.move(
        temporary,
        armFolder.resolve(pointer),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    force(armFolder);
  }

  /** Deletes old versions, but not the pinned one: it stays even if its pointer is damaged. */
  private static void retain(Path armFolder, Retention keep, String latest) throws IOException {
    List<Path> versions = versions(armFolder);
    String pinned = read(armFolder.resolve(PINNED)).orElse("");
    if (!pinned.isEmpty() && !pinned.matches(VERSION_PATTERN)) {
      return;
    }
    for (Path version : keep.outdated(versions, ModelFolder::lastEventTime)) {
      String name = version.getFileName().toString();
      if (!name.equals(latest) && !name.equals(pinned)) {
        FolderTree.delete(version);
      }
    }
  }

  private static long lastEventTime(Path version) {
    try {
      return manifest(version).origin().lastEventTime();
    } catch (IOException damaged) {
      return Long.MIN_VALUE;
    }
  }

  private static Optional<String> read(Path pointer) throws IOException {
    try {
      return Optional.of(new String(Files.readAllBytes(pointer), StandardCharsets.UTF_8).strip());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The version that a pointer names; empty if there is no pointer. */
  private static Optional<Path> pointed(Path pointer) throws IOException {
    Optional<String> name = read(pointer);
    if (name.isPresent() && !name.get().matches(VERSION_PATTERN)) {
      throw new IOException(
          pointer
              + ": must name a version such as v000001 but holds '"
              + JsonTree.shown(name.get())
              + "'");
    }
    return name.map(pointer::resolveSibling);
  }

  /**
   * Makes servers stay at a version, until {@link #unpin}. It is not deleted meanwhile.
   *
   * @throws NoSuchFileException if the version does not exist
   */
  public static void pin(Path armFolder, long version) throws IOException {
    String name = versionName(version);
    if (!Files.exists(armFolder.resolve(name).resolve(Manifest.FILE_NAME))) {
      throw new NoSuchFileException(armFolder.resolve(name).toString());
    }
    point(armFolder, PINNED, name, "-" + ProcessHandle.current().pid());
  }

  /** Lets servers follow the newest version again. */
  public static void unpin(Path armFolder) throws IOException {
    Files.deleteIfExists(armFolder.resolve(PINNED));
  }

  /**
   * Folder of the version at which servers must stay; empty if there is none.
   *
   * @throws IOException if the pointer is damaged
   */
  public static Optional<Path> pinned(Path armFolder) throws IOException {
    return pointed(armFolder.resolve(PINNED));
  }

  /** Folders of all versions, oldest first; the pointer need not name the last one. */
  public static List<Path> versions(Path armFolder) throws IOException {
    try (Stream<Path> children = Files.list(armFolder)) {
      return children
          .filter(path -> path.getFileName().toString().matches(VERSION_PATTERN))
          .sorted(Comparator.comparingLong(ModelFolder::number))
          .toList();
    }
  }

  /** Number of the version in a folder. */
  public static long number(Path version) {
    return Long.parseLong(version.getFileName().toString().substring(1));
  }

  private static Manifest.FileEntry writeTensors(Path file, PublishedModel model)
      throws IOException {
    Safetensors.Writer writer = new Safetensors.Writer();
    ModelTensors.add(model, writer);
    return writeForced(file, writer);
  }

  private static Manifest.FileEntry writeForced(Path file, Safetensors.Writer writer)
      throws IOException {
    XxHash64.Stream checksum = new XxHash64.Stream(0);
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        OutputStream out =
            new BufferedOutputStream(
                new HashingStream(Channels.newOutputStream(channel), checksum), 1 << 16)) {
      writer.writeTo(out);
      out.flush();
      channel.force(true);
    }
    return new Manifest.FileEntry(TENSORS, Files.size(file), checksum.value());
  }

  private static void writeForced(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    force(file);
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Whether a path leads to a version: it has a manifest or a pointer. */
  public static boolean isPublished(Path modelOrArm) {
    return Files.exists(modelOrArm.resolve(Manifest.FILE_NAME))
        || Files.exists(modelOrArm.resolve(LATEST));
  }

  /**
   * The version's folder that a path leads to: the path itself if it has a manifest, else the
   * version that its pointer names.
   *
   * @param modelOrArm a version's folder or an arm's
   * @throws IOException if it is neither
   */
  public static Path resolve(Path modelOrArm) throws IOException {
    if (Files.exists(modelOrArm.resolve(Manifest.FILE_NAME))) {
      return modelOrArm;
    }
    return pointed(modelOrArm.resolve(LATEST))
        .orElseThrow(
            () ->
                new NoSuchFileException(
                    modelOrArm
                        + " (a published model has a "
                        + Manifest.FILE_NAME
                        + ", an arm's folder a "
                        + LATEST
                        + ")"));
  }

  /**
   * Reads the manifest of a version.
   *
   * @param folder the version's folder
   * @throws IOException if it is damaged
   */
  public static Manifest manifest(Path folder) throws IOException {
    Path file = folder.resolve(Manifest.FILE_NAME);
    return ManifestJson.read(Files.readAllBytes(file), file.toString());
  }

  /** The same, after the checksums of the version's files were found right. */
  public static Manifest checked(Path folder, Pace pace) throws IOException {
    Manifest manifest = manifest(folder);
    VersionFiles.check(folder, manifest, pace);
    return manifest;
  }

  /**
   * Opens a model and checks every checksum, and that its parameters may be served.
   *
   * @param modelOrArm a version's folder, or an arm's, whose newest version is taken
   * @throws RefusedException if parameters are not finite, or all rows are 0
   * @throws IOException naming the file, and both checksums if they differ
   */
  public static LoadedModel open(Path modelOrArm) throws IOException {
    return open(modelOrArm, Pace.full());
  }

  /** The same at a pace. */
  public static LoadedModel open(Path modelOrArm, Pace pace) throws IOException {
    Path folder = resolve(modelOrArm);
    Manifest manifest = checked(folder, pace);
    try (Safetensors tensors = Safetensors.open(folder.resolve(TENSORS), pace)) {
      PublishedModel model = ModelTensors.read(manifest, tensors, folder);
      ModelCheck.check(model, folder.toString(), pace);
      return new LoadedModel(folder, manifest, model);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new RefusedException(
          RefusedException.Reason.SHAPES,
          folder + ": manifest and tensors disagree, " + JsonTree.shown(e.getMessage()),
          e);
    }
  }

  /** Passes bytes on and hashes them. */
  private static final class HashingStream extends OutputStream {

    private final OutputStream out;
    private final XxHash64.Stream hash;

    HashingStream(OutputStream out, XxHash64.Stream hash) {
      this.out = out;
      this.hash = hash;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      hash.update(bytes, offset, length);
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
