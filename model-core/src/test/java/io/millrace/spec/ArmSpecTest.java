package io.millrace.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.linear.LinearOptions;
import io.millrace.spec.ArmSpec.Hash;
import io.millrace.spec.ArmSpec.Table;
import io.millrace.stream.SmallJob;
import io.millrace.table.Combine;
import io.millrace.table.MletOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArmSpecTest {

  private static ArmSpec arm(Hash hash, Table table, Combine combine) {
    return new ArmSpec(
        "a",
        hash,
        Budget.ratio(.1),
        table,
        SmallJob.LEARNER,
        SmallJob.OPTIONS.with(ArmSpec.Options::combine, combine));
  }

  private static ArmSpec ofDim(int dim, ArmSpec arm) {
    LearnerOptions small = SmallJob.LEARNER;
    LearnerOptions learner =
        new LearnerOptions(
            small.trainer().with(TrainerOptions::dim, dim),
            small.mlet().with(MletOptions::k, 64),
            LinearOptions.NONE);
    return arm.with(ArmSpec::learner, learner);
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
        "table must be plain with combine mult, as other tables stand for rows that are summed, but"
            + " was mlet");
    fails(
        Hash.DOUBLE,
        Table.PEP,
        Combine.CONCAT,
        "table must be plain with combine concat, as other tables stand for rows that are summed,"
            + " but was pep");
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
    assertThatThrownBy(() -> SmallJob.OPTIONS.with(ArmSpec.Options::hotShare, 1.5))
        .hasMessage("hot must be in [0, 1] but was 1.5");
    assertThatThrownBy(() -> ofDim(15, arm(Hash.QR, Table.PLAIN, Combine.CONCAT)))
        .hasMessage(
            "combine must be mult or sum, as student.dim (15) is no multiple of an id's 2 rows,"
                + " but was concat");
    assertThat(ofDim(16, arm(Hash.QR, Table.PLAIN, Combine.CONCAT)).lookups()).isEqualTo(2);
    assertThat(ofDim(15, arm(Hash.QR, Table.PLAIN, Combine.SUM)).lookups()).isEqualTo(2);
  }

  private static ArmSpec tables(Hash hash, Combine combine, int tables) {
    ArmSpec.Options options =
        SmallJob.OPTIONS
            .with(ArmSpec.Options::combine, combine)
            .with(ArmSpec.Options::internalTables, tables);
    return new ArmSpec("a", hash, Budget.ratio(.1), Table.PLAIN, SmallJob.LEARNER, options);
  }

  @Test
  void onlyLearnedMapsHaveInternalTables() {
    assertThat(tables(Hash.LEARNED, null, 4).lookups()).isEqualTo(4);
    assertThat(tables(Hash.LEARNED, null, 4).rowsEach(200)).isEqualTo(50);
    assertThat(tables(Hash.LEARNED, Combine.CONCAT, 4).rowsEach(200)).isEqualTo(200);
    assertThatThrownBy(() -> tables(Hash.MODULO, null, 2))
        .hasMessage(
            "internal_tables must be 1 for hash modulo, as only learned maps have a table for each"
                + " of the teacher's dimensions");
    assertThatThrownBy(() -> tables(Hash.LEARNED, Combine.SUM, 1))
        .hasMessage(
            "combine must be auto for hash learned with internal_tables 1, as an id uses one row,"
                + " but was sum");
    assertThatThrownBy(() -> ofDim(6, tables(Hash.LEARNED, Combine.CONCAT, 4)))
        .hasMessage(
            "combine must be sum, as student.dim (6) is no multiple of an id's 4 rows, but was"
                + " concat");
  }

  @Test
  void aJobNeedsATeacherOfAsManyDimensions() {
    JobSpec job = SmallJob.job(true, 10, 0);
    assertThatThrownBy(
            () ->
                job.with(JobSpec::arms, List.of(tables(Hash.LEARNED, null, 4)))
                    .with(JobSpec::secondTeacher, false))
        .hasMessage("internal_tables must be 1 or teacher.dim (2) but was 4");
  }

  /** Law: arms share their maps if these are alike, and only then. */
  @Test
  void mapsOfDifferentShapesHaveDifferentNames() {
    Set<String> names = new HashSet<>();
    for (Combine combine : new Combine[] {Combine.SUM, Combine.CONCAT}) {
      for (int tables : new int[] {2, 4}) {
        assertThat(names.add(tables(Hash.LEARNED, combine, tables).mapSpec(4))).isTrue();
      }
    }
    assertThat(names.add(tables(Hash.LEARNED, null, 1).mapSpec(4))).isTrue();
    assertThat(names.add(tables(Hash.LEARNED, null, 2).mapSpec(4))).as("auto is sum").isFalse();
    for (double hot : new double[] {0, .01}) {
      ArmSpec.Options options = SmallJob.OPTIONS.with(ArmSpec.Options::hotShare, hot);
      ArmSpec arm = arm(Hash.FREQ_DOUBLE, Table.PLAIN, null).with(ArmSpec::options, options);
      assertThat(names.add(arm.mapSpec(4))).isTrue();
    }
  }

  @Test
  void masksNeedPrunedTablesWhoseIdsStay() {
    TableOptions known = SmallJob.OPTIONS.tables().with(TableOptions::maskFrom, "runs/a");
    ArmSpec.Options options = SmallJob.OPTIONS.with(ArmSpec.Options::tables, known);
    assertThatThrownBy(
            () ->
                new ArmSpec(
                    "a", Hash.FULL, Budget.ratio(.1), Table.MIXED, SmallJob.LEARNER, options))
        .hasMessage("mask_from must be empty with table mixed but was 'runs/a'");
    assertThatThrownBy(
            () ->
                new ArmSpec(
                    "a", Hash.LEARNED, Budget.ratio(.1), Table.PEP, SmallJob.LEARNER, options))
        .hasMessage(
            "mask_from must be empty with hash learned, as the rows of a map change their ids, but"
                + " was 'runs/a'");
    assertThat(
            new ArmSpec("a", Hash.MODULO, Budget.ratio(.1), Table.PEP, SmallJob.LEARNER, options)
                .options()
                .tables())
        .isEqualTo(known);
  }

  @Test
  void wrongShapesOfMixedTablesAreNamed() {
    assertThatThrownBy(() -> new TableOptions.Mixed(2, 0, 0, false))
        .hasMessage("alpha must be in [0, 1] but was 2.0");
    assertThatThrownBy(() -> new TableOptions.Mixed(.3, -1, 0, false))
        .hasMessage("d0 must be >= 0 but was -1");
    assertThatThrownBy(() -> new TableOptions.Mixed(.3, 0, 2, false))
        .hasMessage("share must be in [0, 1] but was 2.0");
  }

  // 1 % of 2,000 ids, but no more than half of the rows, and one row for each hash stays
  @Test
  void hotRowsLeaveRoomForTheOthers() {
    assertThat(arm(Hash.FREQ_DOUBLE, Table.PLAIN, null).hotRows(2000, 200)).isEqualTo(20);
    ArmSpec.Options half = SmallJob.OPTIONS.with(ArmSpec.Options::hotShare, .5);
    for (int rows : new int[] {2, 3, 4, 100}) {
      ArmSpec arm =
          new ArmSpec(
              "a", Hash.FREQ_DOUBLE, Budget.rows(rows), Table.PLAIN, SmallJob.LEARNER, half);
      assertThat(arm.hotRows(2000, rows)).isEqualTo(Math.min(rows / 2, rows - 2));
    }
  }
}
