package io.millrace.tests.job;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;

/**
 * Flink's file system {@code fulldisk:}: local files, on a disk that fills up when a test says so.
 */
public final class FullDisk implements FileSystemFactory {

  static final String SCHEME = "fulldisk";

  /** Whether there is no space left, for all tasks in this process. */
  static final AtomicBoolean FULL = new AtomicBoolean();

  /** A folder on the disk that is {@code folder} in truth. */
  static String uri(java.nio.file.Path folder) {
    return SCHEME + "://" + folder.resolve("disk");
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileSystem create(URI uri) {
    return new LocalFileSystem() {
      @Override
      public FSDataOutputStream create(Path file, WriteMode mode) throws IOException {
        if (FULL.get()) {
          throw new IOException("No space left on device");
        }
        return super.create(file, mode);
      }

      @Override
      public URI getUri() {
        return URI.create(SCHEME + ":///");
      }
    };
  }
}
