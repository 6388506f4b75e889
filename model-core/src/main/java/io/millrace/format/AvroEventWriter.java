package io.millrace.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/**
 * Turns a row of an event file into the Avro record that a producer of such events would send.
 *
 * <p>Each record is decoded again. If it does not give the row's event to the bit, the schema
 * cannot hold the row (the id {@code 007} in an int, say) and the row is refused. A row that is no
 * event becomes a record that is rejected as well, or else is passed on unchanged.
 */
final class AvroEventWriter implements RowWriter {

  private final JsonFactory json = JsonValues.factory();
  private final Schema schema;
  private final JsonEventWriter objects;
  private final AvroValues values;
  private final EventDecoder back;
  private final GenericDatumWriter<GenericData.Record> writer;
  private final int schemaId;
  private BinaryEncoder encoder;

  /**
   * A writer.
   *
   * @param objects writes rows as JSON objects, from which the values are taken
   */
  AvroEventWriter(Schema schema, EventLimits limits, RecordForm form, JsonEventWriter objects) {
    org.apache.avro.Schema type = AvroColumns.parse(form.avro());
    this.schema = schema;
    this.objects = objects;
    values = new AvroValues(type, schema);
    writer = new GenericDatumWriter<>(type);
    schemaId = form.schemaId();
    back = new AvroEventDecoder(schema, limits, type, schemaId, ValueListener.none());
  }

  @Override
  public byte[] write(EventRow row) throws EventFileException {
    if (row.decoded() instanceof ClickEvent event) {
      return writeEvent(row, event);
    }
    try {
      byte[] record = encode(row);
      return back.decode(record) instanceof Reject ? record : row.line();
    } catch (AvroValues.Unfit | IOException | AvroRuntimeException e) {
      return row.line(); // for the reader to reject
    }
  }

  private byte[] writeEvent(EventRow row, ClickEvent event) throws EventFileException {
    try {
      byte[] record = encode(row);
      String differs = difference(event, back.decode(record));
      if (differs != null) {
        throw refused(row, differs + " would be read as another value", null);
      }
      return record;
    } catch (AvroValues.Unfit | IOException | AvroRuntimeException e) {
      if (e instanceof EventFileException refused) {
        throw refused;
      }
      throw refused(row, e.getMessage(), e);
    }
  }

  private static EventFileException refused(EventRow row, String why, Exception cause) {
    return new EventFileException(
        "row %d cannot be written as kafka.schema says: %s; change the type in the Avro schema"
            .formatted(row.row(), why),
        cause);
  }

  private byte[] encode(EventRow row) throws AvroValues.Unfit, IOException {
    Object object;
    try (JsonParser parser = json.createParser(objects.write(row))) {
      parser.nextToken();
      object = JsonValues.read(parser);
    }
    if (!(object instanceof Map<?, ?> map)) {
      throw new AvroValues.Unfit("a row must be an object");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    if (schemaId != RecordForm.NO_ID) {
      out.write(0);
      out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(schemaId).array());
    }
    encoder = EncoderFactory.get().binaryEncoder(out, encoder);
    writer.write(values.record(map), encoder);
    encoder.flush();
    return out.toByteArray();
  }

  /** The column in which a decoded record differs from its row's event; null if in none. */
  private String difference(ClickEvent event, Decoded decoded) {
    if (!(decoded instanceof ClickEvent again)) {
      return ((Reject) decoded).message() + ": it";
    }
    if (event.eventTime() != again.eventTime()) {
      return schema.time().column();
    }
    if (Float.compare(event.label(), again.label()) != 0) {
      return schema.label().column();
    }
    for (int d = 0; d < event.dense().length; d++) {
      if (Float.compare(event.dense()[d], again.dense()[d]) != 0
          || event.missing(d) != again.missing(d)) {
        return schema.dense().get(d).column();
      }
    }
    for (int f = 0; f < event.fields(); f++) {
      if (!Arrays.equals(ids(event, f), ids(again, f))) {
        return schema.fields().get(f).column();
      }
    }
    return null;
  }

  private static long[] ids(ClickEvent event, int field) {
    int[] offsets = event.offsets();
    return Arrays.copyOfRange(event.ids(), offsets[field], offsets[field + 1]);
  }
}
