package io.millrace.format;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Law: a record in another form is rejected with the name of this form and what to set. */
class ForeignFormTest {

  private static final String JSON =
      "{\"ts\":%d,\"click\":1,\"price\":1,\"site\":\"a\",\"tags\":[]}".formatted(T);

  private static String message(RecordForm form, byte[] record) {
    Object decoded = form.decoder(SCHEMA, EventLimits.DEFAULT, ValueListener.none()).decode(record);
    assertThat(decoded).isInstanceOf(Reject.class);
    assertThat(((Reject) decoded).reason()).isEqualTo(Reject.Reason.NOT_PARSEABLE);
    return ((Reject) decoded).message();
  }

  private static byte[] hex(String digits, byte[] rest) {
    byte[] head = HexFormat.of().parseHex(digits.replace(" ", ""));
    byte[] all = Arrays.copyOf(head, head.length + rest.length);
    System.arraycopy(rest, 0, all, head.length, rest.length);
    return all;
  }

  @Test
  void compressedRecordsAreNamed() throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write(utf8(JSON));
    }
    assertThat(message(RecordForm.json(), zipped.toByteArray()))
        .isEqualTo(
            "a record must be a JSON object but is gzip (1F 8B); let the producer set"
                + " compression.type instead, which leaves values as they are");
    byte[] rest = new byte[20];
    for (RecordForm form : List.of(RecordForm.json(), RecordForm.binary(), AvroRecords.FORM)) {
      assertThat(message(form, hex("28b52ffd", rest))).contains(" but is zstd (28 B5 2F FD); ");
      assertThat(message(form, hex("ff060000734e61507059", rest))).contains(" but is snappy ");
      assertThat(message(form, hex("82534e4150505900", rest))).contains(" but is snappy ");
      assertThat(message(form, hex("04224d18", rest))).contains(" but is lz4 ");
      assertThat(message(form, hex("4f626a01", rest))).contains(" but is an Avro container file");
    }
  }

  @Test
  void aRegistrysPrefixIsNamed() {
    byte[] avro = AvroRecords.write(T, true, 3.0, 40f, "a", List.of());
    assertThat(message(RecordForm.json(), hex("00 00000102", avro)))
        .isEqualTo(
            "a record must be a JSON object but has the prefix of a schema registry (00 and the"
                + " schema id 258); if it is Avro, set kafka.value: avro, kafka.schema and"
                + " kafka.schema_id: 258");
    assertThat(message(RecordForm.json(), hex("00 00000102", utf8(JSON))))
        .endsWith("JSON is read only without it: let the producer use a plain JSON serializer");
    assertThat(message(AvroRecords.FORM, hex("00 00000102", avro)))
        .endsWith("; set kafka.schema_id: 258");
  }

  @Test
  void theFormOfAnotherValueIsNamed() {
    ClickEvent event = (ClickEvent) Rows.json(SCHEMA).decode(utf8(JSON));
    byte[] binary = new BinaryEventCodec(SCHEMA, EventLimits.DEFAULT).encode(event);
    assertThat(message(RecordForm.json(), binary))
        .isEqualTo(
            "a record must be a JSON object but is in Millrace's binary form (C1); set"
                + " kafka.value: binary");
    assertThat(message(RecordForm.binary(), utf8(" " + JSON + "\n")))
        .isEqualTo("a record must be Millrace's binary form but is JSON; set kafka.value: json");
    assertThat(message(AvroRecords.FORM, utf8(JSON)))
        .isEqualTo("a record must be Avro but is JSON; set kafka.value: json");
  }

  // Law: what is only broken keeps the decoder's own message.
  @Test
  void brokenRecordsKeepTheirMessage() {
    assertThat(message(RecordForm.json(), utf8("{\"ts\":")))
        .startsWith("a record must be JSON but it is not: ");
    assertThat(message(RecordForm.json(), utf8("hello")))
        .startsWith("a record must be JSON but it is not: ");
  }
}
