package io.millrace.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.event.EventTotals;
import io.millrace.event.Reject;
import io.millrace.event.RejectedRecord;
import io.millrace.event.Schema;
import io.millrace.format.HotValues;
import io.millrace.hash.MapVersion;
import io.millrace.maps.DriftLine;
import io.millrace.metric.FrequencyBucket;
import io.millrace.metric.Metrics;
import io.millrace.metric.RowLoad;
import io.millrace.student.MetricLine;
import io.millrace.student.SwitchLine;
import io.millrace.student.TableFigures;
import io.millrace.watch.AlertLine;
import io.millrace.watch.DenseLine;
import io.millrace.watch.PulseLine;
import io.millrace.watch.RefreshLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The run directory, and the form of the lines in it: JSON, one object a line, keys in snake case,
 * times in milliseconds since the epoch, {@code null} for a number that is not one.
 *
 * <pre>
 * run.json        what was run, with what, on what
 * metrics.jsonl   a line per arm and window
 * drift.jsonl     a line per categorical field and window, and one per dense column and window
 * alerts.jsonl    a line per change that was seen; no file without one
 * pulse.jsonl     a line per sub-window and stream that is watched for change
 * switches.jsonl  a line per arm and change of its maps: what it cost at first; no file without one
 * refreshes.jsonl a line per time at which changes have made new maps due; no file without one
 * counts.jsonl    what became of the events read so far, and CPU seconds by part; the last line is
 *                 the total
 * rejects.jsonl   a line per row of a file that is not an event; of the records of a topic the first
 *                 1,000, as all of them are in the topic of rejects; none of either: no file
 * values.jsonl    the raw values of the most frequent ids of each field; no file if the events come
 *                 in the binary form, which has no raw values
 * maps/           learned maps, see MapFolder
 * models/         published models
 * report.html     all of it, for people
 * </pre>
 */
public final class RunFiles {

  public static final String RUN = "run.json";
  public static final String METRICS = "metrics.jsonl";
  public static final String DRIFT = "drift.jsonl";
  public static final String ALERTS = "alerts.jsonl";
  public static final String PULSE = "pulse.jsonl";
  public static final String SWITCHES = "switches.jsonl";
  public static final String REFRESHES = "refreshes.jsonl";
  public static final String COUNTS = "counts.jsonl";
  public static final String REJECTS = "rejects.jsonl";
  public static final String VALUES = "values.jsonl";
  public static final String MAPS = "maps";
  public static final String MODELS = "models";

  /** Kind of a drift line about the ids of a categorical field. */
  public static final String IDS = "ids";

  /** Kind of a drift line about a dense column. */
  public static final String DENSE = "dense";

  /** Values named per field. */
  public static final int NAMED_VALUES = 1_000;

  /** Values per field that are counted, so that the most frequent ones are known. */
  public static final int HOT_VALUES = 2_000;

  /** Lines of {@link #REJECTS} for records of a topic. */
  public static final int FIRST_REJECTS = 1_000;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path dir;

  private RunFiles(Path dir) {
    this.dir = dir;
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
    for (String name :
        List.of(
            RUN, METRICS, DRIFT, SWITCHES, REFRESHES, ALERTS, PULSE, COUNTS, REJECTS, VALUES, MAPS,
            MODELS)) {
      if (Files.exists(dir.resolve(name))) {
        throw new IllegalArgumentException(
            "--run-dir must be new or empty but '" + dir + "' holds " + name);
      }
    }
    Files.createDirectories(dir);
    return new RunFiles(dir);
  }

  /** A run that is there already, to go on with. */
  public static RunFiles open(Path dir) throws IOException {
    Files.createDirectories(dir);
    return new RunFiles(dir);
  }

  /** The directory. */
  public Path dir() {
    return dir;
  }

  /** The maps. */
  public MapFolder maps() {
    return new MapFolder(dir.resolve(MAPS));
  }

  /** Adds a line to {@code metrics.jsonl}. */
  public void metric(MetricLine line) throws IOException {
    append(METRICS, metricJson(line));
  }

  /** Adds a line to {@code drift.jsonl}. */
  public void drift(DriftLine line) throws IOException {
    append(DRIFT, driftJson(line));
  }

