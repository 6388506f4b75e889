package io.millrace.stream;

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
 */
public record ArmSpec(String name, Hash hash, double ratio, int rows, Table table)
    implements Serializable {

  /** How ids become rows. */
  public enum Hash {
    /** A row for each id. */
    FULL,
    /** Mixed id modulo rows. */
    MODULO,
    /** Hot ids keep private rows, the others share the rest by a hash. */
    HOT_KEPT,
    /** The clustered map of "Learning to Collide". */
    LEARNED;

    /** True if rows come from a map that is rebuilt as windows close. */
    public boolean mapped() {
      return this == HOT_KEPT || this == LEARNED;
    }
  }

  /** How rows are stored while training. */
  public enum Table {
    PLAIN,
    MLET
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
  }

  /** Names the kind of map this arm uses; arms of the same name share their maps. */
  public String mapSpec() {
    String kind = hash.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return rows > 0 ? kind + "-rows" + rows : kind + "-" + ratio;
  }

  /** Rows of a compressed field with {@code expectedIds} ids; at least 2. */
  public int rowsFor(long expectedIds) {
    long wanted = rows > 0 ? rows : Math.round(ratio * expectedIds);
    return (int) Math.max(2, Math.min(wanted, expectedIds));
  }
}
