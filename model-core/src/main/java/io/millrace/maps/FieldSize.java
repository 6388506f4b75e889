package io.millrace.maps;

import io.millrace.cluster.HotKeptMapBuilder;
import io.millrace.cluster.LearnedMapBuilder;
import io.millrace.cluster.TwoLevelSizes;
import io.millrace.hash.MappedHash;
import io.millrace.math.Bisection;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;

/**
 * How many rows a compressed field of an arm has, and how many ids its maps know at most. Both stay
 * the same for the life of a job, so that rows can be remapped. Only until the first map is there,
 * rows take the map's bytes too: then the field has as many rows as a plain hash of its budget.
 * That holds for every kind of table, as a row counts as a full vector also where it is short or
 * pruned; with mixed dimensions the length of rows follows from {@code rows} and never changes.
 *
 * <p>A budget in rows gives the rows, and maps know every id. A budget in bytes gives the largest
 * number of rows whose bytes, together with those of the map for all expected ids, stay within it.
 * A learned map takes at most half of the bytes, and the middle level of a two-level one {@code
 * hash.middle}; if that is too little, the rarest ids are left out. Where the hash is a formula,
 * rows take all bytes. The bytes of a linear part ({@link LinearSize}) are taken off first. Rows
 * count with their bytes as served ({@code publish.rows}); shares refer to full rows of the job's
 * {@code student.dim} in single precision.
 *
 * @param rows of the table under a map, each as long as a vector, at least {@link
 *     ArmSpec#leastRows}
 * @param firstRows rows of the table before the first map; equal to {@code rows} where the budget
 *     is in rows or the hash is a formula
 * @param mapIds upper bound on the ids in a learned map
 * @param levels of a two-level map; null for other hashes
 */
public record FieldSize(int rows, int firstRows, int mapIds, TwoLevelSizes levels) {

  /**
   * The size of a compressed field.
   *
   * @throws IllegalArgumentException if the budget is too small for the least rows and a map
   */
  public static FieldSize of(JobSpec job, ArmSpec arm, int f) {
    int was = job.formerField(f);
    return was < 0 ? sized(job, arm, f) : of(job.sizing(f), arm, was);
  }

  private static FieldSize sized(JobSpec job, ArmSpec arm, int f) {
    long expectedIds = job.schema().fields().get(f).expectedIds();
    int rowBytes = job.servedRowBytes(arm, f);
    int ids = (int) Math.min(expectedIds, Integer.MAX_VALUE - 8);
    long budget = arm.budget().of(expectedIds, job.compressedIds(), job.fullRowBytes());
    if (arm.budget().inBytes()) {
      budget = (long) (budget * LinearSize.tableShare(job, arm));
    }
    FieldSize size =
        arm.budget().inBytes()
            ? ofBytes(job.hash(), arm, ids, rowBytes, budget)
            : ofRows(job.hash(), arm, ids, (int) Math.max(arm.leastRows(), Math.min(budget, ids)));
    if (size.rows < arm.leastRows()) {
      throw new IllegalArgumentException(
          "bytes must be enough for "
              + (arm.leastRows() == 2 ? "two" : arm.leastRows())
              + " rows and a map in every field but leave "
              + budget
              + " to "
              + job.schema().fields().get(f).name());
    }
    return size;
  }

  /**
   * Checks that an arm's budget suffices for all compressed fields.
   *
   * @throws IllegalArgumentException naming the first field for which it does not
   */
  public static void check(JobSpec job, ArmSpec arm) {
    if (arm.hash().compresses()) {
      job.qualifyingFields().forEach(f -> of(job, arm, f));
    }
  }

  /** Rows of the middle level of a two-level map over a table of so many rows. */
  private static int clusters(HashOptions hash, int rows) {
    return hash.clusters() > 0 ? hash.clusters() : TwoLevelSizes.usualClusters(rows);
  }

  private static FieldSize ofRows(HashOptions hash, ArmSpec arm, int ids, int rows) {
    return arm.hash() == ArmSpec.Hash.TWO_LEVEL
        ? ofLevels(TwoLevelSizes.ofRows(rows, ids, clusters(hash, rows), hash.reserveShare()))
        : ofRows(rows);
  }

  private static FieldSize ofBytes(
      HashOptions hash, ArmSpec arm, int ids, int rowBytes, long bytes) {
    int most = (int) Math.min(ids, bytes / rowBytes);
    return mapped(hash, arm, ids, rowBytes, bytes, most).before(most);
  }

  /** This size, with so many rows before the first map. */
  private FieldSize before(int first) {
    return new FieldSize(rows, first, mapIds, levels);
  }

  private static FieldSize mapped(
      HashOptions hash, ArmSpec arm, int ids, int rowBytes, long bytes, int most) {
    int bits = hash.signatureBits();
    return switch (arm.hash()) {
      case TWO_LEVEL ->
          ofLevels(
              TwoLevelSizes.ofBytes(
                  bytes,
                  rowBytes,
                  ids,
                  clusters(hash, most),
                  hash.middleShare(),
                  hash.reserveShare(),
                  bits));
      case LEARNED -> {
        int rows = rows(most, rowBytes, bytes, r -> learnedBytes(hash, arm, r, ids, bytes / 2));
        yield new FieldSize(rows, rows, learnedIds(hash, arm, rows, ids, bytes / 2), null);
      }
      case HOT_KEPT ->
          ofRows(
              rows(
                  most,
                  rowBytes,
                  bytes,
                  r -> mapBytes(hash, HotKeptMapBuilder.keptRows(r, hash.keptShare()))));
      case FREQ_DOUBLE ->
          ofRows(rows(most, rowBytes, bytes, r -> mapBytes(hash, arm.hotRows(ids, r))));
      case NONE, FULL, MODULO, DOUBLE, QR -> ofRows(most);
    };
  }

  private static FieldSize ofLevels(TwoLevelSizes levels) {
    return new FieldSize(levels.rows(), levels.rows(), Integer.MAX_VALUE, levels);
  }

  private static FieldSize ofRows(int rows) {
    return new FieldSize(rows, rows, Integer.MAX_VALUE, null);
  }

  /** Bytes of the map over a table of so many rows. */
  @FunctionalInterface
  private interface MapBytes {
    long of(int rows);
  }

  private static int rows(int most, int rowBytes, long bytes, MapBytes map) {
    return Bisection.largest(1, most, r -> (long) r * rowBytes + map.of(r) <= bytes);
  }

  /** Bytes of a map in which each id owns a row. */
  private static long mapBytes(HashOptions hash, int ids) {
    return MappedHash.expectedBytes(1, ids, Math.max(1, ids), hash.signatureBits());
  }

  /** Most ids whose learned map takes no more than {@code bytes}. */
  private static int learnedIds(HashOptions hash, ArmSpec arm, int rows, int ids, long bytes) {
    return Bisection.largest(0, ids, n -> learnedBytes(hash, arm, rows, n) <= bytes);
  }

  private static long learnedBytes(HashOptions hash, ArmSpec arm, int rows, int ids, long bytes) {
    return learnedBytes(hash, arm, rows, learnedIds(hash, arm, rows, ids, bytes));
  }

  private static long learnedBytes(HashOptions hash, ArmSpec arm, int rows, int ids) {
    int each = arm.rowsEach(rows);
    int reserved = LearnedMapBuilder.reservedRows(each, hash.cold(), hash.reserveShare());
    return MappedHash.expectedBytes(
        arm.lookups(), ids, Math.max(1, each - reserved), hash.signatureBits());
  }
}