  /** Adds a line about a dense column to {@code drift.jsonl}. */
  public void dense(DenseLine line) throws IOException {
    append(DRIFT, denseJson(line));
  }

  /** Adds a line to {@code alerts.jsonl}. */
  public void alert(AlertLine line) throws IOException {
    append(ALERTS, alertJson(line));
  }

  /** Adds lines to {@code pulse.jsonl}. */
  public void pulses(List<PulseLine> lines) throws IOException {
    if (!lines.isEmpty()) {
      append(PULSE, lines.stream().map(RunFiles::pulseJson).collect(Collectors.joining("\n")));
    }
  }

  /** Adds a line to {@code switches.jsonl}. */
  public void switched(SwitchLine line) throws IOException {
    append(SWITCHES, switchJson(line));
  }

  /** Adds a line to {@code refreshes.jsonl}. */
  public void refresh(RefreshLine line) throws IOException {
    append(REFRESHES, refreshJson(line));
  }

  /**
   * Adds the last line to {@code counts.jsonl}.
   *
   * @param nanos CPU time by part, ns
   */
  public void counts(EventTotals totals, Map<String, Long> nanos) throws IOException {
    append(COUNTS, countsJson(totals, nanos, true));
  }

  /** Adds a line to {@code rejects.jsonl}. */
  public void reject(long row, Reject reject) throws IOException {
    ObjectNode line = object();
    line.put("row", row);
    line.putNull("partition");
    line.putNull("offset");
    append(REJECTS, rejectJson(line, reject.reason().key(), reject.message()));
  }

  /** A line of {@code rejects.jsonl} for a record of a topic, without its end. */
  public static String rejectJson(RejectedRecord reject) {
    ObjectNode line = object();
    line.putNull("row");
    line.put("partition", reject.partition());
    line.put("offset", reject.offset());
    return rejectJson(line, reject.reason(), reject.message());
  }

  private static String rejectJson(ObjectNode line, String reason, String message) {
    line.put("reason", reason);
    line.put("message", message);
    return text(line);
  }

