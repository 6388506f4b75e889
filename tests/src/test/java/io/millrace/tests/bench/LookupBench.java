package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dense.DenseOptimizer;
import io.millrace.hash.IdHash;
import io.millrace.hash.MappedHash;
import io.millrace.hash.RowRange;
import io.millrace.hash.StaticMap;
import io.millrace.random.Seeds;
import io.millrace.table.TableOptimizer;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Hashing and looking up an event's 26 ids in learned maps against a training step for the event.
 * Target: at most 10 %. Each field's map knows ten ids a row, 10 million in all; half of the ids
 * looked up are known.
 */
@Tag("bench")
class LookupBench {
  private static final int BATCH = 128;
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 15);
  private static final int KNOWN = 10 * CriteoModel.ROWS;

  @Test
  void lookupsAgainstAStep() {
    IdHash[] maps = new IdHash[CriteoModel.FIELDS];
    for (int f = 0; f < maps.length; f++) {
      maps[f] = map(f);
    }
    long[][] ids = ids();
    try (CriteoModel model =
        new CriteoModel(
            DenseOptimizer.Rule.SGD, .1, CriteoModel.plain(TableOptimizer.Rule.SGD, .1), 16_384)) {
      model.train(300, BATCH);
      long expected = lookUp(maps, ids);
      double[] step = new double[ROUNDS];
      double[] look = new double[ROUNDS];
      for (int r = 0; r < ROUNDS; r++) {
        step[r] = Processor.nanos(() -> model.train(64, BATCH)) / (64 * BATCH);
        look[r] =
            Processor.nanos(() -> assertThat(lookUp(maps, ids)).isEqualTo(expected)) / ids.length;
      }
      System.out.printf(
          Locale.ROOT,
          "%n26 lookups in learned maps of %,d ids: median of %d rounds, load %.1f%n"
              + "  lookups            %7.2f us an event%n"
              + "  training step      %7.2f us an event  %.1f %%, target <= 10 %%%n",
          KNOWN,
          ROUNDS,
          Processor.load(),
          Processor.median(look) / 1e3,
          Processor.median(step) / 1e3,
          100 * Processor.medianRatio(look, step));
      double share = Processor.medianRatio(look, step);
      BenchResults.add(LookupBench.class, "lookups over a step", share, "x");
    }
  }

  private static IdHash map(int field) {
    SplittableRandom random = Seeds.generator(field, "bench-map", 0);
    long[] keys = new long[KNOWN];
    int[] rows = new int[KNOWN];
    for (int i = 0; i < KNOWN; i++) {
      keys[i] = id(field, i);
      rows[i] = random.nextInt(CriteoModel.ROWS);
    }
    StaticMap known = StaticMap.build(keys, rows, CriteoModel.ROWS, 4, field);
    return new MappedHash(CriteoModel.ROWS, new RowRange(0, CriteoModel.ROWS), field, known);
  }

  private static long id(int field, long i) {
    return (i + 1) * 0x9E3779B97F4A7C15L + field;
  }

  private static long[][] ids() {
    SplittableRandom random = Seeds.generator(9, "bench-ids", 0);
    long[][] ids = new long[16_384][CriteoModel.FIELDS];
    for (long[] event : ids) {
      for (int f = 0; f < event.length; f++) {
        event[f] = random.nextInt(2) == 0 ? id(f, random.nextInt(KNOWN)) : random.nextLong();
      }
    }
    return ids;
  }

  /** Field after field for a batch, as a model does. */
  private static long lookUp(IdHash[] maps, long[][] ids) {
    long sum = 0;
    for (int from = 0; from < ids.length; from += BATCH) {
      for (int f = 0; f < maps.length; f++) {
        for (int e = from; e < from + BATCH; e++) {
          sum += maps[f].row(ids[e][f]);
        }
      }
    }
    return sum;
  }
}
