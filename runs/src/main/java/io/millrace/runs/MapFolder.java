package io.millrace.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.store.LocalObjectStore;
import io.millrace.store.ObjectStore;
import io.millrace.store.ObjectStore.Content;
import io.millrace.time.MapGrid;
import io.millrace.watch.Refreshes;
import java.io.BufferedInputStream;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

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
 * maps/live                                     end of the first sub-window whose maps students no
 *                                               longer wait for, ms; only where they go over to live
 * maps/refreshes                                the decisions at the ends of which sub-windows maps are
 *                                               built; only where changes make maps due
 * </pre>
 *
 * <p>Each file is an object of a store, so a reader never sees a part of it. The {@code end-} file
 * is written last, and the first one wins: a builder that restarts after a failure finds the map
 * that students may be using already, and continues from it. Builders and students share the
 * folder, so on a cluster all machines must see it. Lists serve to delete old maps and to show
 * maps; students find a map by the end of its window.
 */
public final class MapFolder {

  private static final String END = "end-";
  private static final String NEEDED = "needed-";
  private static final String REFRESHES = "refreshes";
  private static final String LIVE = "live";
  private static final String FILE_PATTERN = "v[0-9]{5,10}-[0-9a-f]{16}\\.map";

  private final ObjectStore root;

  /** The maps below a folder of a local or shared disk. */
  public MapFolder(Path root) {
    this(new LocalObjectStore(root));
  }

  /** The maps in a store. */
  public MapFolder(ObjectStore root) {
    this.root = root;
  }

  /** Whether each look takes a request to another machine; see {@link ObjectStore#remote}. */
  public boolean remote() {
    return root.remote();
  }

  /** Folder of one kind of map and one field, relative to the root. */
  public static String folder(String spec, String field) {
    String name = URLEncoder.encode(field, UTF_8).replace("*", "%2A").replace("..", "%2E.");
    return spec + "/" + (name.equals(".") ? "%2E" : name);
  }

  /**
   * Stores a map, unless its window has a map already or is marked as one without a map.
   *
   * @return the map of that window from now on; empty if it has none
   */
  public Optional<MapVersion> store(MapVersion map) throws IOException {
    MapVersion.Header header = map.header();
    String end = end(header.spec(), map.field(), header.windowEnd());
    if (!root.exists(end)) {
      root.overwrite(folder(map) + map.fileName(), map::writeTo);
      if (root.putIfAbsent(end, Content.of(map.fileName().getBytes(UTF_8)))) {
        return Optional.of(map);
      }
    }
    return find(header.spec(), map.field(), header.windowEnd());
  }

  private static String folder(MapVersion map) {
    return folder(map.header().spec(), map.field()) + "/";
  }

  private static String end(String spec, String field, long windowEnd) {
    return folder(spec, field) + "/" + END + windowEnd;
  }

  /**
   * Writes which maps a student may still ask for, also after a restore. Does nothing before the
   * first map.
   *
   * @param from end of the earliest window whose map it may ask for, ms
   */
  public void need(String student, long from) throws IOException {
    if (!root.list("").isEmpty()) {
      replace(NEEDED + student, Long.toString(from));
    }
  }

  private void replace(String key, String text) throws IOException {
    root.overwrite(key, Content.of(text.getBytes(UTF_8)));
  }

