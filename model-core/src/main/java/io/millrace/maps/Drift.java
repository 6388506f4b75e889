package io.millrace.maps;

import io.millrace.counts.CountTable;
import io.millrace.counts.IdCounts;
import io.millrace.hash.MapVersion;
import io.millrace.metric.PartitionAgreement;
import io.millrace.metric.Procrustes;
import io.millrace.metric.Psi;
import io.millrace.metric.RowLoad;
import io.millrace.spec.JobSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Computes the drift measures of one field and window; {@code metric} has a class for each. */
final class Drift {

  /**
   * What is known of a field at the end of a window; each component may be null.
   *
   * @param counts counts at the pane's end
   * @param teacher the teacher's vectors
   * @param map the learned map built from both, or the earlier one where none was built
   */
  record Side(CountTable counts, TeacherValues teacher, MapVersion map) {}

  private Drift() {}

  static DriftLine line(
      JobSpec job,
      int field,
      long seed,
      long pane,
      Side last,
      Side now,
      String mapSpec,
      List<String> without,
      Side floor,
      UsualPsi usual) {
    Psi.Corrected psi = psi(last.counts(), now.counts());
    double limit = usual.limit(psi);
    usual.add(psi.value());
    return new DriftLine(
        job.schema().fields().get(field).name(),
        seed,
        job.windows().paneStart(pane),
        job.windows().paneEnd(pane),
        now.counts().size(),
        psi.value(),
        limit,
        newTraffic(last.counts(), now.counts()),
        coldTraffic(now.counts(), last.map()),
        goneTraffic(last.counts(), now.counts()),
        movement(last.teacher(), now.teacher(), now.counts()),
        movement(floor.teacher(), now.teacher(), now.counts()),
        mapSpec,
        now.map() == null ? 0 : now.map().version(),
        now.map() == null ? 0 : now.map().rows(),
        now.map() == null ? 0 : now.map().size(),
        now.map() != null && now.map().header().kind() == MapVersion.Kind.PLAIN,
        List.copyOf(without),
        agreement(before(last.map(), now.map()), now.map(), now.counts()),
        agreement(floor.map(), now.map(), now.counts()),
        rowLoad(now.map(), now.counts()));
  }

  /** The map to compare another with; null if it is the same one. */
  private static MapVersion before(MapVersion last, MapVersion now) {
    return last != null && now != null && last.version() == now.version() ? null : last;
  }

  /** Share of the pane's accesses of ids that no earlier pane has counted; NaN in the first. */
  static double newTraffic(CountTable last, CountTable now) {
    return last == null ? Double.NaN : (double) newAccesses(last, now) / now.inPane();
  }

  /** The pane's accesses of ids that no earlier pane has counted. */
  static long newAccesses(CountTable last, CountTable now) {
    return missing(now, id -> last.indexOf(id) >= 0);
  }

  /** Share of the last window's accesses of ids that this one does not have; NaN in the first. */
  private static double goneTraffic(CountTable last, CountTable now) {
    return last == null
        ? Double.NaN
        : (double) missing(last, id -> now.indexOf(id) >= 0 && now.inWindow()[now.indexOf(id)] > 0)
            / LongStream.of(last.inWindow()).sum();
  }

  /** Accesses in a window of ids that are not present elsewhere. */
  private static long missing(CountTable counts, LongPredicate present) {
    return IntStream.range(0, counts.size())
        .filter(i -> counts.inWindow()[i] > 0 && !present.test(counts.ids()[i]))
        .mapToLong(i -> counts.inWindow()[i])
        .sum();
  }

  private static double coldTraffic(CountTable now, MapVersion map) {
    if (map == null) {
      return Double.NaN;
    }
    long total = 0;
    long cold = 0;
    for (int i = 0; i < now.size(); i++) {
      total += now.inWindow()[i];
      if (now.inWindow()[i] > 0 && map.indexOf(now.ids()[i]) < 0) {
        cold += now.inWindow()[i];
      }
    }
    return (double) cold / total;
  }

  /**
   * Distance of the id frequencies of two windows, less what sampling alone gives; NaN where a
   * window has too few accesses to tell.
   */
  private static Psi.Corrected psi(CountTable last, CountTable now) {
    if (last == null) {
      return new Psi.Corrected(Double.NaN, Double.NaN);
    }
    double[] before = binned(last);
    return Psi.corrected(before, Arrays.stream(before).sum(), binned(now));
  }

