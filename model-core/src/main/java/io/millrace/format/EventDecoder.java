package io.millrace.format;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import java.util.List;

/**
 * Bytes of one record → {@link ClickEvent} or {@link Reject}.
 *
 * <p>Implementations never throw on bad input, keep scratch space between calls and are not
 * thread-safe. The three decoders give events that are equal to the bit for equal rows.
 */
public interface EventDecoder {

  /** Row number of a record that has none, such as one from Kafka. */
  long NO_ROW = -1;

  /**
   * Decodes the record {@code buffer[from .. from + length)}.
   *
   * @param row 0-based row in its file, which a made-up clock turns into a time, or {@link #NO_ROW}
   */
  Decoded decode(byte[] buffer, int from, int length, long row);

  /** Decodes a whole array that has no row number. */
  default Decoded decode(byte[] record) {
    return decode(record, 0, record.length, NO_ROW);
  }

  /** Decodes JSON objects: strings, numbers, {@code null}, arrays for several values. */
  static EventDecoder json(Schema schema, EventLimits limits, ValueListener listener) {
    return new JsonEventDecoder(schema, limits, listener);
  }

  /** Decodes lines of delimited text whose cells are those of {@code columns}. */
  static EventDecoder text(
      Schema schema,
      EventLimits limits,
      TextFormat format,
      List<String> columns,
      ValueListener listener) {
    return new TextEventDecoder(schema, limits, format, columns, listener);
  }

  /** Decodes what {@link BinaryEventCodec} encoded; raw values are not in there. */
  static EventDecoder binary(Schema schema, EventLimits limits) {
    return new BinaryEventCodec(schema, limits);
  }
}
