package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.hash.ColdPolicy;
import io.millrace.hash.CompiledMap;
import io.millrace.hash.MapVersion;
import io.millrace.hash.MappedHash;
import io.millrace.hash.RowRange;
import io.millrace.random.Seeds;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MapBuilderTest {

  private static final int IDS = 10_007;
  private static final long[] IDS_ASCENDING =
      Seeds.generator(1, "map-builder", 0).longs().distinct().limit(IDS).sorted().toArray();
  private static final double[] VALUES =
      Seeds.generator(1, "map-builder", 1).doubles(IDS, -1, 1).toArray();
  private static final double[] COUNTS =
      Seeds.generator(1, "map-builder", 2).doubles(IDS).map(c -> Math.floor(.5 / c)).toArray();

  private static LearnedMapBuilder builder(int rows, ColdPolicy cold) {
    return new LearnedMapBuilder("learned", rows, cold, .1, ClusterOptions.DEFAULT, IDS, 5, 8);
  }

  private static MapVersion build(int rows, ColdPolicy cold) {
    return builder(rows, cold).build("ad", 1, 0, 10, IDS_ASCENDING, VALUES, COUNTS);
  }

  /** Law: rows lie in range for every id, known or not, under every policy. */
  @ParameterizedTest
  @EnumSource(ColdPolicy.class)
  void rowsLieInRange(ColdPolicy cold) {
    for (int rows : new int[] {2, 3, 100, 1021, 20_000}) {
      CompiledMap hash = build(rows, cold).toHash();
      SplittableRandom random = Seeds.generator(2, "map-builder", rows);
      for (int i = 0; i < 20_000; i++) {
        long id = i < IDS ? IDS_ASCENDING[i] : random.nextLong();
        assertThat(hash.row(id)).isBetween(0, rows - 1);
      }
    }
  }

  /**
   * Law: ids that no map knows use the row whose value is nearest to 0, all rows, or the reserve,
   * as the policy says; also once served.
   */
  @ParameterizedTest
  @EnumSource(ColdPolicy.class)
  void unknownIdsGoWhereThePolicySays(ColdPolicy cold) throws IOException {
    LearnedMapBuilder builder =
        new LearnedMapBuilder("learned", 1000, cold, .1, ClusterOptions.DEFAULT, IDS, 5, 16);
    MapVersion map = builder.build("ad", 1, 0, 10, IDS_ASCENDING, List.of(VALUES, VALUES), COUNTS);
    CompiledMap hash = CompiledMap.fromBytes(map.toHash().toBytes(), "test");
    double[] means =
        new FastClustering().cluster(VALUES, COUNTS, 1000, ClusterOptions.DEFAULT).values();
    Comparator<Integer> byDistance = Comparator.comparingDouble(row -> Math.abs(means[row]));
    int nearest = IntStream.range(0, 1000).boxed().min(byDistance).orElseThrow();
    boolean[] used = new boolean[1000];
    int[] rows = new int[2];
    for (long id = 0; id < 40_000; id++) {
      assertThat(hash.lookUp(id, rows)).isEqualTo(2);
      if (!hash.knows(id)) {
        used[rows[0]] = true;
        assertThat(rows[1]).isBetween(1000, 1999);
      }
    }
    int[] expected =
        switch (cold) {
          case CLUSTER -> new int[] {nearest};
          case HASH -> IntStream.range(0, 1000).toArray();
          case RESERVE -> IntStream.range(900, 1000).toArray();
        };
    assertThat(IntStream.range(0, 1000).filter(row -> used[row]).toArray()).isEqualTo(expected);
  }

  /** Law: the map's rows are those of the clustering of the ids that take part. */
  @ParameterizedTest
  @EnumSource(ColdPolicy.class)
  void knownIdsFollowTheClustering(ColdPolicy cold) {
    MapVersion map = build(1000, cold);
    int[] part =
        IntStream.range(0, IDS).filter(i -> cold == ColdPolicy.CLUSTER || COUNTS[i] > 0).toArray();
    Clustering expected =
        new FastClustering()
            .cluster(
                Arrays.stream(part).mapToDouble(i -> VALUES[i]).toArray(),
                Arrays.stream(part).mapToDouble(i -> COUNTS[i]).toArray(),
                cold == ColdPolicy.RESERVE ? 900 : 1000,
                ClusterOptions.DEFAULT);
    assertThat(map.size()).isEqualTo(part.length);
    for (int i = 0; i < part.length; i++) {
      assertThat(map.id(i)).isEqualTo(IDS_ASCENDING[part[i]]);
      assertThat(map.row(i)).isEqualTo(expected.rowOf()[i]);
      assertThat(map.count(i)).isEqualTo(COUNTS[part[i]]);
    }
  }

  /** Law: ids without a count share the reserve and nobody else does. */
  @Test
  void theReserveIsLast() {
    MapVersion map = build(1000, ColdPolicy.RESERVE);
    assertThat(builder(1000, ColdPolicy.RESERVE).reservedRows()).isEqualTo(100);
    assertThat(map.header().coldFirst()).isEqualTo(900);
    assertThat(map.header().coldRows()).isEqualTo(100);
    for (int i = 0; i < map.size(); i++) {
      assertThat(map.row(i)).isLessThan(900);
    }
  }

  /** Law: ids never seen use the row nearest to value 0 when cold ids are clustered. */
  @Test
  void coldIdsAreClusteredNearZero() {
    long[] ids = {1, 2, 3};
    MapVersion map =
        builder(3, ColdPolicy.CLUSTER)
            .build("ad", 1, 0, 1, ids, new double[] {.5, -.1, -.7}, new double[3]);
    assertThat(map.header().coldFirst()).isEqualTo(1);
    assertThat(map.header().coldRows()).isEqualTo(1);
    assertThat(map.row(map.indexOf(2))).isEqualTo(1);
  }

  /** Law: with fewer ids than rows each has its own, in order of value; equal values by id. */
  @Test
  void fewIdsKeepRowsOfTheirOwn() {
    long[] ids = {-4, 0, 9};
    MapVersion map =
        builder(10, ColdPolicy.RESERVE)
            .build("ad", 1, 0, 1, ids, new double[] {.5, -1, .5}, new double[] {1, 1, 1});
    assertThat(new int[] {map.row(0), map.row(1), map.row(2)}).containsExactly(1, 0, 2);
  }

  @Test
  void aMapWithoutIdsIsAPlainHash() {
    for (ColdPolicy cold : ColdPolicy.values()) {
      MapVersion map =
          builder(7, cold).build("ad", 1, 0, 0, new long[0], new double[0], new double[0]);
      for (long id = 0; id < 100; id++) {
        assertThat(map.toHash().row(id)).isBetween(0, 6);
      }
    }
  }

  /**
   * Law: every value is clustered by itself: the h-th rows are those of the map of the h-th value,
   * shifted into the h-th internal table, for known and cold ids and under every policy.
   */
  @ParameterizedTest
  @EnumSource(ColdPolicy.class)
  void everyColumnIsClusteredByItself(ColdPolicy cold) {
    double[] other = Seeds.generator(1, "map-builder", 3).doubles(IDS, -3, 1).toArray();
    LearnedMapBuilder builder = builder(500, cold);
    MapVersion both = builder.build("ad", 1, 0, 10, IDS_ASCENDING, List.of(VALUES, other), COUNTS);
    assertThat(both.rows()).isEqualTo(1000);
    assertThat(both.tableStarts()).containsExactly(0, 500);
    int[] rows = new int[2];
    for (int h = 0; h < 2; h++) {
      double[] values = h == 0 ? VALUES : other;
      MapVersion one = builder.build("ad", 1, 0, 10, IDS_ASCENDING, values, COUNTS);
      assertThat(both.ids()).containsExactly(one.ids());
      for (int i = 0; i < one.size(); i++) {
        assertThat(both.rows(i, rows)).isEqualTo(2);
        assertThat(rows[h]).isEqualTo(h * 500 + one.row(i));
      }
      RowRange range = both.header().coldRanges().get(h);
      assertThat(range.first()).isEqualTo(h * 500 + one.header().coldFirst());
      assertThat(range.rows()).isEqualTo(one.header().coldRows());
    }
    CompiledMap hash = both.toHash();
    for (long id = 0; id < 1000; id++) {
      assertThat(hash.lookUp(id, rows)).isEqualTo(2);
      assertThat(rows[0]).isBetween(0, 499);
      assertThat(rows[1]).isBetween(500, 999);
    }
  }

  /** Law: the hottest ids own the first rows in order of count, then id; others share the rest. */
  @Test
  void hotIdsOwnTheirRows() {
    long[] ids = {-9, -1, 4, 7, 8};
    double[] counts = {5, 9, 5, 0, 1};
    MapVersion map = new HotKeptMapBuilder("hot", 5, .5, 1, 8).build("ad", 1, 0, 1, ids, counts);
    assertThat(map.ids()).containsExactly(ids);
    assertThat(new int[] {map.row(0), map.row(1)}).containsExactly(1, 0);
    for (int i = 0; i < ids.length; i++) {
      assertThat(map.toHash().row(ids[i])).as("listed and compiled").isEqualTo(map.row(i));
    }
    assertThat(map.toHash().knows(-1)).isTrue();
    assertThat(map.row(2)).isBetween(2, 4);
    assertThat(map.header().coldFirst()).isEqualTo(2);
    assertThat(map.header().coldRows()).isEqualTo(3);
    MapVersion all = new HotKeptMapBuilder("hot", 5, 1, 1, 8).build("ad", 1, 0, 1, ids, counts);
    assertThat(new int[] {all.row(0), all.row(1), all.row(2), all.row(4)})
        .containsExactly(1, 0, 2, 3);
    assertThat(all.header().coldRows()).isEqualTo(1);
  }

  /**
   * Law: hot ids are alone in their rows; every other id, known or not, has a row in each half of
   * the rest, the same in every version; listed and compiled rows agree.
   */
  @Test
  void hotIdsAreAloneAndTheOthersAreHashedTwice() throws IOException {
    FreqDoubleMapBuilder builder = new FreqDoubleMapBuilder("fd", 101, 20, 1, 16);
    MapVersion map = builder.build("ad", 1, 0, 10, IDS_ASCENDING, COUNTS);
    MappedHash hash = MappedHash.fromBytes(map.toHash().toBytes(), "test");
    double hottest =
        Arrays.stream(COUNTS).map(c -> -c).sorted().limit(20).map(c -> -c).min().orElse(0);
    int[] listed = new int[2];
    int[] rows = new int[2];
    int[] owners = new int[20];
    for (int i = 0; i < IDS; i++) {
      int n = map.rows(i, listed);
      assertThat(hash.lookUp(map.id(i), rows)).isEqualTo(n);
      assertThat(Arrays.copyOf(rows, n)).containsExactly(Arrays.copyOf(listed, n));
      if (n == 1) {
        owners[rows[0]]++;
        assertThat(COUNTS[i]).isGreaterThanOrEqualTo(hottest);
      } else {
        assertThat(COUNTS[i]).isLessThanOrEqualTo(hottest);
        isHashedTwice(rows);
        builder.withoutHotIds().lookUp(map.id(i), listed);
        assertThat(listed).containsExactly(rows);
      }
    }
    assertThat(owners).containsOnly(1);
    for (long id = 0; id < 200; id++) {
      assertThat(hash.lookUp(id, rows)).isEqualTo(2);
      isHashedTwice(rows);
    }
  }

  private static void isHashedTwice(int[] rows) {
    assertThat(rows[0]).isBetween(20, 60);
    assertThat(rows[1]).isBetween(61, 100);
  }

  /** Law: fewer counted ids than hot rows own one each; without hot rows nobody does. */
  @Test
  void onlyCountedIdsAreHot() throws IOException {
    long[] ids = {-9, -1, 4};
    double[] counts = {0, 2, 0};
    MapVersion map = new FreqDoubleMapBuilder("fd", 9, 3, 1, 8).build("ad", 1, 0, 1, ids, counts);
    assertThat(map.row(1)).isZero();
    assertThat(map.rows(0, new int[2])).isEqualTo(2);
    assertThat(map.tableStarts()).containsExactly(0, 3, 6);
    FreqDoubleMapBuilder none = new FreqDoubleMapBuilder("fd", 9, 0, 1, 8);
    assertThat(none.build("ad", 1, 0, 1, ids, counts).rows(1, new int[2])).isEqualTo(2);
    assertThat(none.build("ad", 1, 0, 1, ids, counts).tableStarts()).containsExactly(0, 5);
    MappedHash empty = none.withoutHotIds();
    MappedHash read = MappedHash.fromBytes(empty.toBytes(), "test");
    assertThat(read.row(4)).isEqualTo(empty.row(4)).isLessThan(5);
    assertThat(read.knows(-1)).isFalse();
  }

  @Test
  void badSettingsAreNamed() {
    assertThatThrownBy(() -> new FreqDoubleMapBuilder("fd", 9, 8, 1, 8))
        .hasMessage("hot rows must be in [0, 7] but were 8");
    assertThatThrownBy(() -> new FreqDoubleMapBuilder("fd", 1, 0, 1, 8))
        .hasMessage("rows must be >= 2 but was 1");
    assertThatThrownBy(() -> builder(1, ColdPolicy.RESERVE))
        .hasMessage("rows must be >= 2 but was 1");
    assertThatThrownBy(
            () ->
                new LearnedMapBuilder(
                    "x", 9, ColdPolicy.RESERVE, 1, ClusterOptions.DEFAULT, 9, 0, 4))
        .hasMessage("reserve must be in (0, 1) but was 1.0");
    assertThatThrownBy(() -> new HotKeptMapBuilder("x", 9, 1.5, 0, 4))
        .hasMessage("kept must be in [0, 1] but was 1.5");
  }
}
