package io.millrace.snapshot;

import io.millrace.dense.MlpSpec;
import io.millrace.event.Schema;
import io.millrace.hash.CompiledMap;
import io.millrace.hash.IdHash;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.MultiHash;
import io.millrace.hash.QuotientRemainderHash;
import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearWeights;
import io.millrace.table.Combine;
import io.millrace.table.RowFormat;
import io.millrace.table.SparseRows;
import io.millrace.table.StoredRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code manifest.json} of a published model: what it is, where it comes from, which files it has.
 * {@link ManifestJson} owns its bytes.
 *
 * @param origin what the trainer knows
 * @param schema how raw values become inputs and ids
 * @param network shapes of the network; empty for a linear part alone
 * @param linear shape of the linear part; empty for a network alone
 * @param files the model's other files
 */
public record Manifest(
    Origin origin,
    Schema schema,
    Optional<Network> network,
    Optional<Linear> linear,
    List<FileEntry> files) {

  /** Name of the file. */
  public static final String FILE_NAME = "manifest.json";

  /**
   * Shapes of a network.
   *
   * @param dim length of an embedding vector
   * @param bottom shape of the bottom MLP
   * @param top shape of the top MLP
   * @param fields kinds and heights of the tables, in schema order
   */
  public record Network(int dim, MlpSpec bottom, MlpSpec top, List<Field> fields) {
    public Network {
      fields = List.copyOf(fields);
    }
  }

  /**
   * Shape of a linear part.
   *
   * @param slots number of weights without the bias
   * @param bins bins per unit of a dense value
   * @param precision in which weights are stored
   */
  public record Linear(int slots, int bins, LinearOptions.Precision precision) {}

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
   * @param precision how the floats of its rows are stored
   * @param formula the hash, if its parameters define it; else null
   */
  public record Field(
      String name,
      Kind kind,
      int rows,
      int rowLength,
      Combine combine,
      Stored stored,
      RowFormat precision,
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

    String key() {
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
    files = List.copyOf(files);
  }

  /** The manifest of a model whose files are written. */
  static Manifest of(PublishedModel model, Origin origin, List<FileEntry> files) {
    return new Manifest(
        origin,
        model.schema(),
        model.network().map(network -> network(network, model.schema())),
        model.linear().map(Manifest::linear),
        files);
  }

  private static Network network(PublishedNetwork network, Schema schema) {
    List<Field> fields = new ArrayList<>();
    for (int f = 0; f < network.fields().size(); f++) {
      fields.add(field(schema.fields().get(f).name(), network.fields().get(f), network.dim()));
    }
    return new Network(network.dim(), network.bottom(), network.top(), fields);
  }

  private static Linear linear(LinearWeights weights) {
    return new Linear(weights.slots().slots(), weights.slots().bins(), weights.precision());
  }

  private static Field field(String name, FieldRows rows, int dim) {
    IdHash hash = rows instanceof FieldRows.Hashed hashed ? hashed.hash() : null;
    Kind kind = kind(name, hash);
    int length = rows.rowLength(dim);
    IdHash formula = kind == Kind.INDEXED || kind == Kind.MAP ? null : hash;
    Stored stored = Stored.of(rows.rows());
    RowFormat precision = rows.rows().format();
    return new Field(name, kind, rows.count(), length, rows.combine(), stored, precision, formula);
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
}
