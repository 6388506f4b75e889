package io.millrace.serving;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.LabelColumn;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.format.EventFile;
import io.millrace.format.EventFiles;
import io.millrace.format.EventInput;
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
import java.util.Set;

/**
 * Scores files of events into a CSV with one line per row, in the order of files and rows: {@code
 * prediction,model_version,map_version,reason}. A row that cannot be read has an empty prediction
 * and a reason. Labels may be missing. Memory does not grow with the file.
 */
public final class FileScorer {

  private static final String HEADER = "prediction,model_version,map_version,reason\n";
  private static final int BATCH = 256;

  private final Scorer scorer;
  private final EventLimits limits;
  private final String versions;

  /**
   * The totals of the files.
   *
   * @param scored rows with a prediction
   * @param rejected rows without a prediction
   * @param notes sentences on the files that a user must read
   */
  public record Totals(long scored, long rejected, List<String> notes) {}

  /**
   * A scorer of files.
   *
   * @param scorer one version of a model
   * @param limits bounds on a row
   */
  public FileScorer(Scorer scorer, EventLimits limits) {
    this.scorer = scorer;
    this.limits = limits;
    LoadedModel model = scorer.model();
    this.versions = "," + model.version() + "," + model.mapVersion() + ",";
  }

  /**
   * Scores files.
   *
   * @param events at least one; they are read once, in this order
   * @param format their format; null to take that of their names or, without one, the model's
   * @param output the CSV, overwritten
   */
  public Totals score(List<EventInput> events, EventFile.Format format, Path output)
      throws IOException {
    EventFile.Format written = format != null ? format : formatOf(events);
    try (EventFiles files =
            EventFiles.open(
                events,
                written,
                unlabelled(scorer.model().model().schema()),
                limits,
                ValueListener.none());
        BufferedWriter out = Files.newBufferedWriter(output)) {
      return score(files, out);
    }
  }

  /**
   * The format of the files.
   *
   * @throws IllegalArgumentException if their names say more than one
   */
  private EventFile.Format formatOf(List<EventInput> events) {
    Set<EventFile.Format> formats = new LinkedHashSet<>();
    events.forEach(input -> formats.add(formatOf(input)));
    if (formats.size() > 1) {
      List<String> keys = formats.stream().map(format -> format.text().key()).toList();
      throw new IllegalArgumentException(
          "the names of the files must say one format but say " + keys + "; set --format");
    }
    return formats.iterator().next();
  }

  private EventFile.Format formatOf(EventInput events) {
    EventFile.Format own = scorer.model().manifest().origin().eventFormat();
    String name = events.fileName().toLowerCase(Locale.ROOT);
    for (TextFormat text : TextFormat.values()) {
      if (name.matches(".*\\." + text.key() + "(\\.(gz|zst))?")
          && (own == null || own.text() != text)) {
        return EventFile.Format.of(text);
      }
    }
    return own != null ? own : EventFile.Format.of(TextFormat.CSV);
  }

  /** The schema of events whose label may be missing. */
  static Schema unlabelled(Schema schema) {
    LabelColumn label = schema.label();
    return new Schema(
        schema.dense(),
        schema.fields(),
        new LabelColumn(label.column(), label.positive(), label.threshold(), true),
        schema.time());
  }

  private Totals score(EventFiles files, Writer out) throws IOException {
    out.write(HEADER);
    List<EventFile.Row> batch = new ArrayList<>();
    long scored = 0;
    long rows = 0;
    for (EventFile.Row row = files.next(); row != null; row = files.next()) {
      batch.add(row);
      rows++;
      if (batch.size() == BATCH) {
        scored += flush(batch, out);
      }
    }
    scored += flush(batch, out);
    return new Totals(scored, rows - scored, files.notes());
  }

  private long flush(List<EventFile.Row> batch, Writer out) throws IOException {
    List<ClickEvent> events = new ArrayList<>();
    for (EventFile.Row row : batch) {
      if (row.decoded() instanceof ClickEvent event) {
        events.add(event);
      }
    }
    float[] p = new float[events.size()];
    scorer.score(events, p);
    int next = 0;
    for (EventFile.Row row : batch) {
      if (row.decoded() instanceof Reject reject) {
        String reason = reject.reason().key() + ": " + reject.message();
        out.write(versions + '"' + reason.replace("\"", "\"\"") + "\"\n");
      } else {
        out.write(p[next++] + versions + "\n");
      }
    }
    batch.clear();
    return events.size();
  }
}
