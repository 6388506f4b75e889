package io.millrace.file;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The inputs of a log as a user names them:
 *
 * <ul>
 *   <li>a file;
 *   <li>a folder: all files in it, by name;
 *   <li>a pattern with {@code *}, {@code ?}, {@code [...]}, <code>{...}</code> or {@code **}: all
 *       files that match, by path;
 *   <li>{@code -}: standard input.
 * </ul>
 *
 * <p>Folders and patterns skip hidden files and folders: those whose name starts with a dot, or
 * with an underscore, as Hadoop's tools mark files that hold no data.
 */
public final class EventInputs implements Closeable {

  private static final String STANDARD_INPUT = "-";

  private final List<EventInput> all = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<Path> copies = new ArrayList<>();

  private final boolean again;

  private EventInputs(boolean again) {
    this.again = again;
  }

  /**
   * Finds the inputs.
   *
   * @param given files, folders, patterns or {@code -}
   * @param standardInput what {@code -} stands for
   * @param again whether inputs are opened more than once: standard input is then copied to a
   *     temporary file, which {@link #close} deletes
   * @throws IllegalArgumentException if nothing is found, or a file twice
   */
  public static EventInputs find(List<String> given, InputStream standardInput, boolean again)
      throws IOException {
    if (given.stream().filter(STANDARD_INPUT::equals).count() > 1) {
      throw new IllegalArgumentException("--events must be standard input (-) once, not twice");
    }
    EventInputs inputs = new EventInputs(again);
    try {
      for (String each : given) {
        if (each.equals(STANDARD_INPUT)) {
          inputs.addStream("standard input", standardInput);
        } else {
          inputs.add(each);
        }
      }
      inputs.checkDistinct();
      return inputs;
    } catch (IOException | RuntimeException e) {
      inputs.close();
      throw e;
    }
  }

  /** The inputs, in the order given; at least one. */
  public List<EventInput> all() {
    return List.copyOf(all);
  }

  /** Sentences on what has been left out. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  private void checkDistinct() throws IOException {
    Set<Path> seen = new HashSet<>();
    for (EventInput input : all) {
      if (input.path() != null && !seen.add(input.path().toRealPath())) {
        throw new IllegalArgumentException(
            "--events must be different files but '" + input.name() + "' is given twice");
      }
    }
  }

  private void add(String given) throws IOException {
    Path path = Path.of(given);
    if (Files.exists(path)) {
      addPath(path);
      return;
    }
    if (!EventPaths.isPattern(given)) {
      throw new IllegalArgumentException(
          "--events must be a file but was '" + given + "', which does not exist");
    }
    List<Path> found = EventPaths.matching(given);
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "--events must be a file but was '" + given + "', which no file matches");
    }
    for (Path each : found) {
      addPath(each);
    }
  }

  private void addPath(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      addFolder(path);
    } else if (!Files.isReadable(path)) {
      throw new IllegalArgumentException("--events '" + path + "' cannot be read");
    } else if (Files.isRegularFile(path)) {
      all.add(EventInput.of(path));
    } else { // a pipe
      addStream(path.toString(), Files.newInputStream(path));
    }
  }

  private void addFolder(Path folder) throws IOException {
    EventPaths.Folder held = EventPaths.list(folder);
    String rest =
        held.folders() == 0
            ? ""
            : "; --events '%s' reads the files in its %d folders"
                .formatted(folder.resolve("**"), held.folders());
    if (held.files().isEmpty()) {
      throw new IllegalArgumentException(
          "--events must hold files but was '" + folder + "', a folder without any" + rest);
    }
    if (!rest.isEmpty()) {
      notes.add(folder + ": folders in it were not read" + rest);
    }
    for (Path file : held.files()) {
      addPath(file);
    }
  }

  private void addStream(String name, InputStream stream) throws IOException {
    all.add(again ? EventInput.named(name, copy(name, stream)) : EventInput.once(name, stream));
  }

  private Path copy(String name, InputStream in) throws IOException {
    Path copy = Files.createTempFile("millrace-events-", "");
    copies.add(copy);
    copy.toFile().deleteOnExit();
    try (in;
        OutputStream out = Files.newOutputStream(copy)) {
      in.transferTo(out);
      return copy;
    } catch (IOException e) {
      throw new IOException(
          "--events %s is read more than once and cannot be copied to %s: %s; give a file, or set JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIR"
              .formatted(name, copy, e.getMessage()),
          e);
    }
  }

  /** Deletes the copies. */
  @Override
  public void close() throws IOException {
    for (Path copy : copies) {
      Files.deleteIfExists(copy);
    }
  }
}
