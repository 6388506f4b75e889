package io.millrace.spec;

import io.millrace.linear.LinearOptions;
import io.millrace.records.Copyable;
import io.millrace.table.Combine;
import java.util.Locale;

/**
 * One student of a comparison: how its ids become rows, and how its tables are stored.
 *
 * @param name unique in a job; appears in names of files and in metric lines
 * @param hash how ids of compressed fields become rows
 * @param budget how large the compressed fields may be; ignored by {@link Hash#FULL}
 * @param table how rows are stored while training
 * @param learner what it learns with
 * @param options what only some hashes and tables use
 * @param replicas number of copies of the student that learn side by side, each its share of the
 *     events, at least 1, see {@link ReplicaRules}
 */
public record ArmSpec(
    String name,
    Hash hash,
    Budget budget,
    Table table,
    LearnerOptions learner,
    Options options,
    int replicas)
    implements Copyable<ArmSpec> {

  /** How ids become rows. */
  public enum Hash {
    /** No rows at all: the linear part alone. */
    NONE,
    /** A row for each id. */
    FULL,
    /** The hashed id modulo the number of rows. */
    MODULO,
    /** Two independent hashes, each into half of the rows. */
    DOUBLE,
    /** Quotient and remainder of the hashed id, each with rows of its own. */
    QR,
    /** Hot ids keep private rows, the others are hashed twice into the rest. */
    FREQ_DOUBLE,
    /** Hot ids keep private rows, the others share the rest by a hash. */
    HOT_KEPT,
    /** The clustered map of "Learning to Collide". */
    LEARNED,
    /** Hot ids own rows, ids in the middle share a few by value, all others a reserve by a hash. */
    TWO_LEVEL;

    /** True if ids of large fields share rows. */
    public boolean compresses() {
      return this != NONE && this != FULL;
    }

    /** True if rows are given by a map that is rebuilt at the ends of windows. */
    public boolean mapped() {
      return this == FREQ_DOUBLE || this == HOT_KEPT || valued();
    }

    /** True if that map is built from the teacher's vectors, among other things. */
    public boolean valued() {
      return this == LEARNED || this == TWO_LEVEL;
    }
  }

  /** How rows are stored while training. */
  public enum Table {
    /** As they are. */
    PLAIN,
    /** As a product of two wide factors, {@link io.millrace.table.MletTable}. */
    MLET,
    /** Shorter rows in larger fields, {@link io.millrace.table.MixedDimTable}. */
    MIXED,
    /** With thresholds that prune weights, {@link io.millrace.table.PepTable}. */
    PEP
  }

  /**
   * Options that only some hashes and tables use.
   *
   * @param combine how the rows of an id become its vector; null for the hash's own way, which is
   *     MULT for {@link Hash#QR} and SUM for all others
   * @param hotShare share of a field's {@code expected_ids} that own a row with {@link
   *     Hash#FREQ_DOUBLE}, in [0, 1]; "Learning to Collide" tries 0, .01 and .025
   * @param internalTables number of internal tables of {@link Hash#LEARNED}: 1, or the number of
   *     the teacher's dimensions, which are then clustered separately, each into a table
   * @param tables options of the table
   */
  public record Options(Combine combine, double hotShare, int internalTables, TableOptions tables)
      implements Copyable<Options> {

    public Options {
      if (internalTables < 1) {
        throw new IllegalArgumentException(
            "internal_tables must be >= 1 but was " + internalTables);
      }
      if (!(hotShare >= 0 && hotShare <= 1)) {
        throw new IllegalArgumentException("hot must be in [0, 1] but was " + hotShare);
      }
    }
  }

  public ArmSpec {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw new IllegalArgumentException(
          "name must be 1 to 64 letters, digits, '.', '_' or '-' but was '" + name + "'");
    }
    if (options.internalTables() > 1 && hash != Hash.LEARNED) {
      throw new IllegalArgumentException(
          "internal_tables must be 1 for hash "
              + key(hash)
              + ", as only learned maps have a table for each of the teacher's dimensions");
    }
    if (hash == Hash.NONE && table != Table.PLAIN) {
      throw new IllegalArgumentException(
          "table must be plain with hash none, as there are no rows, but was " + key(table));
    }
    if (replicas < 1) {
      throw new IllegalArgumentException("replicas must be >= 1 but was " + replicas);
    }
    checkCombine(hash, table, options);
    checkDim(hash, options, learner.trainer().dim());
    checkMask(hash, table, options.tables().maskFrom());
  }

  /** An arm with one replica. */
  public ArmSpec(
      String name, Hash hash, Budget budget, Table table, LearnerOptions learner, Options options) {
    this(name, hash, budget, table, learner, options, 1);
  }

  private static void checkMask(Hash hash, Table table, String maskFrom) {
    if (maskFrom.isEmpty()) {
      return;
    }
    if (table != Table.PEP) {
      throw new IllegalArgumentException(
          "mask_from must be empty with table " + key(table) + " but was '" + maskFrom + "'");
    }
    if (hash.mapped()) {
      throw new IllegalArgumentException(
          "mask_from must be empty with hash "
              + key(hash)
              + ", as the rows of a map change their ids, but was '"
              + maskFrom
              + "'");
    }
  }

  private static void checkCombine(Hash hash, Table table, Options options) {
    Combine asked = options.combine();
    if (asked != null && lookups(hash, options) == 1) {
      throw new IllegalArgumentException(
          "combine must be auto for hash "
              + key(hash)
              + (hash == Hash.LEARNED ? " with internal_tables 1" : "")
              + ", as an id uses one row, but was "
              + asked.key());
    }
    if (asked == Combine.MULT && hash != Hash.QR) {
      throw new IllegalArgumentException(
          "combine must be "
              + (hash == Hash.FREQ_DOUBLE ? "sum" : "sum or concat")
              + " for hash "
              + key(hash)
              + " but was mult");
    }
    if (asked == Combine.CONCAT && hash == Hash.FREQ_DOUBLE) {
      throw new IllegalArgumentException(
          "combine must be sum for hash freq-double, as hot ids use one row, but was concat");
    }
    Combine combine = combine(hash, asked);
    if (table != Table.PLAIN && combine != Combine.SUM) {
      throw new IllegalArgumentException(
          "table must be plain with combine "
              + combine.key()
              + ", as other tables stand for rows that are summed, but was "
              + key(table));
    }
  }

  private static Combine combine(Hash hash, Combine asked) {
    return asked != null ? asked : hash == Hash.QR ? Combine.MULT : Combine.SUM;
  }

  private static String key(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How the rows of an id become its vector. */
  public Combine combine() {
    return combine(hash, options.combine());
  }

  /** Greatest number of rows of an id in a compressed field. */
  public int lookups() {
    return lookups(hash, options);
  }

  private static int lookups(Hash hash, Options options) {
    return switch (hash) {
      case NONE, FULL, MODULO, HOT_KEPT, TWO_LEVEL -> 1;
      case LEARNED -> options.internalTables();
      case DOUBLE, QR, FREQ_DOUBLE -> 2;
    };
  }

  private static void checkDim(Hash hash, Options options, int dim) {
    int lookups = lookups(hash, options);
    if (combine(hash, options.combine()) == Combine.CONCAT && dim % lookups != 0) {
      throw new IllegalArgumentException(
          "combine must be "
              + (hash == Hash.QR ? "mult or sum" : "sum")
              + ", as student.dim ("
              + dim
              + ") is no multiple of an id's "
              + lookups
              + " rows, but was concat");
    }
  }

  /**
   * Names the kind of map this arm uses; arms of the same name share their maps.
   *
   * @param usualDim of the students of the job
   */
  String mapSpec(int usualDim) {
    String kind = key(hash);
    if (hash == Hash.FREQ_DOUBLE) {
      kind += "-hot" + options.hotShare();
    }
    if (options.internalTables() > 1) {
      kind += "-" + options.internalTables() + "-" + combine().key();
    }
    return kind + "-" + budget.key() + (budget.inBytes() ? rowsKey(usualDim) : "");
  }

  /** Names what changes the rows of a budget in bytes, where it is not as usual. */
  private String rowsKey(int usualDim) {
    LinearOptions linear = learner.linear();
    int dim = learner.trainer().dim();
    return (dim == usualDim ? "" : "-dim" + dim)
        + (linear.slots() > 0
            ? "-slots" + linear.slots() + key(linear.served())
            : linear.share() > 0 ? "-linear" + linear.share() : "");
  }

  /**
   * Rows of each internal table if all of them together are as large as {@code rows} rows of full
   * length: an equal share of {@code rows} if the rows of an id are summed, and {@code rows} if
   * they are slices of a vector.
   */
  public int rowsEach(int rows) {
    return combine() == Combine.CONCAT ? rows : Math.max(leastRowsEach(), rows / lookups());
  }

  private int leastRowsEach() {
    return hash == Hash.LEARNED ? 2 : 1; // one of them may be reserved
  }

  /** Least number of rows of a compressed field, each as long as a vector. */
  public int leastRows() {
    return combine() == Combine.CONCAT ? 2 : Math.max(2, leastRowsEach() * lookups());
  }

  /** Rows that hot ids own with {@link Hash#FREQ_DOUBLE}: at most half of {@code rows}. */
  public int hotRows(long expectedIds, int rows) {
    long wanted = Math.round(options.hotShare() * expectedIds);
    return (int) Math.min(wanted, Math.min(rows / 2, Math.max(0, rows - 2)));
  }
}
