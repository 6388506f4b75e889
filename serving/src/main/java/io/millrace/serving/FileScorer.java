package io.millrace.serving;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.file.EventFile;
import io.millrace.file.EventFiles;
import io.millrace.file.EventInput;
import io.millrace.format.EventFileException;
import io.millrace.format.EventRow;
import io.millrace.format.FileFormat;
import io.millrace.format.TextFormat;
import io.millrace.format.ValueListener;
import io.millrace.snapshot.LoadedModel;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Scores files of events into a CSV with one line per row, in the order of files and rows: {@code
 * prediction,model_version,map_version,reason}. A row that cannot be read has an empty prediction
 * and a reason. Label and time are not read. Memory does not grow with the file.
 *
 * <p>Equal events get equal predictions here and from the server, to the bit.
 */
public final class FileScorer {

  private static final String HEADER = "prediction,model_version,map_version,reason\n";
  private static final int BATCH = 256;

  private final Scorer scorer;
  private final EventLimits limits;
  private final Consumer<String> warnings;
  private final String versions;

  /**
   * The totals of the files.
   *
   * @param scored rows with a prediction
   * @param rejected rows without a prediction
   * @param notes what a user should know about the file, see {@link EventFile#notes}
   */
  public record Totals(long scored, long rejected, List<String> notes) {}

  /** A row: an event, or the reason why there is none. */
  private record Item(ClickEvent event, String reason) {}

  /**
   * A scorer of files.
   *
   * @param scorer one version of a model
   * @param limits bounds on a row
   * @param warnings receives a line for what is odd: columns of the model that the events lack and
   *     keys that resemble them
   */
  public FileScorer(Scorer scorer, EventLimits limits, Consumer<String> warnings) {
    this.scorer = scorer;
    this.limits = limits;
    this.warnings = warnings;
    LoadedModel model = scorer.model();
    this.versions = "," + model.version() + "," + model.mapVersion() + ",";
  }

  /**
   * Scores files.
   *
   * @param events at least one; they are read once, in this order
   * @param format their format; null to take that of their names or, without one, the model's
   * @param output the CSV, overwritten
   * @throws EventFileException if the file cannot be read, or no event has a column of the model
   */
  public Totals score(List<EventInput> events, FileFormat format, Path output) throws IOException {
    FileFormat written = format != null ? format : formatOf(events);
    Schema schema = scorer.model().model().schema();
    String names = EventInput.names(events);
    ColumnWatch watch = new ColumnWatch(schema, " of " + names, warnings);
    boolean keys = written.text() == TextFormat.JSONL;
    try (EventFiles files =
        EventFiles.open(
            events,
            written,
            schema.toScore(limits.minTime()),
            limits,
            keys,
            ValueListener.none())) {
      if (!keys) {
        checkHeaders(files, schema);
      }
      try (BufferedWriter out = Files.newBufferedWriter(output)) {
        Totals totals = score(files, keys ? watch : null, out);
        watch.checkMatched(names);
        watch.end();
        return totals;
      }
    }
  }

  /**
   * The format of the files.
   *
   * @throws IllegalArgumentException if their names say more than one
   */
  private FileFormat formatOf(List<EventInput> events) {
    Set<FileFormat> formats = new LinkedHashSet<>();
    events.forEach(input -> formats.add(formatOf(input)));
    if (formats.size() > 1) {
      List<String> keys = formats.stream().map(format -> format.text().key()).toList();
      throw new IllegalArgumentException(
          "the names of the files must say one format but say " + keys + "; set --format");
    }
    return formats.iterator().next();
  }

  private FileFormat formatOf(EventInput events) {
    FileFormat own = scorer.model().manifest().origin().eventFormat();
    String name = events.fileName().toLowerCase(Locale.ROOT);
    for (TextFormat text : TextFormat.values()) {
      if (name.matches(".*\\." + text.key() + "(\\.(gz|zst))?")
          && (own == null || own.text() != text)) {
        return FileFormat.of(text);
      }
    }
    return own != null ? own : FileFormat.of(TextFormat.CSV);
  }

  private void checkHeaders(EventFiles files, Schema schema) throws EventFileException {
    for (EventRow.Source source : files.sources()) {
      new ColumnWatch(schema, " of " + source.name(), warnings)
          .header(source.name(), source.columns());
    }
  }

  /** Scores the rows; {@code watch} is null where a header has named the keys of all of them. */
  private Totals score(EventFiles files, ColumnWatch watch, Writer out) throws IOException {
    out.write(HEADER);
    List<Item> batch = new ArrayList<>();
    long scored = 0;
    long rows = 0;
    for (EventRow row = files.next(); row != null; row = files.next()) {
      batch.add(item(row, watch));
      rows++;
      if (batch.size() == BATCH) {
        scored += flush(batch, out);
      }
    }
    scored += flush(batch, out);
    return new Totals(scored, rows - scored, files.notes());
  }

  private static Item item(EventRow row, ColumnWatch watch) throws IOException {
    if (row.decoded() instanceof Reject reject) {
      return new Item(null, reason(reject));
    }
    if (watch != null) {
      Set<String> keys = watch.keys().of(row.line());
      if (!watch.note(keys)) {
        return new Item(null, ColumnWatch.NO_COLUMN + ": " + watch.noColumn(keys));
      }
    }
    return new Item((ClickEvent) row.decoded(), null);
  }

  private static String reason(Reject reject) {
    return reject.reason().key() + ": " + reject.message();
  }

  private void writeReason(String reason, Writer out) throws IOException {
    out.write(versions + '"' + reason.replace("\"", "\"\"") + "\"\n");
  }

  private long flush(List<Item> batch, Writer out) throws IOException {
    List<ClickEvent> events = batch.stream().map(Item::event).filter(Objects::nonNull).toList();
    float[] p = new float[events.size()];
    scorer.score(events, p);
    int next = 0;
    long scored = 0;
    for (Item item : batch) {
      float prediction = item.event() == null ? 0 : p[next++];
      if (item.event() == null) {
        writeReason(item.reason(), out);
      } else if (Float.isFinite(prediction)) {
        out.write(prediction + versions + "\n");
        scored++;
      } else {
        writeReason(reason(Scorer.NO_PREDICTION), out);
      }
    }
    batch.clear();
    return scored;
  }
}
