package io.millrace.format;

import static io.millrace.format.Rows.SCHEMA;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Avro records of {@link Rows#SCHEMA}, written by Avro's own library. */
final class AvroRecords {

  /** Every kind of value, with lists and nested records that are not read. */
  static final String TEXT =
      record(
          "{'name':'ts','type':{'type':'long','logicalType':'timestamp-millis'}}",
          "{'name':'click','type':'boolean'}",
          "{'name':'price','type':['null','double']}",
          "{'name':'age','type':['null','float']}",
          "{'name':'site','type':['null','string','long']}",
          "{'name':'tags','type':{'type':'array','items':['null','string']}}",
          "{'name':'note','type':['null',{'type':'map','values':{'type':'array','items':'int'}}]}");

  static final RecordForm FORM = RecordForm.avro(TEXT, RecordForm.NO_ID, SCHEMA);

  private AvroRecords() {}

  /** A schema of the fields, whose JSON has single quotes. */
  static String record(String... fields) {
    return ("{'type':'record','name':'Click','fields':[" + String.join(",", fields) + "]}")
        .replace('\'', '"');
  }

  /** A record of {@link #TEXT}; the last value, a note, is null. */
  static byte[] write(
      Object ts, Object click, Object price, Object age, Object site, List<?> tags) {
    return write(TEXT, ts, click, price, age, site, tags, null);
  }

  /** A record with these values in the order of the fields. */
  static byte[] write(String schema, Object... values) {
    Schema type = new Schema.Parser().parse(schema);
    GenericData.Record record = new GenericData.Record(type);
    for (int i = 0; i < values.length; i++) {
      record.put(i, values[i]);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    try {
      new GenericDatumWriter<>(type).write(record, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
