package io.millrace.stream;

import io.millrace.dlrm.FieldTable;
import io.millrace.event.CategoricalField;
import io.millrace.hash.IdHash;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.MultiHash;
import io.millrace.hash.QuotientRemainderHash;
import io.millrace.random.Seeds;
import io.millrace.table.Combine;
import io.millrace.table.CombinedTable;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.IdIndex;
import io.millrace.table.MletTable;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;

/**
 * The tables an arm starts with: how its ids find rows before there is a map, and these rows.
 *
 * <p>Rows start as DLRM's do, {@code U(-sqrt(1/n), sqrt(1/n))}, with {@code n} the ids of an
 * uncompressed field, the rows of a compressed one, and the ids told apart by quotient and
 * remainder; where those are multiplied, at {@code U(sqrt(1/n), 1)}.
 */
final class ArmTables {

  private static final long HASH_SEED = 0x5EED_0002L;

  private ArmTables() {}

  /** The table of one field of an arm that has learned nothing. */
  static FieldTable create(JobSpec job, ArmSpec arm, int f, long seed) {
    CategoricalField field = job.schema().fields().get(f);
    long tableSeed = Seeds.derive(seed, "student/table/" + field.name(), 0);
    if (!job.compressed(arm, f)) {
      RowInit init = RowInit.dlrm(field.expectedIds(), tableSeed);
      EmbeddingTable table = table(job, arm, 0, job.student().trainer().dim(), init);
      return FieldTable.indexed(f, table, new IdIndex(job.student().maxIds()));
    }
    int rows = FieldSize.of(job, arm, f).rows();
    IdHash hash = hash(job, arm, f, rows);
    Combine combine = arm.combine();
    int length = combine.rowLength(job.student().trainer().dim(), hash.lookups());
    RowInit init = init(arm, rows, hash, tableSeed);
    EmbeddingTable table = table(job, arm, hash.rows(), length, init);
    return FieldTable.hashed(
        f,
        combine == Combine.SUM ? table : new CombinedTable(table, combine, hash.lookups()),
        hash);
  }

  private static IdHash hash(JobSpec job, ArmSpec arm, int f, int rows) {
    return switch (arm.hash()) {
      case FULL -> throw new IllegalArgumentException("ids of full arms own their rows");
      case MODULO, HOT_KEPT, TWO_LEVEL -> new ModuloHash(rows, HASH_SEED);
      case LEARNED ->
          arm.lookups() == 1
              ? new ModuloHash(rows, HASH_SEED)
              : new MultiHash(arm.lookups(), arm.rowsEach(rows), HASH_SEED);
      case DOUBLE -> new MultiHash(arm.lookups(), arm.rowsEach(rows), HASH_SEED);
      case FREQ_DOUBLE -> MapBuilder.freqDouble(job, arm, f).withoutHotIds();
      case QR -> {
        int halves = arm.combine() == Combine.CONCAT ? 2 : 1;
        long expectedIds = job.schema().fields().get(f).expectedIds();
        yield QuotientRemainderHash.fitting(
            expectedIds, Math.multiplyExact(halves, rows), HASH_SEED);
      }
    };
  }

  private static RowInit init(ArmSpec arm, int rows, IdHash hash, long tableSeed) {
    if (hash instanceof QuotientRemainderHash quotients) {
      return arm.combine() == Combine.MULT
          ? RowInit.product(quotients.ids(), tableSeed)
          : RowInit.dlrm(quotients.ids(), tableSeed);
    }
    return RowInit.dlrm(rows, tableSeed);
  }

  private static EmbeddingTable table(
      JobSpec job, ArmSpec arm, int rows, int length, RowInit init) {
    TrainerOptions trainer = job.student().trainer();
    return switch (arm.table()) {
      case PLAIN -> new PlainTable(rows, length, trainer.table(), init);
      case MLET ->
          new MletTable(
              rows,
              job.student().mletK(),
              length,
              job.student().mletStd(),
              trainer.table(),
              init.seed());
    };
  }
}
