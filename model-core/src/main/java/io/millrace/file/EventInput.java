package io.millrace.file;

import io.millrace.format.EventFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Where the bytes of a log come from: a file, or a stream that can be read once, such as standard
 * input.
 */
public final class EventInput {

  private final String name;
  private final Path path;
  private InputStream once;

  private EventInput(String name, Path path, InputStream once) {
    this.name = name;
    this.path = path;
    this.once = once;
  }

  /** A file, which messages name by its path. */
  public static EventInput of(Path file) {
    return named(file.toString(), file);
  }

  /**
   * A file that stands for something else, such as a copy of standard input.
   *
   * @param name the name for messages
   */
  public static EventInput named(String name, Path file) {
    return new EventInput(name, Objects.requireNonNull(file), null);
  }

  /** A stream, which can be opened once; whoever opens it closes it. */
  public static EventInput once(String name, InputStream stream) {
    return new EventInput(name, null, Objects.requireNonNull(stream));
  }

  /** The name for messages, such as {@code logs/day1.csv.gz}. */
  public String name() {
    return name;
  }

  /** The file, or null for a stream that can be read once. */
  public Path path() {
    return path;
  }

  /** The last part of the name, such as {@code day1.csv.gz}. */
  public String fileName() {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** Bytes as stored, packed or not; -1 if that is not known. */
  public long bytes() throws IOException {
    return path == null ? -1 : Files.size(path);
  }

  /**
   * Opens the bytes as stored.
   *
   * @throws EventFileException if there is no such file, or if the stream has been opened before
   */
  public InputStream open() throws IOException {
    if (path != null) {
      check();
      return Files.newInputStream(path);
    }
    if (once == null) {
      throw new EventFileException(name + " can be read once but is needed again; give a file");
    }
    InputStream stream = once;
    once = null;
    return stream;
  }

  private void check() throws EventFileException {
    if (!Files.exists(path)) {
      throw new EventFileException(name + " must be a file but does not exist");
    }
    if (Files.isDirectory(path)) {
      throw new EventFileException(name + " must be a file but is a directory");
    }
  }

  /** The names of inputs in short: {@code a.csv}, {@code a.csv and 2 more}. */
  public static String names(List<EventInput> inputs) {
    String first = inputs.get(0).name();
    return inputs.size() == 1 ? first : first + " and " + (inputs.size() - 1) + " more";
  }
}
