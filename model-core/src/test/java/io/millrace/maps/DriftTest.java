package io.millrace.maps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.counts.CountTable;
import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import io.millrace.metric.PartitionAgreement;
import io.millrace.metric.RowLoad;
import io.millrace.stream.SmallJob;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DriftTest {

  private static final long[] IDS = {1, 2, 3, 4, 5, 6};
  private static final Drift.Side NOTHING = new Drift.Side(null, null, null);

  /** A map of two internal tables of three rows. */
  private static MapVersion map(int version, int[] first, int[] second) {
    int[] rows = new int[2 * IDS.length];
    for (int i = 0; i < IDS.length; i++) {
      rows[2 * i] = first[i];
      rows[2 * i + 1] = 3 + second[i];
    }
    MapVersion.Header header =
        new MapVersion.Header(
            "big",
            "learned-2",
            version,
            0,
            1,
            6,
            MapVersion.Kind.LEARNED,
            ColdPolicy.HASH,
            List.of(new RowRange(0, 3), new RowRange(3, 3)),
            1,
            4,
            0,
            "");
    return new MapVersion(header, IDS, rows, new double[] {1, 1, 1, 1, 1, 1});
  }

  // Law: maps of several internal tables agree as much as their tables do in the mean.
  @Test
  void everyInternalTableCounts() {
    int[] before = {0, 0, 1, 1, 2, 2};
    int[] after = {0, 0, 1, 2, 2, 1};
    CountTable counts = CountTable.ofIds(IDS.length, IDS);
    for (int i = 0; i < IDS.length; i++) {
      counts.inWindow()[i] = 1L + i;
    }
    Drift.Side last = new Drift.Side(counts, null, map(1, before, before));
    Drift.Side now = new Drift.Side(counts, null, map(2, before, after));
    DriftLine.Agreement found =
        Drift.line(
                SmallJob.job(true, 10, 0),
                0,
                7,
                0,
                last,
                now,
                "learned-2",
                List.of(),
                NOTHING,
                new UsualPsi())
            .agreement();
    PartitionAgreement second =
        PartitionAgreement.of(before, after, new double[] {1, 2, 3, 4, 5, 6});
    assertThat(second.ari()).isLessThan(.9);
    assertThat(found.ari()).isCloseTo((1 + second.ari()) / 2, within(1e-12));
    assertThat(found.nmi()).isCloseTo((1 + second.nmi()) / 2, within(1e-12));
    assertThat(found.jaccard()).isCloseTo((1 + second.jaccard()) / 2, within(1e-12));
    assertThat(found.movedTraffic()).isCloseTo(second.movedTraffic() / 2, within(1e-12));
    assertThat(found.movedIds()).isCloseTo(second.movedIds() / 2, within(1e-12));
    assertThat(found.ariTraffic()).isCloseTo((1 + second.weightedAri()) / 2, within(1e-12));
    assertThat(found.nmiTraffic()).isCloseTo((1 + second.weightedNmi()) / 2, within(1e-12));
    assertThat(found.jaccardTraffic()).isCloseTo((1 + second.weightedJaccard()) / 2, within(1e-12));
  }

  // Law: a floor is the same measure between two teachers, and two maps, of one window.
  @Test
  void floorsCompareWithinTheWindow() {
    int[] rows = {0, 0, 1, 1, 2, 2};
    int[] other = {0, 0, 1, 2, 2, 1};
    CountTable counts = accesses(1, 1, 1, 1, 1, 1);
    TeacherValues before = teacher(1, 0, 0, 1, -1, 0, 0, -1, 2, 2, -2, -2);
    TeacherValues now = teacher(0, 1, -1, 0, 0, -1, 1, 0, -2, 2, 2, -2);
    TeacherValues second = teacher(0, 2, -1, 0, 0, -1, 1, 0, -2, 2, 2, -2);
    DriftLine line =
        Drift.line(
            SmallJob.job(true, 10, 0),
            0,
            7,
            0,
            new Drift.Side(counts, before, map(1, rows, rows)),
            new Drift.Side(counts, now, map(2, rows, rows)),
            "learned-2",
            List.of(),
            new Drift.Side(counts, second, map(2, other, other)),
            new UsualPsi());
    assertThat(line.movement().residual()).isCloseTo(0, within(1e-24));
    assertThat(line.movement().p99()).isCloseTo(0, within(1e-12));
    assertThat(line.floorMovement().residual()).isBetween(.001, .1);
    assertThat(line.agreement().ari()).isEqualTo(1);
    assertThat(line.agreement().movedIds()).isZero();
    PartitionAgreement floor = PartitionAgreement.of(other, rows);
    assertThat(line.floor().ari()).isCloseTo(floor.ari(), within(1e-12));
    assertThat(line.floor().movedIds()).isCloseTo(2 / 6., within(1e-12));
  }

  // Law: by hand, for four ids on a line of which one leaves: distances after centring, over the
  // root mean square norm of the newer vectors; the order of ids and the scale do not matter.
  @Test
  void displacementIsInUnitsOfTheNorm() {
    CountTable counts = accesses(1, 1, 1, 1, 0, 0);
    Drift.Side last = new Drift.Side(counts, teacher(-3, 0, -1, 0, 1, 0, 3, 0), null);
    Drift.Side now = new Drift.Side(counts, teacher(-30, 0, -10, 0, 10, 0, 30, 0), null);
    DriftLine.Movement moved =
        Drift.line(
                SmallJob.job(true, 10, 0),
                0,
                7,
                0,
                last,
                now,
                null,
                List.of(),
                NOTHING,
                new UsualPsi())
            .movement();
    double norm = 10 * Math.sqrt(5);
    assertThat(moved.p50()).isCloseTo(9 / norm, within(1e-12));
    assertThat(moved.p90()).isCloseTo(27 / norm, within(1e-12));
    assertThat(moved.p99()).isCloseTo(27 / norm, within(1e-12));
    assertThat(moved.residual()).isCloseTo(.81, within(1e-12));
  }

  // Law: rows are loaded with the window's accesses of the ids that the map lists.
  @Test
  void rowLoadIsThatOfTheWindow() {
    int[] rows = {0, 0, 0, 1, 1, 1};
    Drift.Side side = new Drift.Side(accesses(5, 1, 1, 1, 0, 2), null, map(1, rows, rows));
    RowLoad load =
        Drift.line(
                SmallJob.job(true, 10, 0),
                0,
                7,
                0,
                side,
                side,
                "l",
                List.of(),
                NOTHING,
                new UsualPsi())
            .rowLoad();
    assertThat(load.rowsUsed()).isEqualTo(4);
    assertThat(load.maxIds()).isEqualTo(3);
    assertThat(load.maxTraffic()).isEqualTo(.7);
    assertThat(load.hotCollisions()).isEqualTo(6);
    assertThat(load.largest().get(0)).isEqualTo(new RowLoad.Row(0, 3, .7));
  }

  private static CountTable accesses(long... inWindow) {
    CountTable counts = CountTable.ofIds(LongStream.of(inWindow).sum(), IDS);
    for (int i = 0; i < IDS.length; i++) {
      counts.inWindow()[i] = inWindow[i];
      counts.decayed()[i] = 1;
    }
    return counts;
  }

  private static TeacherValues teacher(float... values) {
    return new TeacherValues(Arrays.copyOf(IDS, values.length / 2), 2, values);
  }
}
