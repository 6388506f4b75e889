package io.millrace.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * Lines in files of a local or shared disk. A restart drops what is after the saved length of each.
 *
 * <p>A restart changes nothing before its first line or checkpoint. Then it copies the saved lines
 * of each file to a new one, which takes the name of the old one. So a writer before it that still
 * runs, as a task of a machine that the job has lost does, writes to files that nobody reads. One
 * that starts late and is stopped at once, as Flink does with tasks of a deployment that has failed
 * meanwhile, does no harm either. Each checkpoint makes sure that the files are still those of this
 * writer.
 */
public final class LineFiles implements LineLog {

  /** What to do where a file is not as its writer has left it. */
  static final String OTHER_WRITER =
      "only one job may write a run directory: stop the others, or give each a --run-dir of its own";

  private final RunFiles run;
  private final Map<String, FileChannel> files = new HashMap<>();
  private Map<String, Long> saved = Map.of();
  private boolean begun;

  /** The files of a run directory, which is made if it is not there. */
  public LineFiles(Path dir) throws IOException {
    this.run = RunFiles.open(dir);
  }

  @Override
  public void restore(Map<String, Long> lengths, String text) throws IOException {
    for (Map.Entry<String, Long> file : lengths.entrySet()) {
      long there = bytes(file.getKey());
      if (Math.max(0, there) < file.getValue()) {
        throw new IOException(
            "%s must have at least the %d bytes of the checkpoint but %s; put its lines back, or go on from a checkpoint or savepoint before them"
                .formatted(path(file.getKey()), file.getValue(), has(there)));
      }
    }
    saved = Map.copyOf(lengths);
  }

  private Path path(String file) {
    return run.dir().resolve(file);
  }

  /** Bytes of the file of a name; -1 if there is none. */
  private long bytes(String file) throws IOException {
    return Files.exists(path(file)) ? Files.size(path(file)) : -1;
  }

  private static String has(long bytes) {
    return bytes < 0 ? "is not there" : "has " + bytes;
  }

  /** Takes the files over from the writer before. */
  private void begin() throws IOException {
    if (!begun) {
      for (Map.Entry<String, Long> file : saved.entrySet()) {
        if (file.getValue() > 0) {
          files.put(file.getKey(), copied(file.getKey(), file.getValue()));
        } else {
          Files.deleteIfExists(path(file.getKey()));
        }
      }
      begun = true;
    }
  }

  /** Replaces a file by a copy of its first bytes. */
  private FileChannel copied(String file, long length) throws IOException {
    run.replace(file, out -> copy(path(file), length, out));
    FileChannel copy = FileChannel.open(path(file), StandardOpenOption.WRITE);
    copy.position(length);
    return copy;
  }

  private static void copy(Path file, long length, OutputStream out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (long left = length; left > 0; ) {
        int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
        if (read < 0) {
          throw new IOException(file + " became shorter while it was read");
        }
        out.write(buffer, 0, read);
        left -= read;
      }
    }
  }

  @Override
  public void append(String file, String line) throws IOException {
    begin();
    FileChannel channel = files.get(file);
    if (channel == null) {
      channel = created(path(file));
      files.put(file, channel);
    }
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static FileChannel created(Path path) throws IOException {
    try {
      return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(path + " was made by another writer; " + OTHER_WRITER, e);
    }
  }

  @Override
  public void replace(String file, String text) throws IOException {
    run.replace(file, text.getBytes(UTF_8));
  }

  @Override
  public String save() throws IOException {
    begin();
    for (Map.Entry<String, FileChannel> file : files.entrySet()) {
      file.getValue().force(true);
      long written = file.getValue().position();
      long there = bytes(file.getKey());
      if (there != written) {
        throw new IOException(
            "%s must have the %d bytes that this job has written but %s; %s"
                .formatted(path(file.getKey()), written, has(there), OTHER_WRITER));
      }
    }
    return "";
  }

  @Override
  public long length(String file) throws IOException {
    if (!begun) {
      return saved.getOrDefault(file, 0L);
    }
    FileChannel channel = files.get(file);
    return channel == null ? 0 : channel.position();
  }

  /** {@inheritDoc} They see each line when it is written. */
  @Override
  public void complete(String text) {}

  @Override
  public void close() throws IOException {
    for (FileChannel file : files.values()) {
      file.close();
    }
  }
}
