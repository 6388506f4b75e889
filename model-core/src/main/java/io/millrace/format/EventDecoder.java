package io.millrace.format;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import java.util.List;

/**
 * Decodes the bytes of one record to a {@link ClickEvent} or a {@link Reject}.
 *
 * <p>Implementations never throw on bad input, reuse buffers between calls and are not thread-safe.
 * All decoders give events that are equal to the bit for equal rows.
 */
public interface EventDecoder {

  /** Row number of a record that has none, such as one from Kafka. */
  long NO_ROW = -1;

  /**
   * Decodes the record {@code buffer[from .. from + length)}.
   *
   * @param row 0-based row in its file, from which a made-up clock computes the time; or {@link
   *     #NO_ROW}
   */
  Decoded decode(byte[] buffer, int from, int length, long row);

  /** Decodes a whole array that has no row number. */
  default Decoded decode(byte[] record) {
    return decode(record, 0, record.length, NO_ROW);
  }

  /** Decodes JSON objects: strings, numbers, {@code null}, arrays for several values, objects. */
  static EventDecoder json(Schema schema, EventLimits limits, ValueListener listener) {
    return new JsonEventDecoder(schema, limits, listener);
  }

  /**
   * Decodes lines of delimited text, which are UTF-8 by now, with the cells of {@code columns}, in
   * that order.
   */
  static EventDecoder text(
      Schema schema,
      EventLimits limits,
      FileFormat format,
      List<String> columns,
      ValueListener listener) {
    return new TextEventDecoder(schema, limits, format, columns, listener);
  }

  /** Decodes records of {@link BinaryEventCodec}, which hold no raw values. */
  static EventDecoder binary(Schema schema, EventLimits limits) {
    return new BinaryEventCodec(schema, limits);
  }
}