  /**
   * Writes {@code values.jsonl}, in place of the one before.
   *
   * @param lines as {@link #valuesJson} gives them; if empty, there is nothing to write
   */
  public void values(String lines) throws IOException {
    if (!lines.isEmpty()) {
      Path draft = dir.resolve(VALUES + ".tmp");
      Files.writeString(draft, lines + "\n");
      Files.move(draft, dir.resolve(VALUES), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** All lines of {@code values.jsonl}, without the last end; empty if no value is known. */
  public static String valuesJson(Schema schema, HotValues values) {
    List<String> lines = new ArrayList<>();
    for (int f = 0; f < schema.fields().size(); f++) {
      for (HotValues.HotValue value : values.top(f, NAMED_VALUES)) {
        ObjectNode line = object();
        line.put("field", schema.fields().get(f).name());
        line.put("id", value.id());
        line.put("value", value.value());
        line.put("count", value.count());
        lines.add(text(line));
      }
    }
    return String.join("\n", lines);
  }

  private synchronized void append(String name, String line) throws IOException {
    Files.writeString(
        dir.resolve(name),
        line + "\n",
        UTF_8,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** Writes {@code run.json}, indented. */
  public void describe(ObjectNode run) throws IOException {
    byte[] bytes = JSON.writer(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(run);
    Files.write(dir.resolve(RUN), bytes);
  }

  /** An empty object for {@link #describe}. */
  public static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** A line of {@code metrics.jsonl}, without its end. */
  public static String metricJson(MetricLine line) {
    ObjectNode out = object();
    out.put("arm", line.arm());
    out.put("seed", line.seed());
    out.put("window_start", line.windowStart());
    out.put("window_end", line.windowEnd());
    putMetrics(out, line.overall());
    put(out, "label_rate", line.overall().labelRate());
    out.put("rows", line.rows());
    out.put("embedding_bytes", line.embeddingBytes());
    out.put("map_bytes", line.mapBytes());
    out.put("serving_bytes", line.servingBytes());
    out.put("training_bytes", line.trainingBytes());
    out.put("map_version", line.mapVersion());
    out.put("learned", line.learned());
    out.put("skipped", line.skipped());
    out.put("early", line.early());
    ObjectNode buckets = out.putObject("buckets");
    FrequencyBucket[] names = FrequencyBucket.values();
    for (int b = 0; b < line.byBucket().size(); b++) {
      putMetrics(
          buckets.putObject(names[b].name().toLowerCase(Locale.ROOT)), line.byBucket().get(b));
    }
    ObjectNode tables = out.putObject("tables");
    line.tables().forEach((field, table) -> putTable(tables.putObject(field), table));
    return text(out);
  }

  private static void putTable(ObjectNode out, TableFigures table) {
    out.put("bytes", table.bytes());
    if (table.spectrum() != null) {
      out.put("singular_values", table.spectrum().of());
      out.put("above_1_percent", table.spectrum().aboveOnePercent());
      put(out, "effective_rank", table.spectrum().effectiveRank());
    }
    table.width().ifPresent(width -> out.put("width", width));
    table
        .pruning()
        .ifPresent(
            pruning -> out.put("weights", pruning.weights()).put("weights_left", pruning.left()));
  }

  private static void putMetrics(ObjectNode out, Metrics metrics) {
    out.put("events", metrics.events());
    out.put("positives", metrics.positives());
    put(out, "auc", metrics.auc());
    put(out, "logloss", metrics.logLoss());
    put(out, "ne", metrics.ne());
    put(out, "calibration", metrics.calibration());
  }

  /** A line of {@code drift.jsonl}, without its end. */
  public static String driftJson(DriftLine line) {
    ObjectNode out = object();
    out.put("kind", IDS);
    out.put("field", line.field());
    out.put("seed", line.seed());
    out.put("window_start", line.windowStart());
    out.put("window_end", line.windowEnd());
    out.put("ids", line.ids());
    put(out, "psi", line.psi());
    put(out, "new_traffic", line.newTraffic());
    put(out, "cold_traffic", line.coldTraffic());
    put(out, "gone_traffic", line.goneTraffic());
    putMovement(out, "", line.movement());
    putMovement(out, "floor_", line.floorMovement());
    out.put("map_spec", line.mapSpec());
    out.put("map_version", line.mapVersion());
    out.put("rows", line.rows());
    out.put("mapped_ids", line.mappedIds());
    out.put("plain_hash", line.plainHash());
    line.without().forEach(out.putArray("without_map")::add);
    putAgreement(out, "", line.agreement());
    putAgreement(out, "floor_", line.floor());
    if (line.rowLoad() == null) {
      out.putNull("row_load");
    } else {
      putRowLoad(out.putObject("row_load"), line.rowLoad());
    }
    return text(out);
  }

  /** A line of {@code switches.jsonl}, without its end. */
  public static String switchJson(SwitchLine line) {
    ObjectNode out = object();
    out.put("arm", line.arm());
    out.put("seed", line.seed());
    out.put("time", line.time());
    out.put("map_version", line.mapVersion());
    out.put("before_version", line.beforeVersion());
    out.put("events", line.events());
    put(out, "logloss", line.logLoss());
    put(out, "shadow_logloss", line.shadowLogLoss());
    put(out, "regret", line.regret());
    return text(out);
  }

  /** A line of {@code drift.jsonl} about a dense column, without its end. */
  public static String denseJson(DenseLine line) {
    ObjectNode out = object();
    out.put("kind", DENSE);
    out.put("field", line.field());
    out.put("seed", line.seed());
    out.put("window_start", line.windowStart());
    out.put("window_end", line.windowEnd());
    out.put("events", line.events());
    put(out, "mean", line.mean());
    put(out, "deviation", line.deviation());
    put(out, "missing", line.missing());
    put(out, "ks", line.ks());
    return text(out);
  }

  private static void putMovement(ObjectNode out, String prefix, DriftLine.Movement movement) {
    put(out, prefix + "procrustes", movement.residual());
    put(out, prefix + "displacement_p50", movement.p50());
    put(out, prefix + "displacement_p90", movement.p90());
    put(out, prefix + "displacement_p99", movement.p99());
  }

  /** A line of {@code alerts.jsonl}, without its end. */
  public static String alertJson(AlertLine line) {
    ObjectNode out = object();
    out.put("time", line.time());
    out.put("stream", line.stream().key());
    out.put("field", line.field());
    out.put("arm", line.arm());
    out.put("detector", line.detector().key());
    out.put("seed", line.seed());
    put(out, "value", line.value());
    put(out, "before", line.before());
    out.put("message", line.message());
    return text(out);
  }

  /** A line of {@code refreshes.jsonl}, without its end. */
  public static String refreshJson(RefreshLine line) {
    ObjectNode out = object();
    out.put("time", line.time());
    out.put("seed", line.seed());
    ArrayNode causes = out.putArray("causes");
    line.causes().forEach(causes::add);
    return text(out);
  }

  /** A line of {@code pulse.jsonl}, without its end. */
  public static String pulseJson(PulseLine line) {
    ObjectNode out = object();
    out.put("time", line.time());
    out.put("stream", line.stream().key());
    out.put("field", line.field());
    out.put("arm", line.arm());
    out.put("seed", line.seed());
    put(out, "value", line.value());
    return text(out);
  }

  private static void putAgreement(ObjectNode out, String prefix, DriftLine.Agreement a) {
    put(out, prefix + "ari", a.ari());
    put(out, prefix + "nmi", a.nmi());
    put(out, prefix + "jaccard", a.jaccard());
    put(out, prefix + "ari_traffic", a.ariTraffic());
    put(out, prefix + "nmi_traffic", a.nmiTraffic());
    put(out, prefix + "jaccard_traffic", a.jaccardTraffic());
    put(out, prefix + "moved_ids", a.movedIds());
    put(out, prefix + "moved_traffic", a.movedTraffic());
  }

  private static void putRowLoad(ObjectNode out, RowLoad load) {
    out.put("rows_used", load.rowsUsed());
    out.put("max_ids", load.maxIds());
    put(out, "max_traffic", load.maxTraffic());
    out.put("hot_collisions", load.hotCollisions());
    ArrayNode histogram = out.putArray("ids_histogram");
    load.histogram().forEach(bin -> histogram.addArray().add(bin.leastIds()).add(bin.rows()));
    ArrayNode largest = out.putArray("largest");
    for (RowLoad.Row row : load.largest()) {
      ObjectNode entry = largest.addObject().put("row", row.row()).put("ids", row.ids());
      put(entry, "traffic", row.traffic());
    }
  }

  /**
   * A line of {@code counts.jsonl}, without its end.
   *
   * @param nanos CPU time by part, ns
   * @param complete whether the stream has ended and these are all events
   */
  public static String countsJson(EventTotals totals, Map<String, Long> nanos, boolean complete) {
    ObjectNode out = object();
    out.put("complete", complete);
    out.put("read", totals.read());
    out.put("trained", totals.trained());
    out.put("late_trained", totals.lateTrained());
    out.put("dropped_late", totals.droppedLate());
    out.put("rejected", totals.rejected());
    ObjectNode rejects = out.putObject("rejects");
    new TreeMap<>(totals.rejects()).forEach(rejects::put);
    ObjectNode seconds = out.putObject("seconds");
    new TreeMap<>(nanos).forEach((part, n) -> seconds.put(part, n / 1e9));
    return text(out);
  }

  /** What became of the events read so far, from the last line of {@code counts.jsonl}. */
  public EventTotals totals() throws IOException {
    Path counts = dir.resolve(COUNTS);
    List<String> lines = Files.exists(counts) ? Files.readAllLines(counts, UTF_8) : List.of();
    if (lines.isEmpty()) {
      return EventTotals.none();
    }
    JsonNode last = JSON.readTree(lines.get(lines.size() - 1));
    Map<String, Long> rejects = new TreeMap<>();
    last.path("rejects").properties().forEach(e -> rejects.put(e.getKey(), e.getValue().asLong()));
    return new EventTotals(
        last.path("trained").asLong(),
        last.path("late_trained").asLong(),
        last.path("dropped_late").asLong(),
        rejects);
  }

  /**
   * Announces a map file.
   *
   * @param path of the file, relative to the run directory
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
    return text(out);
  }

  private static void put(ObjectNode out, String key, double value) {
    if (Double.isFinite(value)) {
      out.put(key, value);
    } else {
      out.putNull(key);
    }
  }

  private static String text(ObjectNode out) {
    try {
      return JSON.writeValueAsString(out);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
