package io.millrace.store;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Objects as files below a folder of a local disk, or of one that machines share. Each file is
 * written under a name that begins with {@code .writing-} and then linked or moved to its own, so a
 * reader never sees a part of it. Names that begin with a dot are not listed. A crash of the
 * machine, unlike one of the process, may lose what was written last.
 */
public final class LocalObjectStore implements ObjectStore {

  private static final String WRITING = ".writing-";

  private final Path root;

  /** The files below a folder, which the first object makes. */
  public LocalObjectStore(Path root) {
    this.root = root;
  }

  @Override
  public boolean putIfAbsent(String key, Content content) throws IOException {
    Path file = file(key);
    if (Files.exists(file)) {
      return false;
    }
    Path written = write(file, content);
    try {
      Files.createLink(file, written);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (UnsupportedOperationException e) {
      Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } finally {
      Files.deleteIfExists(written);
    }
  }

  @Override
  public void overwrite(String key, Content content) throws IOException {
    Path file = file(key);
    Path written = write(file, content);
    try {
      Files.move(
          written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(written);
    }
  }

  /** The file under its first name; nothing is left if that fails. */
  private static Path write(Path file, Content content) throws IOException {
    Files.createDirectories(file.getParent());
    Path written = file.resolveSibling(WRITING + UUID.randomUUID());
    boolean whole = false;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(written))) {
      content.writeTo(out);
      out.flush();
      whole = true;
    } finally {
      if (!whole) {
        Files.deleteIfExists(written);
      }
    }
    return written;
  }

  @Override
  public InputStream open(String key) throws IOException {
    Path file = file(key);
    if (Files.isDirectory(file)) {
      throw new NoSuchFileException(file.toString());
    }
    return Files.newInputStream(file);
  }

  @Override
  public boolean exists(String key) {
    return Files.isRegularFile(file(key));
  }

  @Override
  public List<String> list(String folder) throws IOException {
    List<String> names = new ArrayList<>();
    Path listed = folder.isEmpty() ? root : file(folder);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(listed, "[!.]*")) {
      for (Path entry : entries) {
        names.add(entry.getFileName() + (Files.isDirectory(entry) ? "/" : ""));
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
    names.sort(null);
    return names;
  }

  @Override
  public void delete(String key) throws IOException {
    Files.deleteIfExists(file(key));
  }

  @Override
  public ObjectStore below(String folder) {
    return new LocalObjectStore(file(folder));
  }

  @Override
  public boolean remote() {
    return false;
  }

  @Override
  public String place(String key) {
    return root.resolve(key).toString();
  }

  private Path file(String key) {
    return root.resolve(ObjectStore.checked(key));
  }
}
