package io.millrace.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Turns a row of an event file into the JSON record that a producer of such events would send: an
 * object with the values of all named columns, without empty cells. Categorical values are strings;
 * other values are numbers if their text is a JSON number. With a made-up clock the row's time is
 * added under {@link TimeColumn#MADE_UP_KEY}.
 *
 * <p>A row that does not split into the file's columns is passed on unchanged. The reader of the
 * topic then rejects it, as a reader of the file would. Not thread-safe.
 */
public final class JsonEventWriter {

  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

  private final JsonFactory json = JsonValues.factory();
  private final Schema schema;
  private final Set<String> fields = new HashSet<>();
  private final TextRow cells;
  private List<String> columns;
  private boolean[] categorical;

  /** A writer for rows of files in {@code format}. */
  public JsonEventWriter(Schema schema, FileFormat format) {
    this.schema = schema;
    schema.fields().forEach(f -> fields.add(f.column()));
    cells = format.text().delimited() ? new TextRow(format) : null;
    take(List.of());
  }

  /** Takes the columns of the file that the next rows are from. */
  private void take(List<String> names) {
    columns = names;
    categorical = new boolean[names.size()];
    for (int c = 0; c < categorical.length; c++) {
      categorical[c] = fields.contains(names.get(c));
    }
  }

  /** The record of a row. */
  public byte[] write(EventRow row) {
    byte[] line = row.line();
    if (!columns.equals(row.source().columns())) {
      take(row.source().columns());
    }
    try {
      if (cells != null) {
        return splits(line) ? fromCells(row.position()) : line;
      }
      return schema.time() instanceof TimeColumn.MadeUp clock
          ? withTime(line, clock.timeOf(row.position()))
          : line;
    } catch (IOException e) {
      return line; // not JSON: for the reader to reject
    }
  }

  private boolean splits(byte[] line) {
    return cells.split(line, 0, line.length) == null
        && cells.cells() == columns.size()
        && TextRow.isUtf8(line, 0, line.length);
  }

  private byte[] fromCells(long row) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator to = json.createGenerator(out)) {
      to.writeStartObject();
      for (int c = 0; c < columns.size(); c++) {
        if (cells.length(c) > 0 && !columns.get(c).isEmpty() && !isMadeUp(columns.get(c))) {
          to.writeFieldName(columns.get(c));
          value(to, c);
        }
      }
      if (schema.time() instanceof TimeColumn.MadeUp clock) {
        to.writeNumberField(TimeColumn.MADE_UP_KEY, clock.timeOf(row));
      }
      to.writeEndObject();
    }
    return out.toByteArray();
  }

  private boolean isMadeUp(String column) {
    return schema.time() instanceof TimeColumn.MadeUp && column.equals(TimeColumn.MADE_UP_KEY);
  }

  private void value(JsonGenerator to, int cell) throws IOException {
    String text = cells.text(cell);
    if (!categorical[cell] && NUMBER.matcher(text).matches()) {
      to.writeNumber(text);
    } else {
      to.writeString(text);
    }
  }

  /** Copies a value; numbers keep their digits, as an id has the digits that were written. */
  private static void copy(JsonParser from, JsonGenerator to) throws IOException {
    int depth = 0;
    do {
      JsonToken token = from.currentToken();
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (token.isNumeric()) {
        to.writeNumber(from.getText());
      } else {
        to.copyCurrentEvent(from);
      }
    } while (depth > 0 && from.nextToken() != null);
  }

  /** Copies a JSON object and adds the made-up time. */
  private byte[] withTime(byte[] line, long time) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(line.length + 32);
    try (JsonParser from = json.createParser(line);
        JsonGenerator to = json.createGenerator(out)) {
      if (from.nextToken() != JsonToken.START_OBJECT) {
        return line;
      }
      to.writeStartObject();
      while (from.nextToken() != JsonToken.END_OBJECT) {
        boolean replaced = isMadeUp(from.currentName());
        from.nextToken();
        if (replaced) {
          from.skipChildren();
        } else {
          to.writeFieldName(from.currentName());
          copy(from, to);
        }
      }
      to.writeNumberField(TimeColumn.MADE_UP_KEY, time);
      to.writeEndObject();
      if (from.nextToken() != null) {
        return line;
      }
    }
    return out.toByteArray();
  }
}
