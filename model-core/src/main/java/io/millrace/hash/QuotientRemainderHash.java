package io.millrace.hash;

import io.millrace.math.Mix64;

/**
 * The quotient-remainder trick: two rows per id, so that no other number of the range has the same
 * two ("Compositional Embeddings Using Complementary Partitions", Shi et al. 2020).
 *
 * <pre>
 * x = reduce(mix(id, seed), n)                   a 64-bit id as a number in [0, n)
 * row_0 = x div m                                ceil(n / m) rows
 * row_1 = ceil(n / m) + x mod m                  m rows
 * </pre>
 *
 * <p>The pair (x div m, x mod m) is different for every x, so that {@code n} vectors come from
 * about {@code n / m + m} rows. Difference to the paper: its ids are numbered from 0; ours are
 * 64-bit numbers and are hashed into the range first, so that a few of them share an x.
 *
 * @param ids {@code n}, size of the range of numbers with different pairs, at least 1
 * @param divisor {@code m}, at least 1; the paper's number of collisions per quotient
 * @param seed chooses the hash into the range
 */
public record QuotientRemainderHash(long ids, int divisor, long seed) implements IdHash {

  public QuotientRemainderHash {
    if (ids < 1) {
      throw new IllegalArgumentException("ids must be >= 1 but was " + ids);
    }
    if (divisor < 1) {
      throw new IllegalArgumentException("divisor must be >= 1 but was " + divisor);
    }
    Math.toIntExact(Math.addExact((ids - 1) / divisor + 1, divisor));
  }

  /**
   * The hash with the least divisor that needs at most {@code rows} rows.
   *
   * <p>As many rows give at most {@code floor(rows / 2) * ceil(rows / 2)} different pairs; the
   * range is never larger, even if more ids are expected.
   *
   * @param expectedIds expected number of distinct ids, at least 1
   * @param rows most rows, at least 2
   */
  public static QuotientRemainderHash fitting(long expectedIds, int rows, long seed) {
    if (rows < 2) {
      throw new IllegalArgumentException("rows must be >= 2 but was " + rows);
    }
    long n = Math.min(expectedIds, (rows / 2) * (rows - rows / 2L));
    int m = (int) Math.max(1, n / rows);
    while ((n - 1) / m + 1 + m > rows) {
      m++;
    }
    return new QuotientRemainderHash(n, m, seed);
  }

  private int quotients() {
    return (int) ((ids - 1) / divisor + 1);
  }

  @Override
  public int rows() {
    return quotients() + divisor;
  }

  @Override
  public int lookups() {
    return 2;
  }

  private long number(long id) {
    return Mix64.reduceToLong(Mix64.mix(id, seed), ids);
  }

  @Override
  public int row(long id) {
    return (int) (number(id) / divisor);
  }

  @Override
  public int lookUp(long id, int[] rows) {
    long x = number(id);
    long quotient = x / divisor;
    rows[0] = (int) quotient;
    rows[1] = quotients() + (int) (x - quotient * divisor);
    return 2;
  }

  /** 0: the hash is a formula. */
  @Override
  public long serializedBytes() {
    return 0;
  }
}
