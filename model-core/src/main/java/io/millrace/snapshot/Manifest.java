package io.millrace.snapshot;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.millrace.dense.MlpSpec;
import io.millrace.event.Schema;
import io.millrace.format.EventFile;
import io.millrace.format.TextFormat;
import io.millrace.hash.CompiledMap;
import io.millrace.hash.IdHash;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.MultiHash;
import io.millrace.hash.QuotientRemainderHash;
import io.millrace.math.XxHash64;
import io.millrace.metric.Metrics;
import io.millrace.table.Combine;
import io.millrace.table.SparseRows;
import io.millrace.table.StoredRows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * {@code manifest.json} of a published model: what it is, where it comes from, which files it has.
 *
 * <pre>
 * { "format": 1,
 *   "arm", "seed", "model_version", "events_learned",
 *   "event_time": {"first", "last"}                            ms since the epoch; null without events
 *   "window": {"start", "end", "events", "positives", "auc", "logloss", "ne", "calibration"}   or null
 *   "maps": [{"field", "version", "checksum"}],
 *   "dim", "bottom": {"sizes", "relu_last"}, "top": {...},
 *   "fields": [{"name", "kind", "rows", "row_length", "combine": "sum" | "mult" | "concat",
 *               "stored": "dense" | "factors" | "sparse", ...}],
 *              kind "indexed" or "map": no more; "modulo": "seed"; "multi": "lookups", "seed";
 *              "quotient_remainder": "ids", "divisor", "seed"
 *   "schema": {"dense": [...], "categorical": [...], "label": {...}, "time": {...}},
 *   "event_format": {"text": "csv" | "tsv" | "jsonl", "columns": [...]}   or null
 *   "files": [{"name", "bytes", "xxh64"}],
 *   "manifest_xxh64": checksum of this file with 16 zeros in this place }
 * </pre>
 *
 * <p>Checksums are XXH64 with seed 0 as 16 hex digits, as {@code xxhsum} prints them. NaN is null.
 * Equal contents give equal bytes: there is no clock in it. Fields written before there were hashes
 * with several rows lack row_length, which is dim, and combine, which is sum; those before there
 * were other forms lack stored, which is dense.
 *
 * @param origin what the trainer knows
 * @param schema how raw values become inputs and ids
 * @param dim length of an embedding vector
 * @param bottom shape of the bottom MLP
 * @param top shape of the top MLP
 * @param fields kinds and heights of the tables, in schema order
 * @param files the model's other files
 */
