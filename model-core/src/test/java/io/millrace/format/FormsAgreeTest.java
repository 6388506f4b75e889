package io.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventHash;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.file.EventFile;
import java.io.IOException;
import java.nio.ByteBuffer;
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
 * Law: equal rows give equal events with equal hashes, or are rejected for the same reason, in all forms: csv, tsv,
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
      checkSeed(seed);
    }
    if (LOGS >= 100) {
      assertThat(events).isGreaterThan(LOGS * ROWS / 3);
      assertThat(rejects).isGreaterThan(LOGS * ROWS / 20);
      assertThat(avroLogs).isGreaterThan(LOGS / 3);
    }
  }

  private void check(String seed, FuzzedLog log) throws IOException {
    FuzzedForms forms = new FuzzedForms(log);
    List<LogFile> files = new ArrayList<>();
    if (log.inCells) {
      files.add(read(log, TextFormat.CSV, forms.cells(TextFormat.CSV)));
      files.add(read(log, TextFormat.TSV, forms.cells(TextFormat.TSV)));
    }
    files.add(read(log, TextFormat.JSONL, forms.jsonLines()));
    List<Decoded> expected = files.get(0).decoded();
    events += (int) expected.stream().filter(ClickEvent.class::isInstance).count();
    rejects += (int) expected.stream().filter(Reject.class::isInstance).count();
    results(log, forms, files)
        .forEach((form, decoded) -> compare(form + ", " + seed, log, expected, decoded));
  }

  private void checkSeed(long seed) {
    String repeat = "-Dmillrace.fuzz.from=" + seed + " -Dmillrace.fuzz.logs=1";
    FuzzedLog log = new FuzzedLog(seed, ROWS);
    try {
      check(repeat, log);
    } catch (IOException | RuntimeException e) {
      throw new AssertionError("%s, %s, rows %s".formatted(repeat, log.schema, log.rows), e);
    }
  }

  private static void compare(
      String what, FuzzedLog log, List<Decoded> expected, List<Decoded> decoded) {
    assertThat(decoded).as(what).hasSameSizeAs(expected);
    for (int r = 0; r < expected.size(); r++) {
      if (expected.get(r) instanceof Reject && isTakenForPrefix(decoded.get(r))) {
        continue;
      }
      assertThat(text(decoded.get(r)))
          .as("%s, %s, row %s: %s", what, log.schema, log.rows.get(r), decoded.get(r))
          .isEqualTo(text(expected.get(r)));
    }
  }

  /** Bytes of a rejected row that by chance are an event behind a 0 and four more. */
  private static boolean isTakenForPrefix(Decoded decoded) {
    return decoded instanceof Reject reject
        && reject.message().contains("has the prefix of a schema registry");
  }

  /** What each form gives. */
  private Map<String, List<Decoded>> results(FuzzedLog log, FuzzedForms forms, List<LogFile> files)
      throws IOException {
    Schema schema = log.schema;
    Map<String, List<Decoded>> results = new LinkedHashMap<>();
    for (LogFile file : files) {
      results.put(file.name(), file.decoded());
      results.put("json from " + file.name(), sent(RecordForm.json(), log, file));
    }
    results.put("binary", binary(schema, files.get(0).decoded()));
    org.apache.avro.Schema type = forms.avro();
    if (type == null) {
      return results;
    }
    RecordForm plain = RecordForm.avro(type.toString(), RecordForm.NO_ID, schema);
    RecordForm registry = RecordForm.avro(type.toString(), ID, schema);
    for (LogFile file : files) {
      results.put(
          "avro " + type + " from " + file.name(),
          sent(file.format.text() == TextFormat.CSV ? plain : registry, log, file));
    }
    if (!(schema.time() instanceof TimeColumn.MadeUp)) {
      results.put("avro " + type, decode(plain, schema, forms.avro(type, new byte[0])));
      results.put("avro with prefix", decode(registry, schema, forms.avro(type, PREFIX)));
    }
    avroLogs++;
    return results;
  }

  /** A file that was read. */
  private record LogFile(FileFormat format, List<EventRow> rows) {
    String name() {
      return format.toString();
    }

    List<Decoded> decoded() {
      return rows.stream().map(EventRow::decoded).toList();
    }
  }

  private LogFile read(FuzzedLog log, TextFormat type, FuzzedForms.Text text) throws IOException {
    Path file = folder.resolve("log");
    Files.write(file, text.bytes());
    FileFormat format = new FileFormat(type, text.columns(), text.separator(), text.encoding());
    List<EventRow> rows = new ArrayList<>();
    try (EventFile in = EventFile.open(file, format, log.schema, LIMITS, ValueListener.none())) {
      for (EventRow row = in.next(); row != null; row = in.next()) {
        rows.add(row);
      }
    }
    return new LogFile(format, rows);
  }

  /** What the reader of a topic makes of a replay of a file. */
  private static List<Decoded> sent(RecordForm form, FuzzedLog log, LogFile file)
      throws IOException {
    RowWriter writer = form.writer(log.schema, LIMITS, file.format());
    List<byte[]> records = new ArrayList<>();
    for (EventRow row : file.rows()) {
      records.add(writer.write(row));
    }
    return decode(form, log.schema, records);
  }

  private static List<Decoded> decode(RecordForm form, Schema schema, List<byte[]> records) {
    EventDecoder decoder = form.decoder(schema, LIMITS, ValueListener.none());
    return records.stream().map(decoder::decode).toList();
  }

  /** The binary form holds events alone: rejects are passed over. */
  private static List<Decoded> binary(Schema schema, List<Decoded> decoded) {
    BinaryEventCodec codec = new BinaryEventCodec(schema, LIMITS);
    return decoded.stream()
        .map(d -> d instanceof ClickEvent event ? codec.decode(codec.encode(event)) : d)
        .toList();
  }

  /** An event by its bits and hash, a reject by its reason. */
  private static String text(Decoded decoded) {
    if (!(decoded instanceof ClickEvent event)) {
      return ((Reject) decoded).reason().key();
    }
    List<String> dense = new ArrayList<>();
    for (int d = 0; d < event.dense().length; d++) {
      String bits = Integer.toHexString(Float.floatToRawIntBits(event.dense()[d]));
      dense.add(event.missing(d) ? "missing " + bits : bits);
    }
    return "%x %d %s %s %s %s"
        .formatted(
            new EventHash().of(event),
            event.eventTime(),
            event.label(),
            dense,
            Arrays.toString(event.ids()),
            Arrays.toString(event.offsets()));
  }
}
