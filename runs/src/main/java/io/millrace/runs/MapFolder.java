package io.millrace.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.time.MapGrid;
import io.millrace.watch.Refreshes;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The maps of a run: each is written once, never changed, and found by the end of its window.
 *
 * <pre>
 * maps/SPEC/FIELD/v00003-9f86d081884c7d65.map   a map, named by version and checksum
 * maps/SPEC/FIELD/end-1706054400000             names the map of the window that ends there; empty
 *                                               if none could be built
 * maps/SPEC/FIELD/v00003-9f86d081884c7d65.csv   its input (id,value,count), with hash.dump_inputs;
 *                                               with several internal tables .0.csv, .1.csv, ...
 * maps/needed-STUDENT                           end of the earliest window whose map a student of a
 *                                               replay may still ask for, ms
 * maps/refreshes                                the decisions at the ends of which sub-windows maps are
 *                                               built; only where changes make maps due
 * </pre>
 *
 * <p>Each file is written under another name and then moved, so a reader never sees a part of it.
 * The {@code end-} file is written last, and the first one wins: a builder that restarts after a
 * failure finds the map that students may be using already, and continues from it. Builders and
 * students share the folder, so on a cluster it must be on a file system that all machines share.
 */
public final class MapFolder {

  private static final String END = "end-";
  private static final String NEEDED = "needed-";
  private static final String REFRESHES = "refreshes";
  private static final String FILE_PATTERN = "v[0-9]{5,10}-[0-9a-f]{16}\\.map";

  private final Path root;

  /** The maps below {@code root}. */
  public MapFolder(Path root) {
    this.root = root;
  }

  /** Folder of one kind of map and one field, relative to the root. */
  public static String folder(String spec, String field) {
    return spec + "/" + URLEncoder.encode(field, UTF_8).replace("*", "%2A").replace("..", "%2E.");
  }

