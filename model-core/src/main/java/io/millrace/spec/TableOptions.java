package io.millrace.spec;

import io.millrace.records.Copyable;
import io.millrace.table.PepOptions;

/**
 * What only some kinds of table ask for.
 *
 * @param mixed for {@link ArmSpec.Table#MIXED}
 * @param pep for {@link ArmSpec.Table#PEP}
 * @param maskFrom folder of a published model whose pruned weights stay pruned while the others are
 *     trained from their initial values, for {@link ArmSpec.Table#PEP}; empty to search
 */
public record TableOptions(Mixed mixed, PepOptions pep, String maskFrom)
    implements Copyable<TableOptions> {

  /**
   * How rows become shorter as fields get larger, see {@link io.millrace.table.MixedDims}.
   *
   * @param alpha temperature, in [0, 1]
   * @param d0 dimension of the smallest compressed field; 0 for that of the student
   * @param share of the floats that full rows of all compressed fields have, in (0, 1]; 0 to go by
   *     {@code d0}
   * @param powersOfTwo whether dimensions are powers of two
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
