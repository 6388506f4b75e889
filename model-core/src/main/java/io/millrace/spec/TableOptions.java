package io.millrace.spec;

import io.millrace.records.Copyable;
import io.millrace.table.PepOptions;

/**
 * Options that only some kinds of table use.
 *
 * @param mixed for {@link ArmSpec.Table#MIXED}
 * @param pep for {@link ArmSpec.Table#PEP}
 * @param maskFrom for {@link ArmSpec.Table#PEP}: folder of a published model whose pruned weights
 *     stay pruned, while all others are trained from their initial values; empty to search for the
 *     weights to prune
 */
public record TableOptions(Mixed mixed, PepOptions pep, String maskFrom)
    implements Copyable<TableOptions> {

  /**
   * How the length of rows falls with the size of their field, see {@link
   * io.millrace.table.MixedDims}.
   *
   * @param alpha temperature, in [0, 1]
   * @param d0 row length of the smallest compressed field, floats; 0 for the student's dimension
   * @param share floats in the rows and projections of all compressed fields, as a share of the
   *     floats in full rows, in (0, 1]; 0 to use {@code d0}
   * @param powersOfTwo whether row lengths are rounded to powers of two
   */
  public record Mixed(double alpha, int d0, double share, boolean powersOfTwo)
      implements Copyable<Mixed> {
    public Mixed {
      if (!(alpha >= 0 && alpha <= 1)) {
        throw new IllegalArgumentException("alpha must be in [0, 1] but was " + alpha);
      }
      if (d0 < 0) {
        throw new IllegalArgumentException("d0 must be >= 0 but was " + d0);
      }
      if (!(share >= 0 && share <= 1)) {
        throw new IllegalArgumentException("share must be in [0, 1] but was " + share);
      }
    }
  }
}