  /**
   * Stores a map, unless its window has a map already or is marked as one without a map.
   *
   * @return the map of that window from now on; empty if it has none
   */
  public Optional<MapVersion> store(MapVersion map) throws IOException {
    Path dir = root.resolve(folder(map.header().spec(), map.field()));
    Path end = dir.resolve(END + map.header().windowEnd());
    if (Files.exists(end)) {
      return find(map.header().spec(), map.field(), map.header().windowEnd());
    }
    Files.createDirectories(dir);
    Path written = temporary(dir);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(written))) {
      map.writeTo(out);
    }
    move(written, dir.resolve(map.fileName()));
    return publish(dir, end, map);
  }

  /**
   * Writes which maps a student may still ask for, also after a restore. Does nothing before the
   * first map.
   *
   * @param from end of the earliest window whose map it may ask for, ms
   */
  public void need(String student, long from) throws IOException {
    if (!Files.isDirectory(root)) {
      return;
    }
    replace(root.resolve(NEEDED + student), Long.toString(from));
  }

  private static void replace(Path file, String text) throws IOException {
    Path written = temporary(file.getParent());
    Files.writeString(written, text, UTF_8);
    move(written, file);
  }

  private static void move(Path written, Path file) throws IOException {
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Writes the decisions when maps are built, a number a line: the last decided sub-window, the
   * sub-window up to which maps are built at ends of windows, then each refresh.
   */
  public void decide(Refreshes refreshes) throws IOException {
    Files.createDirectories(root);
    StringBuilder text = new StringBuilder();
    text.append(refreshes.decided()).append('\n').append(refreshes.windowsUntil());
    refreshes.subWindows().forEach(s -> text.append('\n').append(s));
    replace(root.resolve(REFRESHES), text.toString());
  }

  /**
   * The decisions when maps are built; empty before the first one.
   *
   * @param grid the sub-windows that decisions refer to
   */
  public Optional<Refreshes> refreshes(MapGrid grid) throws IOException {
    Path file = root.resolve(REFRESHES);
    String text;
    try {
      text = new String(Files.readAllBytes(file), UTF_8);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      List<Long> numbers = text.lines().map(Long::valueOf).toList();
      return Optional.of(
          new Refreshes(
              grid,
              numbers.get(0),
              numbers.get(1),
              new TreeSet<>(numbers.subList(2, numbers.size()))));
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new IOException(
          "%s: must hold at least two numbers, a line each, but holds '%s'"
              .formatted(file, shortened(text)),
          e);
    }
  }

  /**
   * End of the earliest window whose map one of these students may still ask for, ms; {@link
   * Long#MIN_VALUE} if one of them has not written it yet.
   */
  public long neededFrom(Collection<String> students) throws IOException {
    long earliest = Long.MAX_VALUE;
    for (String student : students) {
      Path needed = root.resolve(NEEDED + student);
      earliest = Math.min(earliest, Files.exists(needed) ? number(needed) : Long.MIN_VALUE);
    }
    return earliest;
  }

  private static long number(Path file) throws IOException {
    String text = new String(Files.readAllBytes(file), UTF_8);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException(
          "%s: must hold a number but holds '%s'; delete it, and maps are kept until the next checkpoint"
              .formatted(file, shortened(text)),
          e);
    }
  }

  private static String shortened(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "...";
  }

  /**
   * Deletes maps of earlier windows than a given map's, and the dumps beside them; keeps the newest
   * windows, and those that students need.
   *
   * @param map of the newest window that is considered
   * @param keep windows kept, the map's own among them, at least 1
   * @param neededFrom windows that end then or later are kept, ms
   */
  void prune(MapVersion map, int keep, long neededFrom) throws IOException {
    Path dir = root.resolve(folder(map.header().spec(), map.field()));
    List<Path> ends = files(dir, END + "*");
    ends.removeIf(end -> windowEnd(end) > map.header().windowEnd());
    ends.sort(Comparator.comparingLong(MapFolder::windowEnd));
    ends = ends.subList(0, Math.max(0, ends.size() - keep));
    ends.removeIf(end -> windowEnd(end) >= neededFrom);
    for (Path end : ends) {
      String name = Files.readString(end, UTF_8);
      if (name.matches(FILE_PATTERN)) {
        for (Path file : files(dir, name.replace(".map", ".") + "*")) {
          Files.delete(file);
        }
      }
      Files.delete(end);
    }
  }

  private static List<Path> files(Path dir, String glob) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, glob)) {
      List<Path> found = new ArrayList<>();
      files.forEach(found::add);
      return found;
    }
  }

  private static List<String> names(Path dir) throws IOException {
    return Files.isDirectory(dir)
        ? files(dir, "*").stream().map(file -> file.getFileName().toString()).sorted().toList()
        : List.of();
  }

  private static long windowEnd(Path end) {
    return Long.parseLong(end.getFileName().toString().substring(END.length()));
  }

  /**
   * Marks a window as one without a map, unless it has a map already.
   *
   * @return the map of that window; empty if it has none
   */
  public Optional<MapVersion> skip(String spec, String field, long windowEnd) throws IOException {
    Path dir = root.resolve(folder(spec, field));
    Path end = dir.resolve(END + windowEnd);
    Files.createDirectories(dir);
    if (!Files.exists(end)) {
      Files.createFile(end);
    }
    return find(spec, field, windowEnd);
  }

  private Optional<MapVersion> publish(Path dir, Path end, MapVersion map) throws IOException {
    Path name = temporary(dir);
    Files.writeString(name, map.fileName(), UTF_8);
    try {
      Files.createLink(end, name);
      return Optional.of(map);
    } catch (FileAlreadyExistsException e) {
      return find(map.header().spec(), map.field(), map.header().windowEnd());
    } catch (UnsupportedOperationException e) {
      Files.move(name, end, StandardCopyOption.ATOMIC_MOVE);
      return Optional.of(map);
    } finally {
      Files.deleteIfExists(name);
    }
  }

  /** True if the window that ends at {@code windowEnd} has a map, or is marked as one without. */
  public boolean decided(String spec, String field, long windowEnd) {
    return Files.exists(root.resolve(folder(spec, field)).resolve(END + windowEnd));
  }

  /**
   * The map of the window that ends at {@code windowEnd}, if there is one yet.
   *
   * @throws IOException if its file is damaged or missing
   */
  public Optional<MapVersion> find(String spec, String field, long windowEnd) throws IOException {
    Path dir = root.resolve(folder(spec, field));
    String name;
    try {
      name = new String(Files.readAllBytes(dir.resolve(END + windowEnd)), UTF_8);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (name.isEmpty()) {
      return Optional.empty();
    }
    if (!name.matches(FILE_PATTERN)) {
      throw new IOException(
          "%s: must name a map of its folder but holds '%s'"
              .formatted(dir.resolve(END + windowEnd), shortened(name)));
    }
    return Optional.of(read(dir.resolve(name)));
  }

  /**
   * End of the newest window that has a map, or {@link Long#MIN_VALUE}.
   *
   * @param notAfter windows that end later do not count
   */
  public long newestEnd(String spec, String field, long notAfter) throws IOException {
    Path dir = root.resolve(folder(spec, field));
    if (!Files.isDirectory(dir)) {
      return Long.MIN_VALUE;
    }
    List<Path> ends = files(dir, END + "*");
    ends.removeIf(end -> windowEnd(end) > notAfter);
    ends.sort(Comparator.comparingLong(MapFolder::windowEnd).reversed());
    for (Path end : ends) {
      if (Files.size(end) > 0) {
        return windowEnd(end);
      }
    }
    return Long.MIN_VALUE;
  }

  /** Kinds of map that there are, sorted. */
  public List<String> specs() throws IOException {
    return names(root);
  }

  /** Fields that have maps of a kind, sorted. */
  public List<String> fields(String spec) throws IOException {
    return names(root.resolve(spec)).stream()
        .map(name -> URLDecoder.decode(name, UTF_8))
        .sorted()
        .toList();
  }

  /** Ends of the windows that have a map, oldest first. */
  public List<Long> ends(String spec, String field) throws IOException {
    Path dir = root.resolve(folder(spec, field));
    List<Long> ends = new ArrayList<>();
    if (Files.isDirectory(dir)) {
      for (Path end : files(dir, END + "*")) {
        if (Files.size(end) > 0) {
          ends.add(windowEnd(end));
        }
      }
    }
    ends.sort(null);
    return ends;
  }

  /** Writes the input of a learned map beside it as CSV, a file for each internal table. */
  void dump(MapVersion map, MapBuilder.Input input) throws IOException {
    for (int h = 0; h < input.columns().size(); h++) {
      String ending = input.columns().size() == 1 ? ".csv" : "." + h + ".csv";
      dump(map.fileName().replace(".map", ending), map, input, input.columns().get(h));
    }
  }

  private void dump(String name, MapVersion map, MapBuilder.Input input, double[] values)
      throws IOException {
    Path dir = root.resolve(folder(map.header().spec(), map.field()));
    Path written = temporary(dir);
    try (BufferedWriter out = Files.newBufferedWriter(written, UTF_8)) {
      out.write("id,value,count\n");
      for (int i = 0; i < input.ids().length; i++) {
        out.write(input.ids()[i] + "," + values[i] + "," + input.counts()[i] + "\n");
      }
    }
    move(written, dir.resolve(name));
  }

  private static MapVersion read(Path file) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      MapVersion map = MapVersion.readFrom(in, file.toString());
      if (!file.endsWith(map.fileName())) {
        throw new IOException(file + ": damaged, it holds the map " + map.fileName());
      }
      return map;
    }
  }

  private static Path temporary(Path dir) {
    return dir.resolve(".writing-" + UUID.randomUUID());
  }
}
