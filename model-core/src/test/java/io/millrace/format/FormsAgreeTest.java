package io.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: equal rows give equal events, or are rejected for the same reason, in all forms: csv, tsv,
 * jsonl, JSON in Kafka, Avro plain and with a registry's prefix, the binary form, and what a replay
 * makes of csv.
 */
class FormsAgreeTest {

  /** Random logs; {@code -Dmillrace.fuzz.from=SEED -Dmillrace.fuzz.logs=1} repeats one. */
  private static final long FROM = Long.getLong("millrace.fuzz.from", 0);

  private static final int LOGS = Integer.getInteger("millrace.fuzz.logs", 300);
  private static final int ROWS = 12;
  private static final EventLimits LIMITS = EventLimits.DEFAULT;
  private static final int ID = 258;
  private static final byte[] PREFIX = ByteBuffer.allocate(5).put((byte) 0).putInt(ID).array();

  @TempDir private Path folder;

  private int events;
  private int rejects;
  private int avroLogs;

  @Test
  void allFormsGiveEqualEventsOrEqualRejects() throws IOException {
    for (long seed = FROM; seed < FROM + LOGS; seed++) {
      FuzzedLog log = new FuzzedLog(seed, ROWS);
      check("-Dmillrace.fuzz.from=" + seed + " -Dmillrace.fuzz.logs=1", log);
    }
    if (LOGS >= 100) {
      assertThat(events).isGreaterThan(LOGS * ROWS / 3);
      assertThat(rejects).isGreaterThan(LOGS * ROWS / 20);
      assertThat(avroLogs).isGreaterThan(LOGS / 3);
    }
  }

  private void check(String seed, FuzzedLog log) throws IOException {
    FuzzedForms forms = new FuzzedForms(log);
    List<EventFile.Row> csv = read(log, TextFormat.CSV, forms.cells(TextFormat.CSV));
    List<Decoded> expected = csv.stream().map(EventFile.Row::decoded).toList();
    events += (int) expected.stream().filter(ClickEvent.class::isInstance).count();
    rejects += (int) expected.stream().filter(Reject.class::isInstance).count();
    results(log, forms, csv)
        .forEach(
            (form, decoded) ->
                assertThat(texts(decoded))
                    .as("%s, %s, %s, rows %s", form, seed, log.schema, log.rows)
                    .isEqualTo(texts(expected)));
  }

  /** What each form gives. */
  private Map<String, List<Decoded>> results(
      FuzzedLog log, FuzzedForms forms, List<EventFile.Row> csv) throws IOException {
    Schema schema = log.schema;
    Map<String, List<Decoded>> results = new LinkedHashMap<>();
    List<EventFile.Row> tsv = read(log, TextFormat.TSV, forms.cells(TextFormat.TSV));
    List<EventFile.Row> jsonl = read(log, TextFormat.JSONL, forms.json());
    results.put("tsv", tsv.stream().map(EventFile.Row::decoded).toList());
    results.put("jsonl", jsonl.stream().map(EventFile.Row::decoded).toList());
    results.put("json from csv", sent(RecordForm.json(), log, TextFormat.CSV, csv));
    results.put("json from tsv", sent(RecordForm.json(), log, TextFormat.TSV, tsv));
    results.put("json from jsonl", sent(RecordForm.json(), log, TextFormat.JSONL, jsonl));
    results.put("binary", binary(schema, csv));
    org.apache.avro.Schema type = forms.avro();
    if (type == null) {
      return results;
    }
    RecordForm plain = RecordForm.avro(type.toString(), RecordForm.NO_ID, schema);
    RecordForm registry = RecordForm.avro(type.toString(), ID, schema);
    results.put("avro from csv", sent(plain, log, TextFormat.CSV, csv));
    results.put("avro from jsonl", sent(registry, log, TextFormat.JSONL, jsonl));
    if (!(schema.time() instanceof TimeColumn.MadeUp)) {
      results.put("avro", decode(plain, schema, forms.avro(type, new byte[0])));
      results.put("avro with prefix", decode(registry, schema, forms.avro(type, PREFIX)));
    }
    avroLogs++;
    return results;
  }

  private List<EventFile.Row> read(FuzzedLog log, TextFormat format, List<String> lines)
      throws IOException {
    Path file = folder.resolve("log");
    Files.write(file, lines, StandardCharsets.UTF_8);
    List<EventFile.Row> rows = new ArrayList<>();
    try (EventFile in =
        EventFile.open(
            file, EventFile.Format.of(format), log.schema, LIMITS, ValueListener.none())) {
      for (EventFile.Row row = in.next(); row != null; row = in.next()) {
        rows.add(row);
      }
    }
    return rows;
  }

  /** What the reader of a topic makes of a replay of a file. */
  private static List<Decoded> sent(
      RecordForm form, FuzzedLog log, TextFormat format, List<EventFile.Row> rows)
      throws IOException {
    RowWriter writer = form.writer(log.schema, LIMITS, EventFile.Format.of(format));
    List<byte[]> records = new ArrayList<>();
    for (EventFile.Row row : rows) {
      records.add(writer.write(row));
    }
    return decode(form, log.schema, records);
  }

  private static List<Decoded> decode(RecordForm form, Schema schema, List<byte[]> records) {
    EventDecoder decoder = form.decoder(schema, LIMITS, ValueListener.none());
    return records.stream().map(decoder::decode).toList();
  }

  /** The binary form holds events alone: rejects are passed over. */
  private static List<Decoded> binary(Schema schema, List<EventFile.Row> rows) {
    BinaryEventCodec codec = new BinaryEventCodec(schema, LIMITS);
    return rows.stream()
        .map(EventFile.Row::decoded)
        .map(d -> d instanceof ClickEvent event ? codec.decode(codec.encode(event)) : d)
        .toList();
  }

  /** Events by their bits, rejects by their reason. */
  private static List<String> texts(List<Decoded> decoded) {
    return decoded.stream().map(FormsAgreeTest::text).toList();
  }

  private static String text(Decoded decoded) {
    if (!(decoded instanceof ClickEvent event)) {
      return ((Reject) decoded).reason().key();
    }
    List<String> dense = new ArrayList<>();
    for (int d = 0; d < event.dense().length; d++) {
      String bits = Integer.toHexString(Float.floatToRawIntBits(event.dense()[d]));
      dense.add(event.missing(d) ? "missing " + bits : bits);
    }
    return "%d %s %s %s %s"
        .formatted(
            event.eventTime(),
            event.label(),
            dense,
            Arrays.toString(event.ids()),
            Arrays.toString(event.offsets()));
  }
}