  private static double[] binned(CountTable counts) {
    double[] bins = new double[Psi.BINS];
    for (int i = 0; i < counts.size(); i++) {
      bins[Psi.bin(IdCounts.mix(counts.ids()[i]))] += counts.inWindow()[i];
    }
    return bins;
  }

  private static DriftLine.Movement movement(
      TeacherValues last, TeacherValues now, CountTable counts) {
    if (last == null || now == null) {
      return DriftLine.Movement.NONE;
    }
    int dim = now.dim();
    int n = 0;
    double[] x = new double[now.values().length];
    double[] y = new double[now.values().length];
    double[] weights = new double[now.ids().length];
    for (int i = 0; i < now.ids().length; i++) {
      int before = last.indexOf(now.ids()[i]);
      int counted = counts.indexOf(now.ids()[i]);
      if (before >= 0 && counted >= 0) {
        for (int j = 0; j < dim; j++) {
          x[n * dim + j] = last.values()[before * dim + j];
          y[n * dim + j] = now.values()[i * dim + j];
        }
        weights[n++] = counts.decayed()[counted];
      }
    }
    if (n == 0) {
      return DriftLine.Movement.NONE;
    }
    Procrustes fit =
        Procrustes.align(
            Arrays.copyOf(x, n * dim), Arrays.copyOf(y, n * dim), Arrays.copyOf(weights, n), dim);
    double[] moved = fit.displacement();
    return new DriftLine.Movement(
        fit.residualRatio(), moved[0] / fit.norm(), moved[1] / fit.norm(), moved[2] / fit.norm());
  }

  /** How the ids that a map lists, and the window's accesses, spread over its rows. */
  private static RowLoad rowLoad(MapVersion map, CountTable counts) {
    if (map == null) {
      return null;
    }
    int lookups = map.lookups();
    int[] rows = new int[lookups];
    int[] rowOf = new int[map.size() * lookups];
    long[] accesses = new long[map.size()];
    Arrays.fill(rowOf, -1);
    for (int i = 0; i < map.size(); i++) {
      int n = map.rows(i, rows);
      System.arraycopy(rows, 0, rowOf, i * lookups, n);
      accesses[i] = accesses(counts, map.id(i));
    }
    return RowLoad.of(map.rows(), lookups, rowOf, accesses, LongStream.of(counts.inWindow()).sum());
  }

  private static long accesses(CountTable counts, long id) {
    int at = counts.indexOf(id);
    return at < 0 ? 0 : counts.inWindow()[at];
  }

  /** Mean over the internal tables of how alike two maps are on the ids that both know. */
  private static DriftLine.Agreement agreement(MapVersion a, MapVersion b, CountTable counts) {
    if (a == null || b == null) {
      return DriftLine.Agreement.NONE;
    }
    List<PartitionAgreement> tables = new ArrayList<>();
    for (int h = 0; h < Math.min(a.lookups(), b.lookups()); h++) {
      tables.add(agreement(a, b, h, counts));
    }
    return new DriftLine.Agreement(
        mean(tables, PartitionAgreement::ari),
        mean(tables, PartitionAgreement::nmi),
        mean(tables, PartitionAgreement::jaccard),
        mean(tables, PartitionAgreement::weightedAri),
        mean(tables, PartitionAgreement::weightedNmi),
        mean(tables, PartitionAgreement::weightedJaccard),
        mean(tables, PartitionAgreement::movedIds),
        mean(tables, PartitionAgreement::movedTraffic));
  }

  private static double mean(
      List<PartitionAgreement> tables, ToDoubleFunction<PartitionAgreement> measure) {
    return tables.stream().mapToDouble(measure).average().orElse(Double.NaN);
  }

  /** How alike two maps are in one internal table, for ids that have a row there in both. */
  private static PartitionAgreement agreement(
      MapVersion a, MapVersion b, int table, CountTable counts) {
    int n = 0;
    int[] rows = new int[b.lookups()];
    int[] rowInA = new int[b.size()];
    int[] rowInB = new int[b.size()];
    double[] traffic = new double[b.size()];
    for (int i = 0; i < b.size(); i++) {
      int at = a.indexOf(b.id(i));
      if (at >= 0 && a.rows(at, rows) > table) {
        rowInA[n] = rows[table];
        if (b.rows(i, rows) > table) {
          rowInB[n] = rows[table];
          traffic[n++] = accesses(counts, b.id(i));
        }
      }
    }
    return PartitionAgreement.of(
        Arrays.copyOf(rowInA, n), Arrays.copyOf(rowInB, n), Arrays.copyOf(traffic, n));
  }
}
