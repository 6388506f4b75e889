package io.millrace.format;

import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import java.io.Serializable;

/**
 * How the events of a topic are written. Travels with the job as text.
 *
 * @param kind JSON, Millrace's binary form, or Avro
 * @param avro the Avro schema of the records, as JSON; empty if they are no Avro
 * @param schemaId id of the writer's schema, which a schema registry's serializer writes before
 *     each record, at least 0; {@link #NO_ID} for records without such a prefix
 */
public record RecordForm(Kind kind, String avro, int schemaId) implements Serializable {

  /** No prefix of a schema registry. */
  public static final int NO_ID = -1;

  /** The forms of a record. */
  public enum Kind {
    JSON,
    BINARY,
    AVRO
  }

  public RecordForm {
    if (avro.isEmpty() == (kind == Kind.AVRO)) {
      throw new IllegalArgumentException(
          "schema must be set for value: avro, and for nothing else, but was '" + avro + "'");
    }
    if (schemaId < NO_ID || (schemaId > NO_ID && kind != Kind.AVRO)) {
      throw new IllegalArgumentException(
          "schema_id must be >= 0, and -1 unless value is avro, but was " + schemaId);
    }
  }

  /** Records that are JSON objects. */
  public static RecordForm json() {
    return new RecordForm(Kind.JSON, "", NO_ID);
  }

  /** Records of {@link BinaryEventCodec}. */
  public static RecordForm binary() {
    return new RecordForm(Kind.BINARY, "", NO_ID);
  }

  /**
   * Records in Avro's binary encoding.
   *
   * @param text an Avro schema, whose JSON is kept without blanks
   * @param columns the columns that must be in it
   * @throws IllegalArgumentException with the rule that the schema breaks, such as {@code must have
   *     the column 'x'}
   */
  public static RecordForm avro(String text, int schemaId, Schema columns) {
    org.apache.avro.Schema type = AvroColumns.parse(text);
    AvroColumns.check(type, columns);
    return new RecordForm(Kind.AVRO, type.toString(), schemaId);
  }

  /** A decoder of a topic's records; a reject names what a record is if it has another form. */
  public EventDecoder decoder(Schema schema, EventLimits limits, ValueListener listener) {
    return switch (kind) {
      case JSON -> new ForeignForm(EventDecoder.json(schema, limits, listener), this, null);
      case BINARY -> new ForeignForm(EventDecoder.binary(schema, limits), this, null);
      case AVRO -> {
        org.apache.avro.Schema type = AvroColumns.parse(avro);
        yield new ForeignForm(
            new AvroEventDecoder(schema, limits, type, schemaId, listener),
            this,
            new AvroEventDecoder(schema, limits, type, NO_ID, ValueListener.none()));
      }
    };
  }

  /**
   * A writer of the rows of files as a producer of such records would send them.
   *
   * @param format format of the files
   */
  public RowWriter writer(Schema schema, EventLimits limits, FileFormat format) {
    JsonEventWriter json = new JsonEventWriter(schema, format);
    return switch (kind) {
      case JSON -> json::write;
      case BINARY -> BinaryEventCodec.writer(schema, limits);
      case AVRO -> new AvroEventWriter(schema, limits, this, json);
    };
  }
}
