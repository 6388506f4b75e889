package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dlrm.FieldTable;
import io.millrace.hash.QuotientRemainderHash;
import io.millrace.maps.FieldSize;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.stream.SmallJob;
import io.millrace.table.Combine;
import io.millrace.table.EmbeddingTable;
import org.junit.jupiter.api.Test;

class StudentTablesTest {

  private static final JobSpec JOB = SmallJob.job(true, 10, 0);

  // rows start between the roots of 1/n, with n rows or, for quotient and remainder, as many ids as
  // they tell apart; and from the root to 1 where rows are multiplied
  @Test
  void rowsStartAsTheirHashAsks() {
    int checked = 0;
    for (ArmSpec arm : JOB.arms()) {
      if (arm.table() == ArmSpec.Table.PLAIN && arm.hash() != ArmSpec.Hash.FULL) {
        FieldTable field = new StudentTables(JOB, arm, 7).create(0);
        boolean quotients = field.hash() instanceof QuotientRemainderHash;
        double root = Math.sqrt(1. / (quotients ? 400 : FieldSize.of(JOB, arm, 0).firstRows()));
        double from = arm.combine() == Combine.MULT ? root : -root;
        double to = arm.combine() == Combine.MULT ? 1 : root;
        double[] ends = ends(field.table());
        double tenth = (to - from) / 10;
        assertThat(ends[0]).as(arm.name()).isBetween(from, from + tenth);
        assertThat(ends[1]).as(arm.name()).isBetween(to - tenth, to);
        checked += quotients ? 1 : 0;
      }
    }
    assertThat(checked).as("with mult, sum and concat").isEqualTo(3);
  }

  // rows of an uncompressed field start between the roots of 1/n, with n the ids expected
  @Test
  void ownRowsStartByTheIdsExpected() {
    for (ArmSpec arm : JOB.arms()) {
      if (arm.table() == ArmSpec.Table.PLAIN) {
        EmbeddingTable table = new StudentTables(JOB, arm, 7).create(1).table();
        table.grow(50, 0);
        double root = Math.sqrt(1. / 5);
        double[] ends = ends(table);
        assertThat(ends[0]).as(arm.name()).isBetween(-root, -.9 * root);
        assertThat(ends[1]).as(arm.name()).isBetween(.9 * root, root);
      }
    }
  }

  /** Least and greatest weight. */
  private static double[] ends(EmbeddingTable table) {
    double[] ends = {Double.MAX_VALUE, -Double.MAX_VALUE};
    float[] row = new float[table.rowLength()];
    for (int r = 0; r < table.rows(); r++) {
      table.collapseRow(r, row, 0);
      for (float v : row) {
        ends[0] = Math.min(ends[0], v);
        ends[1] = Math.max(ends[1], v);
      }
    }
    return ends;
  }
}
