package io.millrace.spec;

import io.millrace.cluster.HotKeptMapBuilder;
import io.millrace.cluster.LearnedMapBuilder;
import io.millrace.cluster.TwoLevelSizes;
import io.millrace.hash.MappedHash;
import io.millrace.math.Bisection;

/**
 * How many rows a compressed field of an arm has, and how many ids its maps know at most: the same
 * for the life of a job, so that rows can be remapped.
 *
 * <p>A budget in rows gives the rows, and maps know every id. One in bytes buys the most rows whose
 * bytes, with those of the map when all expected ids have come, stay within it; a learned map, or
 * the middle of a two-level one, takes at most half of it, and beyond that the rarest ids are left
 * out. Where the hash is a formula all bytes are rows.
 *
 * @param rows of the table, each as long as a vector, at least {@link ArmSpec#leastRows}
 * @param mapIds most ids in a learned map
 * @param levels of a two-level map; null for other hashes
 */
public record FieldSize(int rows, int mapIds, TwoLevelSizes levels) {

  /**
   * The size of a compressed field.
   *
   * @throws IllegalArgumentException if the budget leaves no two rows beside a map
   */
  public static FieldSize of(JobSpec job, ArmSpec arm, int f) {
    long expectedIds = job.schema().fields().get(f).expectedIds();
    int rowBytes = Float.BYTES * job.student().trainer().dim();
    int ids = (int) Math.min(expectedIds, Integer.MAX_VALUE - 8);
    long budget = arm.budget().of(expectedIds, job.compressedIds(), rowBytes);
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

  private static FieldSize ofRows(HashOptions hash, ArmSpec arm, int ids, int rows) {
    return arm.hash() == ArmSpec.Hash.TWO_LEVEL
        ? ofLevels(TwoLevelSizes.ofRows(rows, ids, hash.clustersFor(rows), hash.reserveShare()))
        : ofRows(rows);
  }

  private static FieldSize ofBytes(
      HashOptions hash, ArmSpec arm, int ids, int rowBytes, long bytes) {
    int most = (int) Math.min(ids, bytes / rowBytes);
    int bits = hash.signatureBits();
    return switch (arm.hash()) {
      case TWO_LEVEL ->
          ofLevels(
              TwoLevelSizes.ofBytes(
                  bytes, rowBytes, ids, hash.clustersFor(most), hash.reserveShare(), bits));
      case LEARNED -> {
        int rows = rows(most, rowBytes, bytes, r -> learnedBytes(hash, arm, r, ids, bytes / 2));
        yield new FieldSize(rows, learnedIds(hash, arm, rows, ids, bytes / 2), null);
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
      default -> ofRows(most);
    };
  }

  private static FieldSize ofLevels(TwoLevelSizes levels) {
    return new FieldSize(levels.rows(), Integer.MAX_VALUE, levels);
  }

  private static FieldSize ofRows(int rows) {
    return new FieldSize(rows, Integer.MAX_VALUE, null);
  }

  /** Bytes of the map that a number of rows comes with. */
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
