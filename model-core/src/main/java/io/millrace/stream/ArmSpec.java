package io.millrace.stream;

import io.millrace.table.Combine;
import java.io.Serializable;
import java.util.Locale;

/**
 * One student of a comparison: how its ids become rows, and how its tables are stored.
 *
 * @param name unique in a job; names files and metric lines
 * @param hash how ids of compressed fields become rows
 * @param ratio rows of a compressed field as a share of its {@code expected_ids}, in (0, 1];
 *     ignored by {@link Hash#FULL}
 * @param rows rows of every compressed field, or 0 to use {@code ratio}
 * @param table plain or MLET
 * @param options what only some hashes ask for
 */
public record ArmSpec(String name, Hash hash, double ratio, int rows, Table table, Options options)
    implements Serializable {

  /** How ids become rows. */
  public enum Hash {
    /** A row for each id. */
    FULL,
    /** Mixed id modulo rows. */
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
    LEARNED;

    /** True if rows come from a map that is rebuilt as windows close. */
    public boolean mapped() {
      return this == FREQ_DOUBLE || this == HOT_KEPT || this == LEARNED;
    }
  }

  /** How rows are stored while training. */
  public enum Table {
    PLAIN,
    MLET
  }

  /**
   * What only some hashes ask for.
   *
   * @param combine how the rows of an id become its vector; null for the hash's own way, which is
   *     MULT for {@link Hash#QR} and SUM for all others
   * @param hotShare share of a field's {@code expected_ids} that own a row with {@link
   *     Hash#FREQ_DOUBLE}, in [0, 1]; "Learning to Collide" tries 0, .01 and .025
   * @param internalTables with {@link Hash#LEARNED} 1, or the teacher's dimensions, each of which
   *     is then clustered by itself into an internal table
   */
  public record Options(Combine combine, double hotShare, int internalTables)
      implements Serializable {
    /** Every hash in its own way. */
    public static final Options DEFAULT = new Options(null, .01, 1);

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
    if (rows < 0) {
      throw new IllegalArgumentException("rows must be >= 1 but was " + rows);
    }
    if (rows == 0 && hash != Hash.FULL && !(ratio > 0 && ratio <= 1)) {
      throw new IllegalArgumentException("ratio must be in (0, 1] but was " + ratio);
    }
    if (options.internalTables() > 1 && hash != Hash.LEARNED) {
      throw new IllegalArgumentException(
          "internal_tables must be 1 for hash "
              + key(hash)
              + ", as only learned maps have a table for each of the teacher's dimensions");
    }
    checkCombine(hash, table, options);
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
    if (table == Table.MLET && combine != Combine.SUM) {
      throw new IllegalArgumentException(
          "table must be plain with combine "
              + combine.key()
              + ", as the product of two factors stands for rows that are summed, but was mlet");
    }
  }

  private static Combine combine(Hash hash, Combine asked) {
    return asked != null ? asked : hash == Hash.QR ? Combine.MULT : Combine.SUM;
  }

  private static String key(Hash hash) {
    return hash.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How the rows of an id become its vector. */
  public Combine combine() {
    return combine(hash, options.combine());
  }

  /** Most rows of an id of a compressed field. */
  public int lookups() {
    return lookups(hash, options);
  }

  private static int lookups(Hash hash, Options options) {
    return switch (hash) {
      case FULL, MODULO, HOT_KEPT -> 1;
      case LEARNED -> options.internalTables();
      case DOUBLE, QR, FREQ_DOUBLE -> 2;
    };
  }

  /**
   * Checks what depends on the student.
   *
   * @param dim length of its vectors
   * @throws IllegalArgumentException if an id's rows cannot be joined to such a vector
   */
  public void checkDim(int dim) {
    if (combine() == Combine.CONCAT && dim % lookups() != 0) {
      throw new IllegalArgumentException(
          "combine must be "
              + (hash == Hash.QR ? "mult or sum" : "sum")
              + ", as student.dim ("
              + dim
              + ") is no multiple of an id's "
              + lookups()
              + " rows, but was concat");
    }
  }

  /** Names the kind of map this arm uses; arms of the same name share their maps. */
  public String mapSpec() {
    String kind = key(hash);
    if (hash == Hash.FREQ_DOUBLE) {
      kind += "-hot" + options.hotShare();
    }
    if (options.internalTables() > 1) {
      kind += "-" + options.internalTables() + "-" + combine().key();
    }
    return rows > 0 ? kind + "-rows" + rows : kind + "-" + ratio;
  }

  /**
   * Rows of a compressed field with {@code expectedIds} ids, each as long as a vector; at least 2.
   */
  public int rowsFor(long expectedIds) {
    long wanted = rows > 0 ? rows : Math.round(ratio * expectedIds);
    return (int) Math.max(2, Math.min(wanted, expectedIds));
  }

  /**
   * Rows of each of equal internal tables that together are as large as {@link #rowsFor} rows:
   * their share if they are summed, all of them if their rows are slices of a vector.
   */
  int rowsEach(long expectedIds) {
    int all = rowsFor(expectedIds);
    int least = hash == Hash.LEARNED ? 2 : 1; // one of them may be reserved
    return combine() == Combine.CONCAT ? all : Math.max(least, all / lookups());
  }

  /** Rows that hot ids own with {@link Hash#FREQ_DOUBLE}: at most half of them. */
  int hotRows(long expectedIds) {
    int all = rowsFor(expectedIds);
    return (int) Math.min(Math.round(options.hotShare() * expectedIds), Math.min(all / 2, all - 2));
  }
}
