package io.millrace.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.event.EventTotals;
import io.millrace.event.Schema;
import io.millrace.hash.MapVersion;
import io.millrace.runs.line.CountColumns;
import io.millrace.runs.line.DriftColumns;
import io.millrace.runs.line.LineType;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.RejectColumns;
import io.millrace.runs.line.SwitchColumns;
import io.millrace.runs.line.ValueColumns;
import io.millrace.runs.line.WarningColumns;
import io.millrace.runs.line.WatchColumns;
import io.millrace.store.LocalObjectStore;
import io.millrace.store.ObjectStore;
import io.millrace.values.HotValues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The files of a run directory. {@link io.millrace.runs.line} defines the lines.
 *
 * <pre>
 * run.json        what was run, with what, on what
 * metrics.jsonl   a line per arm and window
 * drift.jsonl     a line per categorical field and window, and one per dense column and window
 * alerts.jsonl    a line per alert; no file without an alert
 * pulse.jsonl     a line per sub-window and stream that is watched for change
 * switches.jsonl  a line per switch of an arm to new maps, with its regret, also of maps that were
 *                 dropped on trial; no file without a switch
 * refreshes.jsonl a line per refresh: maps that were built within a window; no file without one
 * warnings.jsonl  a line per warning: the work goes on, but its user must know; no file without one
 * counts.jsonl    event totals so far, and CPU seconds by stage; the last line is the total
 * rejects.jsonl   a line per rejected row of a file, or for the first 1,000 rejected records of a
 *                 topic, as the topic of rejects holds all of them; no file without a reject
 * values.jsonl    the raw values of the most frequent ids of each field; no file if events are in
 *                 the binary form, which has no raw values
 * maps/           maps, see MapFolder
 * models/         published models
 * report.html     the report
 * </pre>
 *
 * <p>In a store the lines lie in objects below {@code lines/}, see LineObjects, and files of lines
 * are not there.
 */
public final class RunFiles {

  /** File of the facts of a run. */
  public static final String RUN = "run.json";

  /** File of the metrics of arms. */
  public static final String METRICS = MetricColumns.LINE.file();

  /** File of the drift of fields and dense columns. */
  public static final String DRIFT = DriftColumns.LINE.file();

  /** File of alerts. */
  public static final String ALERTS = WatchColumns.ALERT.file();

  /** File of the values of watched streams. */
  public static final String PULSE = WatchColumns.PULSE.file();

  /** File of switches to new maps. */
  public static final String SWITCHES = SwitchColumns.LINE.file();

  /** File of refreshes. */
  public static final String REFRESHES = WatchColumns.REFRESH.file();

  /** File of warnings. */
  public static final String WARNINGS = WarningColumns.LINE.file();

  /** File of event totals. */
  public static final String COUNTS = CountColumns.LINE.file();

  /** File of rejected records. */
  public static final String REJECTS = RejectColumns.LINE.file();

  /** File of the raw values of frequent ids. */
  public static final String VALUES = ValueColumns.LINE.file();

  /** The report. */
  public static final String REPORT = "report.html";

  /** Folder of maps. */
  public static final String MAPS = "maps";

  /** Folder of published models. */
  public static final String MODELS = "models";

  /** Most values of a field in {@link #VALUES}. */
  static final int NAMED_VALUES = 1_000;

  /**
   * Values of a field that are counted, so that the {@link #NAMED_VALUES} most frequent are known.
   */
  public static final int HOT_VALUES = 2_000;

  /** Most lines of {@link #REJECTS} for records of a topic. */
  public static final int FIRST_REJECTS = 1_000;

  private static final List<String> FILES =
      List.of(
          RUN, METRICS, DRIFT, SWITCHES, REFRESHES, ALERTS, PULSE, WARNINGS, COUNTS, REJECTS,
          VALUES, MAPS, MODELS);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ObjectStore store;
  private final Path dir;

  private RunFiles(ObjectStore store, Path dir) {
    this.store = store;
    this.dir = dir;
  }

  private static RunFiles local(Path dir) throws IOException {
    Files.createDirectories(dir);
    return new RunFiles(new LocalObjectStore(dir), dir);
  }

