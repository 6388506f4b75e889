package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dlrm.FieldTable;
import io.millrace.hash.IdHash;
import io.millrace.hash.MapVersion;
import io.millrace.maps.FieldSize;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.JobSpec;
import io.millrace.stream.LoopLog;
import io.millrace.stream.SmallJob;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a mapped arm does before it has a map. */
class FirstWindowTest {

  private static final Budget BUDGET = Budget.bytes("40%");
  private static final List<ArmSpec.Hash> ONE_ROW_AN_ID =
      List.of(ArmSpec.Hash.HOT_KEPT, ArmSpec.Hash.LEARNED, ArmSpec.Hash.TWO_LEVEL);

  // Law: until its first map, an arm with a budget of bytes is the plain hash of as many bytes, to
  // the bit; under its maps it has fewer rows.
  @ParameterizedTest
  @EnumSource(
      value = ArmSpec.Table.class,
      names = {"PLAIN", "MLET", "PEP"})
  void beforeItsFirstMapAnArmIsThePlainHashOfItsBytes(ArmSpec.Table table) {
    List<ArmSpec> arms = new ArrayList<>();
    arms.add(arm(ArmSpec.Hash.MODULO, table));
    ONE_ROW_AN_ID.forEach(hash -> arms.add(arm(hash, table)));
    isThePlainHash(arms);
  }

  // Law: with mixed dimensions it has as many rows as that plain hash, too. They are as long as
  // under
  // its maps, so that they can move, and a budget counts them as full vectors.
  @Test
  void beforeItsFirstMapAnArmOfMixedDimensionsHasAllRows() {
    List<ArmSpec> arms = new ArrayList<>();
    arms.add(arm(ArmSpec.Hash.MODULO, ArmSpec.Table.PLAIN));
    ONE_ROW_AN_ID.forEach(hash -> arms.add(arm(hash, ArmSpec.Table.MIXED)));
    LoopLog log = LoopLog.run(SmallJob.events(2, 1000, 1), job(arms), 7);
    long rows = lineOf(log, "modulo", 0).rows();
    for (ArmSpec arm : arms.subList(1, arms.size())) {
      MetricLine first = lineOf(log, arm.name(), 0);
      MetricLine mapped = lineOf(log, arm.name(), SmallJob.DAY);
      assertThat(first.mapVersion()).isZero();
      assertThat(first.rows()).as(arm.name()).isEqualTo(rows);
      assertThat(mapped.mapVersion()).isOne();
      assertThat(mapped.rows()).as(arm.name()).isLessThan(rows);
      int twoFloats = 2 * Float.BYTES;
      assertThat(first.embeddingBytes() - mapped.embeddingBytes())
          .as(arm.name())
          .isEqualTo(twoFloats * (first.rows() - mapped.rows()));
    }
  }

  // Law: the same for ids with two rows each, of which none is hot yet.
  @Test
  void beforeItsFirstMapFrequencyDoubleIsDouble() {
    ArmSpec.Table plain = ArmSpec.Table.PLAIN;
    isThePlainHash(List.of(arm(ArmSpec.Hash.DOUBLE, plain), arm(ArmSpec.Hash.FREQ_DOUBLE, plain)));
  }

  /** The first arm is a formula, the others are mapped. */
  private static void isThePlainHash(List<ArmSpec> arms) {
    LoopLog log = LoopLog.run(SmallJob.events(3, 1000, 1), job(arms), 7);
    int switched = 0;
    for (MetricLine line : log.lines) {
      if (line.mapVersion() == 0 && !line.arm().equals(arms.get(0).name())) {
        MetricLine formula = lineOf(log, arms.get(0).name(), line.windowStart());
        assertThat(line.overall()).as(line.arm()).isEqualTo(formula.overall());
        assertThat(line.byBucket()).as(line.arm()).isEqualTo(formula.byBucket());
        assertThat(line.rows()).as(line.arm()).isEqualTo(formula.rows());
        assertThat(line.servingBytes()).as(line.arm()).isEqualTo(formula.servingBytes());
      } else if (line.mapVersion() > 0) {
        MetricLine before = lineOf(log, line.arm(), 0);
        assertThat(line.rows()).as(line.arm()).isLessThan(before.rows());
        switched++;
      }
    }
    assertThat(switched).isEqualTo(2 * (arms.size() - 1));
  }

  private static MetricLine lineOf(LoopLog log, String arm, long start) {
    return log.lines.stream()
        .filter(line -> line.arm().equals(arm) && line.windowStart() == start)
        .findFirst()
        .orElseThrow();
  }

  // Law: state without a map that has as many rows as under a map, as earlier versions wrote it,
  // keeps its rows, and its ids find them.
  @Test
  void stateWithFewerRowsKeepsThem() throws IOException {
    List<ArmSpec.Hash> hashes = new ArrayList<>(ONE_ROW_AN_ID);
    hashes.add(ArmSpec.Hash.FREQ_DOUBLE);
    for (ArmSpec.Hash hash : hashes) {
      ArmSpec arm = arm(hash, ArmSpec.Table.PLAIN);
      StudentTables tables = new StudentTables(job(List.of(arm)), arm, 7);
      int rows = FieldSize.of(tables.job, arm, 0).rows();
      FieldTable field = tables.create(0);
      assertThat(field.table().rows()).isGreaterThan(rows);
      PlainTable old =
          new PlainTable(rows, 4, arm.learner().trainer().table(), RowInit.dlrm(rows, 7));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      old.writeState(new DataOutputStream(bytes));
      field.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
      tables.fitHashes(List.of(field), new MapVersion[2]);
      assertThat(field.table().rows()).isEqualTo(rows);
      assertThat(field.hash().rows()).isEqualTo(rows);
      findsAllRows(field.hash());
    }
  }

  private static void findsAllRows(IdHash hash) {
    int[] rows = new int[hash.lookups()];
    for (long id = 0; id < 1000; id++) {
      for (int h = hash.lookUp(id, rows) - 1; h >= 0; h--) {
        assertThat(rows[h]).isBetween(0, hash.rows() - 1);
      }
    }
  }

  private static ArmSpec arm(ArmSpec.Hash hash, ArmSpec.Table table) {
    String name = hash.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return new ArmSpec(name, hash, BUDGET, table, SmallJob.LEARNER, SmallJob.OPTIONS);
  }

  private static JobSpec job(List<ArmSpec> arms) {
    return SmallJob.job(true, 10, 0).with(JobSpec::arms, arms);
  }
}