public record Manifest(
    Origin origin,
    Schema schema,
    int dim,
    MlpSpec bottom,
    MlpSpec top,
    List<Field> fields,
    List<FileEntry> files) {

  /** Name of the file. */
  public static final String FILE_NAME = "manifest.json";

  /** Version of the format. */
  public static final int FORMAT = 1;

  private static final JsonFactory JSON = new JsonFactory();
  private static final String CHECKSUM = "\"manifest_xxh64\" : \"";
  private static final String ZEROS = "0".repeat(16);

  /** How a field's ids find their rows. */
  public enum Kind {
    /** Every known id owns a row; the ids are a tensor. */
    INDEXED,
    /** {@link ModuloHash}. */
    MODULO,
    /** {@link MultiHash}. */
    MULTI,
    /** {@link QuotientRemainderHash}. */
    QUOTIENT_REMAINDER,
    /** {@link CompiledMap}; its bytes are a tensor. */
    MAP
  }

  /**
   * A field's table.
   *
   * @param name the field's name in the schema
   * @param kind how ids find rows
   * @param rows height of the table, over all internal tables
   * @param rowLength floats of a row
   * @param combine how an id's rows become its vector
   * @param stored in which form the rows are
   * @param formula the hash where its parameters are all there is to it; else null
   */
  public record Field(
      String name,
      Kind kind,
      int rows,
      int rowLength,
      Combine combine,
      Stored stored,
      IdHash formula) {}

  /** In which form a field's rows are. */
  public enum Stored {
    /** {@link StoredRows.Dense}. */
    DENSE,
    /** {@link StoredRows.Factors}. */
    FACTORS,
    /** {@link SparseRows}. */
    SPARSE;

    private static Stored of(StoredRows rows) {
      return rows instanceof StoredRows.Factors
          ? FACTORS
          : rows instanceof SparseRows ? SPARSE : DENSE;
    }

    private String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A file of the model.
   *
   * @param name within the model's folder
   * @param bytes its size
   * @param checksum XXH64 of its bytes, seed 0
   */
  public record FileEntry(String name, long bytes, long checksum) {}

  public Manifest {
    fields = List.copyOf(fields);
    files = List.copyOf(files);
  }

  /** The manifest of a model whose files are written. */
  static Manifest of(PublishedModel model, Origin origin, List<FileEntry> files) {
    List<Field> fields = new ArrayList<>();
    for (int f = 0; f < model.fields().size(); f++) {
      fields.add(field(model.schema().fields().get(f).name(), model.fields().get(f), model.dim()));
    }
    return new Manifest(
        origin, model.schema(), model.dim(), model.bottom(), model.top(), fields, files);
  }

  private static Field field(String name, FieldRows rows, int dim) {
    IdHash hash = rows instanceof FieldRows.Hashed hashed ? hashed.hash() : null;
    Kind kind = kind(name, hash);
    int length = rows.rowLength(dim);
    IdHash formula = kind == Kind.INDEXED || kind == Kind.MAP ? null : hash;
    Stored stored = Stored.of(rows.rows());
    return new Field(name, kind, rows.count(), length, rows.combine(), stored, formula);
  }

  private static Kind kind(String name, IdHash hash) {
    if (hash == null) {
      return Kind.INDEXED;
    } else if (hash instanceof ModuloHash) {
      return Kind.MODULO;
    } else if (hash instanceof MultiHash) {
      return Kind.MULTI;
    } else if (hash instanceof QuotientRemainderHash) {
      return Kind.QUOTIENT_REMAINDER;
    } else if (hash instanceof CompiledMap) {
      return Kind.MAP;
    }
    throw new IllegalArgumentException(
        "field " + name + " has a hash without a published form, " + hash.getClass().getName());
  }

  /** A checksum as 16 hex digits. */
  static String hex(long checksum) {
    return HexFormat.of().toHexDigits(checksum);
  }

  /** The file's bytes. */
  public byte[] toBytes() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.setPrettyPrinter(
          new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));
      write(json);
    }
    out.write('\n');
    byte[] bytes = out.toByteArray();
    byte[] checksum = hex(XxHash64.hash(bytes, 0)).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(checksum, 0, bytes, checksumAt(bytes, FILE_NAME), checksum.length);
    return bytes;
  }

  private void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("format", FORMAT);
    json.writeStringField("arm", origin.arm());
    json.writeNumberField("seed", origin.seed());
    json.writeNumberField("model_version", origin.modelVersion());
    json.writeNumberField("events_learned", origin.eventsLearned());
    json.writeFieldName("event_time");
    if (origin.lastEventTime() < origin.firstEventTime()) {
      json.writeNull();
    } else {
      json.writeStartObject();
      json.writeNumberField("first", origin.firstEventTime());
      json.writeNumberField("last", origin.lastEventTime());
      json.writeEndObject();
    }
    writeWindow(json);
    writeMaps(json);
    json.writeNumberField("dim", dim);
    writeMlp("bottom", bottom, json);
    writeMlp("top", top, json);
    writeFields(json);
    json.writeFieldName("schema");
    SchemaJson.write(schema, json);
    writeEventFormat(json);
    writeFiles(json);
    json.writeStringField("manifest_xxh64", ZEROS);
    json.writeEndObject();
  }

  private void writeWindow(JsonGenerator json) throws IOException {
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

  private void writeMaps(JsonGenerator json) throws IOException {
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

  private void writeFields(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("fields");
    for (Field field : fields) {
      json.writeStartObject();
      json.writeStringField("name", field.name());
      json.writeStringField("kind", field.kind().name().toLowerCase(Locale.ROOT));
      json.writeNumberField("rows", field.rows());
      json.writeNumberField("row_length", field.rowLength());
      json.writeStringField("combine", field.combine().key());
      json.writeStringField("stored", field.stored().key());
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
    }
  }

  private void writeEventFormat(JsonGenerator json) throws IOException {
    json.writeFieldName("event_format");
    EventFile.Format format = origin.eventFormat();
    if (format == null) {
      json.writeNull();
      return;
    }
    json.writeStartObject();
    json.writeStringField("text", format.text().key());
    json.writeFieldName("columns");
    json.writeArray(format.columns().toArray(new String[0]), 0, format.columns().size());
    json.writeEndObject();
  }

  private void writeFiles(JsonGenerator json) throws IOException {
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
  public static Manifest fromBytes(byte[] bytes, String name) throws IOException {
    JsonTree json = JsonTree.parse(bytes, name);
    long format = json.integer("format");
    if (format != FORMAT) {
      throw new IOException(name + ": format must be " + FORMAT + " but was " + format);
    }
    checkSum(bytes, json.text("manifest_xxh64"), name);
    try {
      return new Manifest(
          origin(json),
          SchemaJson.read(json.at("schema")),
          json.int32("dim"),
          mlp(json.at("bottom")),
          mlp(json.at("top")),
          fields(json),
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
        json.has("event_format") ? eventFormat(json.at("event_format")) : null);
  }

  private static EventFile.Format eventFormat(JsonTree json) throws IOException {
    List<String> columns = new ArrayList<>();
    for (JsonTree column : json.list("columns")) {
      columns.add(column.asText());
    }
    TextFormat text = json.choice("text", TextFormat.class);
    return new EventFile.Format(text, columns);
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
              field.int32("rows"),
              described ? field.int32("row_length") : json.int32("dim"),
              described ? field.choice("combine", Combine.class) : Combine.SUM,
              field.has("stored") ? field.choice("stored", Stored.class) : Stored.DENSE,
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
