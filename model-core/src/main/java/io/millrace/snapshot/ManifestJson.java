package io.millrace.snapshot;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.millrace.dense.MlpSpec;
import io.millrace.event.CategoricalField;
import io.millrace.event.Schema;
import io.millrace.format.FileFormat;
import io.millrace.format.TextFormat;
import io.millrace.hash.IdHash;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.MultiHash;
import io.millrace.hash.QuotientRemainderHash;
import io.millrace.linear.LinearOptions;
import io.millrace.math.XxHash64;
import io.millrace.metric.Metrics;
import io.millrace.snapshot.Manifest.Field;
import io.millrace.snapshot.Manifest.FileEntry;
import io.millrace.snapshot.Manifest.Kind;
import io.millrace.snapshot.Manifest.Linear;
import io.millrace.snapshot.Manifest.Network;
import io.millrace.snapshot.Manifest.Stored;
import io.millrace.table.Combine;
import io.millrace.table.RowFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The bytes of a {@link Manifest}:
 *
 * <pre>
 * { "format": 1, or 2 if the schema has missing texts or fields of numbers, or 3 if there is a linear part,
 *             or 4 if rows have another precision than float32, or 5 if columns have numbers
 *   "arm", "seed", "model_version", "events_learned",
 *   "event_time": {"first", "last"}                            ms since the epoch; null without events
 *   "window": {"start", "end", "events", "positives", "auc", "logloss", "ne", "calibration"}   or null
 *   "maps": [{"field", "version", "checksum"}],
 *   "dim", "bottom": {"sizes", "relu_last"}, "top": {...},    these and fields are left out
 *                                                              without a network
 *   "fields": [{"name", "kind", "rows", "row_length", "combine": "sum" | "mult" | "concat",
 *               "stored": "dense" | "factors" | "sparse",
 *               "precision": "float16" | "bf16" | "int8", ...}],     left out if it is float32
 *              kind "indexed" or "map": no further keys; "modulo": "seed"; "multi": "lookups", "seed";
 *              "quotient_remainder": "ids", "divisor", "seed"
 *   "linear": {"slots", "bins", "precision": "float32" | "float16"},   left out if there is none
 *   "schema": {"dense": [...], "categorical": [...], "label": {...}, "time": {...},
 *              "missing": [...], "numbers": [...]},            left out if none, or if 0, 1, ...
 *   "event_format": {"text": "csv" | "tsv" | "jsonl", "columns": [...],
 *                    "separator", "encoding"}                  or null; the last two are left out
 *                                                              if they are the usual ones
 *   "updates": {"topic", "partition", "epoch", "interval"},   left out if there are none
 *   "files": [{"name", "bytes", "xxh64"}],
 *   "manifest_xxh64": checksum of this file with 16 zeros in this place }
 * </pre>
 *
 * <p>Checksums are XXH64 with seed 0 as 16 hex digits, as {@code xxhsum} prints them. NaN is null.
 * Equal contents give equal bytes: there is no clock in it. Fields of older manifests may lack
 * row_length (then it is dim), combine (then sum) and stored (then dense).
 */
final class ManifestJson {

  private static final int FORMAT = 1;

  /** Readers of format 1 would encode other ids. */
  private static final int FORMAT_OF_MISSING_AND_NUMBERS = 2;

  /** Readers of earlier formats would leave the linear part out of their scores. */
  private static final int FORMAT_OF_LINEAR = 3;

  /** Readers of earlier formats would look for rows in float32. */
  private static final int FORMAT_OF_PRECISION = 4;

  /** Readers of earlier formats would look for the linear part's weights in other slots. */
  private static final int FORMAT_OF_COLUMN_NUMBERS = 5;

  private static final String UTF_8 = "utf-8";
  private static final JsonFactory JSON = new JsonFactory();
  private static final String CHECKSUM = "\"manifest_xxh64\" : \"";
  private static final String ZEROS = "0".repeat(16);

  private ManifestJson() {}

  /** A checksum as 16 hex digits. */
  static String hex(long checksum) {
    return HexFormat.of().toHexDigits(checksum);
  }