  /**
   * Starts a run in a directory that holds none.
   *
   * @throws IllegalArgumentException if it holds a run already, or cannot be a directory
   * @throws IOException if it cannot be made
   */
  public static RunFiles create(Path dir) throws IOException {
    for (Path at = dir.toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at) && !Files.isDirectory(at)) {
        throw new IllegalArgumentException(
            "--run-dir '" + dir + "' cannot be made: " + at + " is a file");
      }
    }
    checkEmpty(new LocalObjectStore(dir), dir.toString(), FILES);
    return local(dir);
  }

  /** The same in a store. */
  public static RunFiles create(ObjectStore run) throws IOException {
    checkEmpty(run, run.place(""), FILES);
    checkEmpty(run, run.place(""), List.of(LineIndex.FOLDER));
    return open(run);
  }

  private static void checkEmpty(ObjectStore run, String place, List<String> files)
      throws IOException {
    List<String> there = run.list("");
    for (String name : files) {
      if (there.contains(name) || there.contains(name + "/")) {
        throw new IllegalArgumentException(
            "--run-dir must be new or empty but '" + place + "' holds " + name);
      }
    }
  }

  /**
   * Starts a run in a directory that holds none, or opens that of a run of the same job.
   *
   * @param job name of the job
   * @throws IllegalArgumentException if it holds something else, or cannot be a directory
   * @throws IOException if it cannot be made or read
   */
  public static RunFiles createOrContinue(Path dir, String job) throws IOException {
    if (!Files.exists(dir.resolve(RUN))) {
      return create(dir);
    }
    checkJob(new LocalObjectStore(dir), dir.toString(), job);
    return local(dir);
  }

  /** The same in a store. */
  public static RunFiles createOrContinue(ObjectStore run, String job) throws IOException {
    if (!run.exists(RUN)) {
      return create(run);
    }
    checkJob(run, run.place(""), job);
    return open(run);
  }

  private static void checkJob(ObjectStore run, String place, String job) throws IOException {
    String name = JSON.readTree(run.read(RUN)).path("name").asText();
    if (!name.equals(job)) {
      throw new IllegalArgumentException(
          "--run-dir must be new, or of a run of job '%s', but '%s' is of job '%s'"
              .formatted(job, place, name));
    }
  }

  /** Opens the directory of a run that may exist already, to continue it. */
  public static RunFiles open(Path dir) throws IOException {
    return local(dir);
  }

  /** The same in a store. */
  public static RunFiles open(ObjectStore run) {
    return new RunFiles(run, null);
  }

  /**
   * The directory.
   *
   * @throws IllegalStateException if it lies in a store
   */
  public Path dir() {
    if (dir == null) {
      throw new IllegalStateException(store.place("") + " is no directory of a disk");
    }
    return dir;
  }

  /** The folder of maps. */
  MapFolder maps() {
    return new MapFolder(store.below(MAPS));
  }

  /** Adds a line to its file, on a disk. */
  public <T> void add(LineType<T> type, T line) throws IOException {
    add(type, List.of(line));
  }

  /** Adds lines to their file at once. */
  public synchronized <T> void add(LineType<T> type, List<T> lines) throws IOException {
    if (!lines.isEmpty()) {
      Files.writeString(
          dir().resolve(type.file()),
          lines.stream().map(line -> type.json(line) + "\n").collect(Collectors.joining()),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  /**
   * Replaces {@code values.jsonl}.
   *
   * @param lines from {@link #valuesJson}; if empty, nothing is written
   */
  public void values(String lines) throws IOException {
    if (!lines.isEmpty()) {
      replace(VALUES, (lines + "\n").getBytes(UTF_8));
    }
  }

  /** Replaces a file as a whole. */
  void replace(String name, byte[] bytes) throws IOException {
    replace(name, ObjectStore.Content.of(bytes));
  }

  /** Replaces a file as a whole. */
  void replace(String name, ObjectStore.Content content) throws IOException {
    store.overwrite(name, content);
  }

  /** All lines of {@code values.jsonl}, without the last line break; empty if no value is known. */
  public static String valuesJson(Schema schema, HotValues values) {
    List<String> lines = new ArrayList<>();
    for (int f = 0; f < schema.fields().size(); f++) {
      String field = schema.fields().get(f).name();
      for (HotValues.HotValue value : values.top(f, NAMED_VALUES)) {
        lines.add(ValueColumns.LINE.json(new ValueColumns.Named(field, value)));
      }
    }
    return String.join("\n", lines);
  }

  /** Writes {@code run.json} as a whole, indented. */
  public void describe(ObjectNode run) throws IOException {
    replace(RUN, JSON.writer(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(run));
  }

  /** An empty JSON object. */
  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** Event totals from the last line of {@code counts.jsonl} on a disk; zeros if there is none. */
  public EventTotals totals() throws IOException {
    Path counts = dir().resolve(COUNTS);
    List<String> lines = Files.exists(counts) ? Files.readAllLines(counts, UTF_8) : List.of();
    if (lines.isEmpty()) {
      return EventTotals.none();
    }
    JsonNode last = JSON.readTree(lines.get(lines.size() - 1));
    Map<String, Long> rejects = new TreeMap<>();
    CountColumns.REJECTS
        .in(last)
        .properties()
        .forEach(e -> rejects.put(e.getKey(), e.getValue().asLong()));
    return new EventTotals(
        CountColumns.TRAINED.wholeIn(last),
        CountColumns.LATE_TRAINED.wholeIn(last),
        CountColumns.DROPPED_LATE.wholeIn(last),
        rejects,
        CountColumns.LOST.wholeIn(last));
  }

  /**
   * The announcement of a map file, as JSON.
   *
   * @param path path of the file, relative to the run directory
   */
  public static String mapJson(MapVersion map, String path) {
    ObjectNode out = object();
    out.put("spec", map.header().spec());
    out.put("field", map.field());
    out.put("version", map.version());
    out.put("window_start", map.header().windowStart());
    out.put("window_end", map.header().windowEnd());
    out.put("rows", map.rows());
    out.put("ids", map.size());
    out.put("checksum", String.format("%016x", map.checksum()));
    out.put("path", path);
    return out.toString();
  }
}
