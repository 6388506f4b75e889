package io.millrace.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import io.millrace.metric.PartitionAgreement;
import java.util.List;
import org.junit.jupiter.api.Test;

class DriftTest {

  private static final long[] IDS = {1, 2, 3, 4, 5, 6};

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
        Drift.line(SmallJob.job(true, 10, 0), 0, 7, 0, last, now, "learned-2", List.of(), null)
            .agreement();
    PartitionAgreement second =
        PartitionAgreement.of(before, after, new double[] {1, 2, 3, 4, 5, 6});
    assertThat(second.ari()).isLessThan(.9);
    assertThat(found.ari()).isCloseTo((1 + second.ari()) / 2, within(1e-12));
    assertThat(found.nmi()).isCloseTo((1 + second.nmi()) / 2, within(1e-12));
    assertThat(found.jaccard()).isCloseTo((1 + second.jaccard()) / 2, within(1e-12));
    assertThat(found.movedTraffic()).isCloseTo(second.movedTraffic() / 2, within(1e-12));
  }
}