  /** The bytes of a manifest. */
  static byte[] write(Manifest manifest) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.setPrettyPrinter(
          new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));
      write(manifest, json);
    }
    out.write('\n');
    byte[] bytes = out.toByteArray();
    byte[] checksum = hex(XxHash64.hash(bytes, 0)).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(checksum, 0, bytes, checksumAt(bytes, Manifest.FILE_NAME), checksum.length);
    return bytes;
  }

  private static void write(Manifest manifest, JsonGenerator json) throws IOException {
    Origin origin = manifest.origin();
    json.writeStartObject();
    json.writeNumberField("format", format(manifest));
    json.writeStringField("arm", origin.arm());
    json.writeNumberField("seed", origin.seed());
    json.writeNumberField("model_version", origin.modelVersion());
    json.writeNumberField("events_learned", origin.eventsLearned());
    writeEventTime(origin, json);
    writeWindow(origin, json);
    writeMaps(origin, json);
    if (manifest.network().isPresent()) {
      writeNetwork(manifest.network().get(), json);
    }
    if (manifest.linear().isPresent()) {
      writeLinear(manifest.linear().get(), json);
    }
    json.writeFieldName("schema");
    SchemaJson.write(manifest.schema(), json);
    writeEventFormat(origin.eventFormat(), json);
    if (origin.updates().isPresent()) {
      UpdatesJson.write(origin.updates().get(), json);
    }
    writeFiles(manifest.files(), json);
    json.writeStringField("manifest_xxh64", ZEROS);
    json.writeEndObject();
  }

  private static void writeNetwork(Network network, JsonGenerator json) throws IOException {
    json.writeNumberField("dim", network.dim());
    writeMlp("bottom", network.bottom(), json);
    writeMlp("top", network.top(), json);
    writeFields(network.fields(), json);
  }

  private static void writeLinear(Linear linear, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("linear");
    json.writeNumberField("slots", linear.slots());
    json.writeNumberField("bins", linear.bins());
    json.writeStringField("precision", linear.precision().name().toLowerCase(Locale.ROOT));
    json.writeEndObject();
  }

  /** The lowest format whose readers score as this version does. */
  private static int format(Manifest manifest) {
    Schema schema = manifest.schema();
    List<Field> fields = manifest.network().map(Network::fields).orElse(List.of());
    int ofLinear = schema.numberedByPosition() ? FORMAT_OF_LINEAR : FORMAT_OF_COLUMN_NUMBERS;
    boolean precise = fields.stream().allMatch(field -> field.precision() == RowFormat.FLOAT32);
    boolean plain =
        schema.missing().isEmpty() && schema.fields().stream().noneMatch(CategoricalField::number);
    int format = plain ? FORMAT : FORMAT_OF_MISSING_AND_NUMBERS;
    format = precise ? format : FORMAT_OF_PRECISION;
    return manifest.linear().isPresent() ? Math.max(format, ofLinear) : format;
  }

  private static void writeEventTime(Origin origin, JsonGenerator json) throws IOException {
    json.writeFieldName("event_time");
    if (origin.lastEventTime() < origin.firstEventTime()) {
      json.writeNull();
    } else {
      json.writeStartObject();
      json.writeNumberField("first", origin.firstEventTime());
      json.writeNumberField("last", origin.lastEventTime());
      json.writeEndObject();
    }
  }

  private static void writeWindow(Origin origin, JsonGenerator json) throws IOException {
    json.writeFieldName("window");
    if (origin.window() == null) {
      json.writeNull();
      return;
    }
    Metrics m = origin.window().metrics();
    json.writeStartObject();
    json.writeNumberField("start", origin.window().start());
    json.writeNumberField("end", origin.window().end());
    json.writeNumberField("events", m.events());
    json.writeNumberField("positives", m.positives());
    writeNumber("auc", m.auc(), json);
    writeNumber("logloss", m.logLoss(), json);
    writeNumber("ne", m.ne(), json);
    writeNumber("calibration", m.calibration(), json);
    json.writeEndObject();
  }

  private static void writeNumber(String name, double value, JsonGenerator json)
      throws IOException {
    json.writeFieldName(name);
    if (Double.isFinite(value)) {
      json.writeNumber(value);
    } else {
      json.writeNull();
    }
  }

  private static void writeMaps(Origin origin, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("maps");
    for (Origin.MapId map : origin.maps()) {
      json.writeStartObject();
      json.writeStringField("field", map.field());
      json.writeNumberField("version", map.version());
      json.writeStringField("checksum", hex(map.checksum()));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeMlp(String name, MlpSpec spec, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeFieldName("sizes");
    int[] sizes = spec.sizes().stream().mapToInt(Integer::intValue).toArray();
    json.writeArray(sizes, 0, sizes.length);
    json.writeBooleanField("relu_last", spec.reluLast());
    json.writeEndObject();
  }

  private static void writeFields(List<Field> fields, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("fields");
    for (Field field : fields) {
      json.writeStartObject();
      json.writeStringField("name", field.name());
      json.writeStringField("kind", field.kind().name().toLowerCase(Locale.ROOT));
      json.writeNumberField("rows", field.rows());
      json.writeNumberField("row_length", field.rowLength());
      json.writeStringField("combine", field.combine().key());
      json.writeStringField("stored", field.stored().key());
      if (field.precision() != RowFormat.FLOAT32) {
        json.writeStringField("precision", field.precision().key());
      }
      writeFormula(field.formula(), json);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeFormula(IdHash formula, JsonGenerator json) throws IOException {
    if (formula instanceof ModuloHash hash) {
      json.writeNumberField("seed", hash.seed());
    } else if (formula instanceof MultiHash hash) {
      json.writeNumberField("lookups", hash.lookups());
      json.writeNumberField("seed", hash.seed());
    } else if (formula instanceof QuotientRemainderHash hash) {
      json.writeNumberField("ids", hash.ids());
      json.writeNumberField("divisor", hash.divisor());
      json.writeNumberField("seed", hash.seed());
    } else if (formula != null) {
      throw new IllegalArgumentException(
          "the manifest has no keys for the hash " + formula.getClass().getName());
    }
  }

  private static void writeEventFormat(FileFormat format, JsonGenerator json) throws IOException {
    json.writeFieldName("event_format");
    if (format == null) {
      json.writeNull();
      return;
    }
    json.writeStartObject();
    json.writeStringField("text", format.text().key());
    json.writeFieldName("columns");
    json.writeArray(format.columns().toArray(new String[0]), 0, format.columns().size());
    if (!format.usualSeparator()) {
      json.writeStringField("separator", format.separator());
    }
    if (!format.encoding().equals(UTF_8)) {
      json.writeStringField("encoding", format.encoding());
    }
    json.writeEndObject();
  }

  private static void writeFiles(List<FileEntry> files, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("files");
    for (FileEntry file : files) {
      json.writeStartObject();
      json.writeStringField("name", file.name());
      json.writeNumberField("bytes", file.bytes());
      json.writeStringField("xxh64", hex(file.checksum()));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /**
   * Reads a manifest.
   *
   * @param name the file, for messages
   * @throws IOException if it is damaged, incomplete or of another format
   */
  static Manifest read(byte[] bytes, String name) throws IOException {
    JsonTree json = JsonTree.parse(bytes, name);
    long format = json.integer("format");
    if (format < FORMAT || format > FORMAT_OF_COLUMN_NUMBERS) {
      throw new IOException(name + ": format must be in 1..5 but was " + format);
    }
    checkSum(bytes, json.text("manifest_xxh64"), name);
    try {
      return new Manifest(
          origin(json),
          SchemaJson.read(json.at("schema")),
          json.has("dim") || !json.has("linear") ? Optional.of(network(json)) : Optional.empty(),
          json.has("linear") ? Optional.of(linear(json.at("linear"))) : Optional.empty(),
          files(json));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IOException(name + ": " + JsonTree.shown(e.getMessage()), e);
    }
  }

  private static void checkSum(byte[] bytes, String written, String name) throws IOException {
    byte[] zeroed = bytes.clone();
    int at = checksumAt(bytes, name);
    System.arraycopy(ZEROS.getBytes(StandardCharsets.US_ASCII), 0, zeroed, at, ZEROS.length());
    String computed = hex(XxHash64.hash(zeroed, 0));
    if (!computed.equals(written)) {
      throw new IOException(
          name
              + ": damaged or edited, its checksum must be "
              + JsonTree.shown(written)
              + " but is "
              + computed);
    }
  }

  private static int checksumAt(byte[] bytes, String name) throws IOException {
    int key = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf(CHECKSUM);
    int at = key + CHECKSUM.length();
    if (key < 0 || at + ZEROS.length() > bytes.length) {
      throw new IOException(name + ": 'manifest_xxh64' is missing");
    }
    return at;
  }

  private static Origin origin(JsonTree json) throws IOException {
    boolean learned = json.has("event_time");
    List<Origin.MapId> maps = new ArrayList<>();
    for (JsonTree map : json.list("maps")) {
      long checksum = map.checksum("checksum");
      maps.add(new Origin.MapId(map.text("field"), map.int32("version"), checksum));
    }
    return new Origin(
        json.text("arm"),
        json.integer("seed"),
        json.integer("model_version"),
        learned ? json.at("event_time").integer("first") : Long.MAX_VALUE,
        learned ? json.at("event_time").integer("last") : Long.MIN_VALUE,
        json.integer("events_learned"),
        json.has("window") ? window(json.at("window")) : null,
        maps,
        json.has("event_format") ? eventFormat(json.at("event_format")) : null,
        json.has("updates") ? Optional.of(UpdatesJson.read(json.at("updates"))) : Optional.empty());
  }

  private static FileFormat eventFormat(JsonTree json) throws IOException {
    FileFormat usual = new FileFormat(json.choice("text", TextFormat.class), json.texts("columns"));
    return new FileFormat(
        usual.text(),
        usual.columns(),
        json.has("separator") ? json.text("separator") : usual.separator(),
        json.has("encoding") ? json.text("encoding") : UTF_8);
  }

  private static Origin.ClosedWindow window(JsonTree json) throws IOException {
    Metrics metrics =
        new Metrics(
            json.integer("events"),
            json.integer("positives"),
            json.number("auc"),
            json.number("logloss"),
            json.number("ne"),
            json.number("calibration"));
    return new Origin.ClosedWindow(json.integer("start"), json.integer("end"), metrics);
  }

  private static Network network(JsonTree json) throws IOException {
    return new Network(
        json.int32("dim"), mlp(json.at("bottom")), mlp(json.at("top")), fields(json));
  }

  private static Linear linear(JsonTree json) throws IOException {
    return new Linear(
        json.int32("slots"),
        json.int32("bins"),
        json.choice("precision", LinearOptions.Precision.class));
  }

  private static MlpSpec mlp(JsonTree json) throws IOException {
    List<Integer> sizes = new ArrayList<>();
    for (JsonTree size : json.list("sizes")) {
      sizes.add(Math.toIntExact(size.asLong()));
    }
    return new MlpSpec(sizes, json.flag("relu_last"));
  }

  private static List<Field> fields(JsonTree json) throws IOException {
    List<Field> fields = new ArrayList<>();
    for (JsonTree field : json.list("fields")) {
      Kind kind = field.choice("kind", Kind.class);
      boolean described = field.has("row_length");
      fields.add(
          new Field(
              field.text("name"),
              kind,
              field.int32("rows", 0),
              described ? field.int32("row_length", 1) : json.int32("dim", 1),
              described ? field.choice("combine", Combine.class) : Combine.SUM,
              field.has("stored") ? field.choice("stored", Stored.class) : Stored.DENSE,
              field.has("precision")
                  ? field.choice("precision", RowFormat.class)
                  : RowFormat.FLOAT32,
              formula(kind, field)));
    }
    return fields;
  }

  private static IdHash formula(Kind kind, JsonTree field) throws IOException {
    int rows = field.int32("rows");
    return switch (kind) {
      case INDEXED, MAP -> null;
      case MODULO -> new ModuloHash(rows, field.integer("seed"));
      case MULTI -> {
        int lookups = field.int32("lookups");
        yield new MultiHash(lookups, rows / Math.max(1, lookups), field.integer("seed"));
      }
      case QUOTIENT_REMAINDER ->
          new QuotientRemainderHash(
              field.integer("ids"), field.int32("divisor"), field.integer("seed"));
    };
  }

  private static List<FileEntry> files(JsonTree json) throws IOException {
    List<FileEntry> files = new ArrayList<>();
    for (JsonTree file : json.list("files")) {
      long checksum = file.checksum("xxh64");
      files.add(new FileEntry(file.text("name"), file.integer("bytes"), checksum));
    }
    return files;
  }
}
