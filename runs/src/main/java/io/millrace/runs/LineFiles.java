package io.millrace.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/** Lines in files of a local or shared disk. A restart truncates each to its saved length. */
public final class LineFiles implements LineLog {

  private final RunFiles run;
  private final Map<String, FileChannel> files = new HashMap<>();

  /** The files of a run directory, which is made if it is not there. */
  public LineFiles(Path dir) throws IOException {
    this.run = RunFiles.open(dir);
  }

  @Override
  public void restore(Map<String, Long> lengths, String saved) throws IOException {
    for (Map.Entry<String, Long> file : lengths.entrySet()) {
      if (file.getValue() > 0 || Files.exists(run.dir().resolve(file.getKey()))) {
        files.put(file.getKey(), open(file.getKey(), file.getValue()));
      }
    }
  }

  private FileChannel open(String name, long length) throws IOException {
    Path path = run.dir().resolve(name);
    FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (file.size() < length) {
      file.close();
      throw new IOException(
          path + " must have at least the " + length + " bytes of the checkpoint but is shorter");
    }
    file.truncate(length);
    file.position(length);
    return file;
  }

  @Override
  public void append(String file, String line) throws IOException {
    FileChannel channel = files.get(file);
    if (channel == null) {
      channel = open(file, 0);
      files.put(file, channel);
    }
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void replace(String file, String text) throws IOException {
    run.replace(file, text.getBytes(UTF_8));
  }

  @Override
  public String save() throws IOException {
    for (FileChannel file : files.values()) {
      file.force(true);
    }
    return "";
  }

  @Override
  public long length(String file) throws IOException {
    FileChannel channel = files.get(file);
    return channel == null ? 0 : channel.position();
  }

  /** {@inheritDoc} They see each line when it is written. */
  @Override
  public void complete(String saved) {}

  @Override
  public void close() throws IOException {
    for (FileChannel file : files.values()) {
      file.close();
    }
  }
}
