package io.millrace.maps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.counts.CountTable;
import io.millrace.event.CategoricalField;
import io.millrace.event.Schema;
import io.millrace.event.WindowSpec;
import io.millrace.hash.MapVersion;
import io.millrace.random.Seeds;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.PublishOptions;
import io.millrace.stream.SmallJob;
import io.millrace.table.Combine;
import io.millrace.table.RowFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldSizeTest {

  private static final int ROW_BYTES = 16;

  private static int rows(JobSpec job, ArmSpec arm, int field) {
    return FieldSize.of(job, arm, field).rows();
  }

  /** Two compressed fields of 9,000 and 1,000 ids, and a small one; rows of 16 bytes. */
  private static JobSpec job(int clusters) {
    JobSpec job = SmallJob.job(true, 0, 0);
    Schema schema =
        new Schema(
            job.schema().dense(),
            List.of(
                CategoricalField.of("large", 9_000),
                CategoricalField.of("small", 5),
                CategoricalField.of("middling", 1_000)),
            job.schema().label(),
            job.schema().time());
    HashOptions hash =
        job.hash()
            .with(HashOptions::clusters, clusters)
            .with(HashOptions::signatureBits, 4)
            .with(HashOptions::dumpInputs, false);
    return job.with(JobSpec::schema, schema)
        .with(JobSpec::windows, WindowSpec.tumbling(SmallJob.DAY))
        .with(JobSpec::hash, hash)
        .with(JobSpec::secondTeacher, false);
  }

  /** The same job with narrower rows: of 6 bytes in int8, of 8 in bf16. */
  private static JobSpec servedIn(RowFormat format) {
    JobSpec job = job(0);
    return job.with(JobSpec::publish, job.publish().with(PublishOptions::rows, format));
  }

  private static ArmSpec arm(ArmSpec.Hash hash, Budget budget) {
    return new ArmSpec("a", hash, budget, ArmSpec.Table.PLAIN, SmallJob.LEARNER, SmallJob.OPTIONS);
  }

  /** A map of a field when all its expected ids have come, as it is built while training. */
  private static MapVersion full(JobSpec job, ArmSpec arm, int field) {
    int n = (int) job.schema().fields().get(field).expectedIds();
    SplittableRandom random = Seeds.generator(3, "field-size", n);
    CountTable counts = CountTable.ofIds(n, random.longs().distinct().limit(n).sorted().toArray());
    float[] vectors = new float[2 * n];
    for (int i = 0; i < n; i++) {
      counts.decayed()[i] = 1 + random.nextInt(20);
      counts.decayedClicks()[i] = random.nextInt(2);
      vectors[2 * i] = (float) random.nextDouble();
      vectors[2 * i + 1] = (float) random.nextDouble();
    }
    JobSpec only = job.with(JobSpec::arms, List.of(arm)).with(JobSpec::secondTeacher, false);
    return new MapBuilder(only, field, 1)
        .build(0, true, counts, new TeacherValues(counts.ids(), 2, vectors), null)
        .maps()
        .get(0);
  }

  /**
   * Law: rows and map, as serialised when all expected ids have come, take the bytes of the budget:
   * at most a hundredth and 64 bytes more, and a twentieth and four rows less.
   */
  @ParameterizedTest
  @CsvSource({
    "TWO_LEVEL, 10%, FLOAT32",
    "TWO_LEVEL, 40%, FLOAT32",
    "TWO_LEVEL, 20kB, FLOAT32",
    "LEARNED, 10%, FLOAT32",
    "LEARNED, 40%, FLOAT32",
    "LEARNED, 20kB, FLOAT32",
    "HOT_KEPT, 10%, FLOAT32",
    "HOT_KEPT, 50%, FLOAT32",
    "HOT_KEPT, 20kB, FLOAT32",
    "TWO_LEVEL, 10%, INT8",
    "LEARNED, 10%, INT8",
    "HOT_KEPT, 10%, BF16"
  })
  void theBudgetIsSpentAndKept(ArmSpec.Hash hash, String bytes, RowFormat format) {
    JobSpec job = servedIn(format);
    int rowBytes = format.rowBytes(4);
    ArmSpec arm = arm(hash, Budget.bytes(bytes));
    for (int f : new int[] {0, 2}) {
      long expectedIds = job.schema().fields().get(f).expectedIds();
      long budget = arm.budget().of(expectedIds, 10_000, ROW_BYTES);
      MapVersion map = full(job, arm, f);
      assertThat(map.rows()).isEqualTo(rows(job, arm, f));
      long spent = (long) map.rows() * rowBytes + map.toHash().toBytes().length;
      assertThat(spent).isLessThanOrEqualTo(budget + budget / 100 + 64);
      assertThat(spent).isGreaterThanOrEqualTo(budget - budget / 20 - 4L * rowBytes);
    }
  }

  /** Law: so do those of hashes that use several rows an id. */
  @ParameterizedTest
  @CsvSource({
    "LEARNED, SUM, 2, 10%, FLOAT32",
    "LEARNED, SUM, 2, 40%, FLOAT32",
    "LEARNED, CONCAT, 2, 10%, FLOAT32",
    "LEARNED, CONCAT, 2, 20kB, FLOAT32",
    "FREQ_DOUBLE, SUM, 1, 10%, FLOAT32",
    "FREQ_DOUBLE, SUM, 1, 20kB, FLOAT32",
    "LEARNED, SUM, 2, 10%, INT8",
    "LEARNED, CONCAT, 2, 10%, INT8"
  })
  void severalRowsAnIdSpendAndKeepTheBudget(
      ArmSpec.Hash hash, Combine combine, int tables, String bytes, RowFormat format) {
    JobSpec job = servedIn(format);
    ArmSpec.Options options =
        SmallJob.OPTIONS
            .with(ArmSpec.Options::internalTables, tables)
            .with(ArmSpec.Options::combine, combine);
    ArmSpec arm =
        new ArmSpec("a", hash, Budget.bytes(bytes), ArmSpec.Table.PLAIN, SmallJob.LEARNER, options);
    for (int f : new int[] {0, 2}) {
      long expectedIds = job.schema().fields().get(f).expectedIds();
      long budget = arm.budget().of(expectedIds, 10_000, ROW_BYTES);
      MapVersion map = full(job, arm, f);
      int length = combine == Combine.CONCAT ? 4 / tables : 4;
      int rowBytes = format.forLength(length).rowBytes(length);
      long spent = (long) map.rows() * rowBytes + map.toHash().toBytes().length;
      assertThat(spent).isLessThanOrEqualTo(budget + budget / 100 + 64);
      assertThat(spent).isGreaterThanOrEqualTo(budget - budget / 20 - 4L * rowBytes);
    }
  }

  /** Law: two rows more would not fit. */
  @Test
  void noMoreRowsFit() {
    JobSpec job = job(0);
    for (int percent = 5; percent < 100; percent += 7) {
      ArmSpec arm = arm(ArmSpec.Hash.HOT_KEPT, Budget.bytes(percent + "%"));
      int more = rows(job, arm, 0) + 2;
      MapVersion map = full(job, arm(ArmSpec.Hash.HOT_KEPT, Budget.rows(more)), 0);
      assertThat((long) more * ROW_BYTES + map.toHash().toBytes().length)
          .isGreaterThan(arm.budget().of(9_000, 10_000, ROW_BYTES));
    }
  }

  /** Law: where the hash is a formula every byte is in rows. */
  @Test
  void formulasNeedNoMap() {
    JobSpec job = job(0);
    for (ArmSpec.Hash hash :
        new ArmSpec.Hash[] {ArmSpec.Hash.MODULO, ArmSpec.Hash.DOUBLE, ArmSpec.Hash.QR}) {
      assertThat(rows(job, arm(hash, Budget.bytes("10%")), 0)).isEqualTo(900);
      assertThat(rows(job, arm(hash, Budget.bytes("16 kB")), 0)).isEqualTo(900);
      assertThat(rows(job, arm(hash, Budget.bytes("16 kB")), 2)).isEqualTo(100);
    }
  }

  /** Law: a share refers to rows in float32, so narrower ones are more; rows stay rows. */
  @Test
  void narrowerRowsAreMore() {
    JobSpec job = servedIn(RowFormat.INT8);
    assertThat(rows(job, arm(ArmSpec.Hash.MODULO, Budget.bytes("10%")), 0)).isEqualTo(2400);
    assertThat(rows(job, arm(ArmSpec.Hash.MODULO, Budget.bytes("16 kB")), 0)).isEqualTo(2400);
    assertThat(rows(job, arm(ArmSpec.Hash.MODULO, Budget.bytes("90%")), 0)).isEqualTo(9000);
    assertThat(rows(job, arm(ArmSpec.Hash.MODULO, Budget.ratio(.1)), 0)).isEqualTo(900);
  }

  /** Law: rows and ratios say the rows, and the map comes on top and knows every id. */
  @Test
  void rowsAreRows() {
    JobSpec job = job(0);
    for (ArmSpec.Hash hash : ArmSpec.Hash.values()) {
      if (hash != ArmSpec.Hash.FULL) {
        assertThat(rows(job, arm(hash, Budget.ratio(.1)), 0)).isEqualTo(900);
        assertThat(rows(job, arm(hash, Budget.rows(300)), 2)).isEqualTo(300);
      }
    }
    assertThat(FieldSize.of(job, arm(ArmSpec.Hash.TWO_LEVEL, Budget.ratio(.1)), 0).levels())
        .extracting(levels -> levels.hotRows() + levels.middleIds())
        .isEqualTo(9_000);
    MapVersion learned = full(job, arm(ArmSpec.Hash.LEARNED, Budget.ratio(.1)), 0);
    assertThat(learned.size()).isEqualTo(9_000);
  }

  /** Law: a learned map of bytes knows the hottest ids that fit, and no others. */
  @Test
  void theRarestIdsAreLeftOut() {
    JobSpec job = job(0);
    ArmSpec arm = arm(ArmSpec.Hash.LEARNED, Budget.bytes("10%"));
    int known = FieldSize.of(job, arm, 0).mapIds();
    MapVersion map = full(job, arm, 0);
    MapVersion all = full(job, arm(ArmSpec.Hash.LEARNED, Budget.ratio(.1)), 0);
    assertThat(known).isBetween(1_000, 8_000);
    assertThat(map.size()).isEqualTo(known);
    double least = Double.MAX_VALUE;
    for (int i = 0; i < map.size(); i++) {
      least = Math.min(least, map.count(i));
    }
    for (int i = 0; i < all.size(); i++) {
      if (map.indexOf(all.id(i)) < 0) {
        assertThat(all.count(i)).isLessThanOrEqualTo(least);
      }
    }
  }

  /** Law: clusters are 64, or 16 where there are bytes for less than 500 rows, unless said. */
  @Test
  void clustersFollowTheRows() {
    Budget bytes = Budget.bytes("10%");
    assertThat(FieldSize.of(job(0), arm(ArmSpec.Hash.TWO_LEVEL, bytes), 0).levels().clusters())
        .isEqualTo(64);
    assertThat(FieldSize.of(job(0), arm(ArmSpec.Hash.TWO_LEVEL, bytes), 2).levels().clusters())
        .isEqualTo(16);
    assertThat(FieldSize.of(job(7), arm(ArmSpec.Hash.TWO_LEVEL, bytes), 2).levels().clusters())
        .isEqualTo(7);
  }

  @Test
  void tooFewBytesAreNamed() {
    for (ArmSpec.Hash hash : ArmSpec.Hash.values()) {
      if (hash != ArmSpec.Hash.FULL) {
        assertThatThrownBy(() -> rows(job(0), arm(hash, Budget.bytes("200")), 2))
            .hasMessage(
                "bytes must be enough for two rows and a map in every field but leave 20 to"
                    + " middling");
      }
    }
  }

  /** Law: a table of several internal ones is as large as the field's size says, however small. */
  @Test
  void everyInternalTableHasTwoRows() {
    JobSpec job = job(0);
    for (Combine combine : new Combine[] {Combine.SUM, Combine.CONCAT}) {
      ArmSpec.Options options =
          SmallJob.OPTIONS
              .with(ArmSpec.Options::internalTables, 2)
              .with(ArmSpec.Options::combine, combine);
      for (int rows : new int[] {1, 2, 3, 4, 9}) {
        Budget budget = Budget.rows(rows);
        ArmSpec arm =
            new ArmSpec(
                "a", ArmSpec.Hash.LEARNED, budget, ArmSpec.Table.PLAIN, SmallJob.LEARNER, options);
        int least = combine == Combine.SUM ? 4 : 2;
        assertThat(rows(job, arm, 0)).isEqualTo(Math.max(least, rows));
        int parts = combine == Combine.CONCAT ? 2 : 1;
        assertThat(full(job, arm, 0).rows() / parts).isBetween(least, rows(job, arm, 0));
      }
      ArmSpec bytes =
          new ArmSpec(
              "a",
              ArmSpec.Hash.LEARNED,
              Budget.bytes("200"),
              ArmSpec.Table.PLAIN,
              SmallJob.LEARNER,
              options);
      assertThatThrownBy(() -> rows(job, bytes, 2))
          .hasMessage(
              "bytes must be enough for "
                  + (combine == Combine.SUM ? 4 : "two")
                  + " rows and a map in every field but leave 20 to middling");
    }
  }
}