  /**
   * Writes the decisions when maps are built, a number a line: the last decided sub-window, the
   * sub-window up to which maps are built at ends of windows, then each refresh.
   */
  public void decide(Refreshes refreshes) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(refreshes.decided()).append('\n').append(refreshes.windowsUntil());
    refreshes.subWindows().forEach(s -> text.append('\n').append(s));
    replace(REFRESHES, text.toString());
  }

  /**
   * The decisions when maps are built; empty before the first one.
   *
   * @param grid the sub-windows that decisions refer to
   */
  public Optional<Refreshes> refreshes(MapGrid grid) throws IOException {
    Optional<String> found = text(REFRESHES);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    String text = found.get();
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
              .formatted(root.place(REFRESHES), shortened(text)),
          e);
    }
  }

  private Optional<String> text(String key) throws IOException {
    try {
      return Optional.of(new String(root.read(key), UTF_8));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * End of the earliest window whose map one of these students may still ask for, ms; {@link
   * Long#MIN_VALUE} if one of them has not written it yet.
   */
  public long neededFrom(Collection<String> students) throws IOException {
    long earliest = Long.MAX_VALUE;
    for (String student : students) {
      earliest = Math.min(earliest, number(NEEDED + student));
    }
    return earliest;
  }

  private long number(String key) throws IOException {
    String text = text(key).orElse(Long.toString(Long.MIN_VALUE));
    return number(key, text, "; delete it, and maps are kept until the next checkpoint");
  }

  private long number(String key, String text, String help) throws IOException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException(
          "%s: must hold a number but holds '%s'%s"
              .formatted(root.place(key), shortened(text), help),
          e);
    }
  }

  /**
   * Sets from when on students no longer wait for maps, unless it is set: the first one wins.
   *
   * @param end of the first sub-window whose maps are not waited for, ms; {@link Long#MIN_VALUE} if
   *     none are
   * @return what is set from now on
   */
  public long goLive(long end) throws IOException {
    root.putIfAbsent(LIVE, Content.of(Long.toString(end).getBytes(UTF_8)));
    return live().orElse(end);
  }

  /** What {@link #goLive} has set; empty while students wait for maps. */
  public OptionalLong live() throws IOException {
    Optional<String> text = text(LIVE);
    return text.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(number(LIVE, text.get(), "; delete it, and the job decides anew"));
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
    String dir = folder(map);
    List<Long> ends = windowEnds(dir);
    ends.removeIf(end -> end > map.header().windowEnd());
    ends = ends.subList(0, Math.max(0, ends.size() - keep));
    ends.removeIf(end -> end >= neededFrom);
    for (long end : ends) {
      String name = text(dir + END + end).orElse("");
      if (name.matches(FILE_PATTERN)) {
        String stem = name.replace(".map", ".");
        for (String file : names(dir)) {
          if (file.startsWith(stem)) {
            root.delete(dir + file);
          }
        }
      }
      root.delete(dir + END + end);
    }
  }

  /** Ends of the windows that have a map, or are marked as without one, oldest first. */
  private List<Long> windowEnds(String dir) throws IOException {
    List<Long> ends = new ArrayList<>();
    for (String name : names(dir)) {
      if (name.startsWith(END)) {
        ends.add(Long.valueOf(name.substring(END.length())));
      }
    }
    ends.sort(null);
    return ends;
  }

  /** Names in a folder, sorted; of folders without what marks them. */
  private List<String> names(String dir) throws IOException {
    String folder = dir.endsWith("/") ? dir.substring(0, dir.length() - 1) : dir;
    return root.list(folder).stream().map(name -> name.replace("/", "")).toList();
  }

  /**
   * Marks a window as one without a map, unless it has a map already.
   *
   * @return the map of that window; empty if it has none
   */
  public Optional<MapVersion> skip(String spec, String field, long windowEnd) throws IOException {
    root.putIfAbsent(end(spec, field, windowEnd), Content.of(new byte[0]));
    return find(spec, field, windowEnd);
  }

  /** True if the window that ends at {@code windowEnd} has a map, or is marked as one without. */
  public boolean decided(String spec, String field, long windowEnd) throws IOException {
    return root.exists(end(spec, field, windowEnd));
  }

  /**
   * The map of the window that ends at {@code windowEnd}, if there is one yet.
   *
   * @throws IOException if its file is damaged or missing
   */
  public Optional<MapVersion> find(String spec, String field, long windowEnd) throws IOException {
    String end = end(spec, field, windowEnd);
    String name = text(end).orElse("");
    if (name.isEmpty()) {
      return Optional.empty();
    }
    if (!name.matches(FILE_PATTERN)) {
      throw new IOException(
          "%s: must name a map of its folder but holds '%s'"
              .formatted(root.place(end), shortened(name)));
    }
    return Optional.of(read(folder(spec, field) + "/" + name));
  }

  /**
   * End of the newest window that has a map, or {@link Long#MIN_VALUE}.
   *
   * @param notAfter windows that end later do not count
   */
  public long newestEnd(String spec, String field, long notAfter) throws IOException {
    String dir = folder(spec, field) + "/";
    List<Long> ends = windowEnds(dir);
    for (int i = ends.size() - 1; i >= 0; i--) {
      if (ends.get(i) <= notAfter && hasMap(dir, ends.get(i))) {
        return ends.get(i);
      }
    }
    return Long.MIN_VALUE;
  }

  private boolean hasMap(String dir, long windowEnd) throws IOException {
    return !text(dir + END + windowEnd).orElse("").isEmpty();
  }

  /** Kinds of map that there are, sorted. */
  public List<String> specs() throws IOException {
    return names("");
  }

  /** Fields that have maps of a kind, sorted. */
  public List<String> fields(String spec) throws IOException {
    return names(spec).stream().map(name -> URLDecoder.decode(name, UTF_8)).sorted().toList();
  }

  /** Ends of the windows that have a map, oldest first. */
  public List<Long> ends(String spec, String field) throws IOException {
    String dir = folder(spec, field) + "/";
    List<Long> ends = new ArrayList<>();
    for (long end : windowEnds(dir)) {
      if (hasMap(dir, end)) {
        ends.add(end);
      }
    }
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
    root.overwrite(
        folder(map) + name,
        bytes -> {
          Writer out = new BufferedWriter(new OutputStreamWriter(bytes, UTF_8));
          out.write("id,value,count\n");
          for (int i = 0; i < input.ids().length; i++) {
            out.write(input.ids()[i] + "," + values[i] + "," + input.counts()[i] + "\n");
          }
          out.flush();
        });
  }

  private MapVersion read(String key) throws IOException {
    try (InputStream in = new BufferedInputStream(root.open(key))) {
      MapVersion map = MapVersion.readFrom(in, root.place(key));
      if (!key.endsWith("/" + map.fileName())) {
        throw new IOException(root.place(key) + ": damaged, it holds the map " + map.fileName());
      }
      return map;
    }
  }
}
