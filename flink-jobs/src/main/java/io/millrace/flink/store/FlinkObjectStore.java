package io.millrace.flink.store;

import io.millrace.store.ObjectStore;
import java.io.BufferedOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;

/**
 * Objects in a file system of Flink, such as the one for S3, where a file appears when its writer
 * closes it. Where it appears earlier, as on HDFS, a reader may see a part of it.
 *
 * <p>Content is spooled to a temporary file first: a writer of Flink has no way to give up, so one
 * whose content fails in the middle would leave a part.
 */
final class FlinkObjectStore implements ObjectStore {

  private static final int ATTEMPTS = 20;

  private final FileSystem files;
  private final Path root;

  /** The objects below a folder of a file system. */
  FlinkObjectStore(FileSystem files, Path root) {
    this.files = files;
    this.root = root;
  }

  @Override
  public boolean putIfAbsent(String key, Content content) throws IOException {
    if (exists(key)) {
      return false;
    }
    try {
      upload(file(key), content, WriteMode.NO_OVERWRITE);
      return true;
    } catch (IOException e) {
      if (isCalled(e, "FileAlreadyExistsException")) {
        return false;
      }
      throw e;
    }
  }

  /** Of classes that only the plugin's class loader knows. */
  private static boolean isCalled(IOException e, String name) {
    return e.getClass().getSimpleName().equals(name);
  }

  @Override
  public void overwrite(String key, Content content) throws IOException {
    upload(file(key), content, WriteMode.OVERWRITE);
  }

  private void upload(Path file, Content content, WriteMode mode) throws IOException {
    java.nio.file.Path spooled = Files.createTempFile("millrace-", ".object");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(spooled))) {
        content.writeTo(out);
      }
      try (FSDataOutputStream out = files.create(file, mode)) {
        Files.copy(spooled, out);
      }
    } finally {
      Files.deleteIfExists(spooled);
    }
  }

  @Override
  public InputStream open(String key) throws IOException {
    try {
      return files.open(file(key));
    } catch (FileNotFoundException e) {
      throw missing(key, e);
    }
  }

  /**
   * {@inheritDoc} Hadoop asks for an object and then for its content. A pointer that is overwritten
   * in between is read again.
   */
  @Override
  public byte[] read(String key) throws IOException {
    for (int attempt = 1; true; attempt++) {
      try {
        return ObjectStore.super.read(key);
      } catch (IOException e) {
        if (attempt == ATTEMPTS || !isCalled(e, "RemoteFileChangedException")) {
          throw e;
        }
      }
    }
  }

  private NoSuchFileException missing(String key, IOException cause) {
    NoSuchFileException missing = new NoSuchFileException(place(key));
    missing.initCause(cause);
    return missing;
  }

  @Override
  public boolean exists(String key) throws IOException {
    try {
      return !files.getFileStatus(file(key)).isDir();
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  @Override
  public List<String> list(String folder) throws IOException {
    Path listed = folder.isEmpty() ? root : file(folder);
    List<String> names = new ArrayList<>();
    for (FileStatus entry : entries(listed)) {
      String name = entry.getPath().getName();
      boolean itself = !entry.isDir() && entry.getPath().getPath().equals(listed.getPath());
      if (!name.startsWith(".") && !itself) {
        names.add(name + (entry.isDir() ? "/" : ""));
      }
    }
    names.sort(null);
    return names;
  }

  private FileStatus[] entries(Path folder) throws IOException {
    try {
      FileStatus[] entries = files.listStatus(folder);
      return entries == null ? new FileStatus[0] : entries;
    } catch (FileNotFoundException e) {
      return new FileStatus[0];
    }
  }

  @Override
  public void delete(String key) throws IOException {
    try {
      files.delete(file(key), false);
    } catch (FileNotFoundException e) {
      // it is not there
    }
  }

  @Override
  public ObjectStore below(String folder) {
    return new FlinkObjectStore(files, file(folder));
  }

  @Override
  public boolean remote() {
    return true;
  }

  @Override
  public String place(String key) {
    return (key.isEmpty() ? root : new Path(root, key)).toString();
  }

  private Path file(String key) {
    return new Path(root, ObjectStore.checked(key));
  }
}
