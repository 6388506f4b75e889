package io.millrace.spec;

import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The size of the compressed fields of an arm. A budget in bytes covers rows and map together and
 * is divided between the fields in proportion to their {@code expected_ids}; a budget in rows does
 * not include the map.
 *
 * @param unit what the amount counts
 * @param amount positive; for {@link Unit#RATIO} and {@link Unit#SHARE} at most 1
 */
public record Budget(Unit unit, double amount) implements Serializable {

  /** What is limited. */
  public enum Unit {
    /** Rows of a field, as a share of its {@code expected_ids}. */
    RATIO,
    /** Rows of every field. */
    ROWS,
    /** Bytes of all fields together. */
    BYTES,
    /** Bytes of all fields together, as a share of a full row for each of their expected ids. */
    SHARE
  }

  private static final Pattern BYTES =
      Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?) ?(%|B|kB|MB|GB|)");

  private static final Map<String, Double> FACTORS =
      Map.of("", 1., "B", 1., "kB", 1e3, "MB", 1e6, "GB", 1e9);

  public Budget {
    boolean share = unit == Unit.RATIO || unit == Unit.SHARE;
    if (!(amount > 0 && amount <= (share ? 1 : Double.MAX_VALUE))) {
      throw new IllegalArgumentException(
          (unit == Unit.SHARE ? "bytes" : unit.name().toLowerCase(Locale.ROOT))
              + (unit == Unit.RATIO
                  ? " must be in (0, 1]"
                  : unit == Unit.SHARE ? " must be in (0 %, 100 %]" : " must be > 0")
              + " but was "
              + (unit == Unit.SHARE ? 100 * amount + " %" : amount));
    }
  }

  /** Rows of each field, as a share of its {@code expected_ids}. */
  public static Budget ratio(double share) {
    return new Budget(Unit.RATIO, share);
  }

  /** Rows of every field. */
  public static Budget rows(int rows) {
    return new Budget(Unit.ROWS, rows);
  }

  /**
   * Bytes of all fields: a number, which may end in {@code kB}, {@code MB} or {@code GB} (1 kB is
   * 1,000 bytes), or in {@code %} for a share of their full rows.
   *
   * @throws IllegalArgumentException if the text is none of these
   */
  public static Budget bytes(String text) {
    Matcher matcher = BYTES.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "bytes must be a number such as 250000, 250kB or 1.5MB, or a share such as 10%, but was '"
              + text
              + "'");
    }
    double amount = Double.parseDouble(matcher.group(1));
    return matcher.group(2).equals("%")
        ? new Budget(Unit.SHARE, amount / 100)
        : new Budget(Unit.BYTES, Math.floor(amount * FACTORS.get(matcher.group(2))));
  }

  /** True if the budget covers the map as well as the rows. */
  public boolean inBytes() {
    return unit == Unit.BYTES || unit == Unit.SHARE;
  }

  /** A short name for the amount, fit for file names. */
  public String key() {
    return switch (unit) {
      case RATIO -> String.valueOf(amount);
      case ROWS -> "rows" + (long) amount;
      case BYTES -> "bytes" + (long) amount;
      case SHARE -> "share" + amount;
    };
  }

  /**
   * The budget of one field.
   *
   * @param expectedIds expected ids of the field
   * @param allExpectedIds expected ids of all compressed fields together
   * @param rowBytes bytes of a row as served
   * @return bytes, or rows if the budget is not {@link #inBytes}
   */
  public long of(long expectedIds, long allExpectedIds, int rowBytes) {
    return (long)
        switch (unit) {
          case RATIO -> Math.round(amount * expectedIds);
          case ROWS -> amount;
          case BYTES -> amount * expectedIds / allExpectedIds;
          case SHARE -> amount * expectedIds * rowBytes;
        };
  }
}
