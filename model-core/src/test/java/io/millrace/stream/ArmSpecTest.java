package io.millrace.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.stream.ArmSpec.Hash;
import io.millrace.stream.ArmSpec.Table;
import io.millrace.table.Combine;
import org.junit.jupiter.api.Test;

class ArmSpecTest {

  private static ArmSpec arm(Hash hash, Table table, Combine combine) {
    return new ArmSpec("a", hash, .1, 0, table, new ArmSpec.Options(combine, .01));
  }

  private static void fails(Hash hash, Table table, Combine combine, String message) {
    assertThatThrownBy(() -> arm(hash, table, combine))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void everyHashHasAWayOfItsOwn() {
    assertThat(arm(Hash.QR, Table.PLAIN, null).combine()).isEqualTo(Combine.MULT);
    assertThat(arm(Hash.DOUBLE, Table.PLAIN, null).combine()).isEqualTo(Combine.SUM);
    assertThat(arm(Hash.MODULO, Table.MLET, null).combine()).isEqualTo(Combine.SUM);
    assertThat(arm(Hash.QR, Table.MLET, Combine.SUM).lookups()).isEqualTo(2);
  }

  @Test
  void whatMakesNoSenseIsSaid() {
    fails(
        Hash.MODULO,
        Table.PLAIN,
        Combine.CONCAT,
        "combine must be auto for hash modulo, as an id uses one row, but was concat");
    fails(
        Hash.HOT_KEPT,
        Table.PLAIN,
        Combine.SUM,
        "combine must be auto for hash hot-kept, as an id uses one row, but was sum");
    fails(
        Hash.DOUBLE,
        Table.PLAIN,
        Combine.MULT,
        "combine must be sum or concat for hash double but was mult");
    fails(
        Hash.QR,
        Table.MLET,
        null,
        "table must be plain with combine mult, as the product of two factors stands for rows that"
            + " are summed, but was mlet");
    fails(
        Hash.FREQ_DOUBLE,
        Table.PLAIN,
        Combine.CONCAT,
        "combine must be sum for hash freq-double, as hot ids use one row, but was concat");
    fails(
        Hash.FREQ_DOUBLE,
        Table.PLAIN,
        Combine.MULT,
        "combine must be sum for hash freq-double but was mult");
    assertThatThrownBy(() -> new ArmSpec.Options(null, 1.5))
        .hasMessage("hot must be in [0, 1] but was 1.5");
    assertThatThrownBy(() -> arm(Hash.QR, Table.PLAIN, Combine.CONCAT).checkDim(15))
        .hasMessage(
            "combine must be mult or sum, as student.dim (15) is no multiple of an id's 2 rows,"
                + " but was concat");
    arm(Hash.QR, Table.PLAIN, Combine.CONCAT).checkDim(16);
    arm(Hash.QR, Table.PLAIN, Combine.SUM).checkDim(15);
  }

  // 1 % of 2,000 ids, but no more than half of the rows, and one row for each hash stays
  @Test
  void hotRowsLeaveRoomForTheOthers() {
    assertThat(arm(Hash.FREQ_DOUBLE, Table.PLAIN, null).hotRows(2000)).isEqualTo(20);
    ArmSpec.Options half = new ArmSpec.Options(null, .5);
    for (int rows : new int[] {2, 3, 4, 100}) {
      ArmSpec arm = new ArmSpec("a", Hash.FREQ_DOUBLE, 0, rows, Table.PLAIN, half);
      assertThat(arm.hotRows(2000)).isEqualTo(Math.min(rows / 2, rows - 2));
    }
  }
}
