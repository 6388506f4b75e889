package io.millrace.dlrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.cluster.ClusterOptions;
import io.millrace.cluster.FreqDoubleMapBuilder;
import io.millrace.cluster.LearnedMapBuilder;
import io.millrace.event.ClickEvent;
import io.millrace.hash.ColdPolicy;
import io.millrace.hash.IdHash;
import io.millrace.hash.MapVersion;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.MultiHash;
import io.millrace.random.Seeds;
import io.millrace.table.MletTable;
import io.millrace.table.PlainTable;
import io.millrace.table.RowBags;
import io.millrace.table.RowInit;
import io.millrace.table.TableOptimizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FieldTableTest {

  private static final int DIM = 4;
  private static final int N = 300;
  private static final TableOptimizer ADAGRAD =
      new TableOptimizer(TableOptimizer.Rule.ROWWISE_ADAGRAD, .1);
  private static final long[] IDS =
      Seeds.generator(1, "field-table-test", 0).longs().distinct().limit(N).sorted().toArray();

  private static double[] counts(int window) {
    SplittableRandom random = Seeds.generator(2, "field-table-test", window);
    return IntStream.range(0, N).mapToDouble(i -> random.nextInt(2, 100)).toArray();
  }

  private static FieldTable plain(IdHash hash) {
    RowInit init = new RowInit(RowInit.Shape.UNIFORM, 1, 3);
    return FieldTable.hashed(0, new PlainTable(hash.rows(), DIM, ADAGRAD, init), hash);
  }

  /** The vectors of the known ids, {@code float[N * DIM]}. */
  private static float[] vectors(FieldTable field) {
    List<ClickEvent> batch = new ArrayList<>();
    for (long id : IDS) {
      batch.add(new ClickEvent(0, 0, new float[0], new long[] {id}, new int[] {0, 1}));
    }
    field.lookUp(batch);
    float[] out = new float[N * DIM];
    field.table().forward(field.bags(), out, DIM, 0);
    return out;
  }

  /** Law: an example's bag holds the rows of its ids in order, be they none, one or several. */
  @Test
  void bagsHoldTheRowsOfEachId() {
    IdHash hash = freqDouble().build("ad", 1, 0, 1, IDS, counts(1)).toHash();
    for (IdHash each : new IdHash[] {hash, new ModuloHash(60, 3)}) {
      FieldTable field = plain(each);
      List<ClickEvent> batch = new ArrayList<>();
      List<List<Integer>> expected = new ArrayList<>();
      for (int from = 0, n = 0; from + n <= 2 * N / 3; from += n, n = (n + 1) % 4) {
        long[] ids = Arrays.copyOfRange(IDS, from, from + n);
        long[] others = {-1, -2};
        long[] both = LongStream.concat(Arrays.stream(others), Arrays.stream(ids)).toArray();
        batch.add(new ClickEvent(0, 0, new float[0], both, new int[] {2, 2 + n}));
        expected.add(Arrays.stream(ids).boxed().flatMap(id -> rows(each, id)).toList());
      }
      field.resolve(batch);
      assertThat(bags(field)).isEqualTo(expected);
      field.lookUp(batch);
      assertThat(bags(field)).isEqualTo(expected);
    }
  }

  private static Stream<Integer> rows(IdHash hash, long id) {
    int[] rows = new int[hash.lookups()];
    return Arrays.stream(rows, 0, hash.lookUp(id, rows)).boxed();
  }

  private static List<List<Integer>> bags(FieldTable field) {
    RowBags bags = field.bags();
    return IntStream.range(0, bags.examples())
        .mapToObj(b -> IntStream.range(bags.start(b), bags.end(b)).map(bags::row).boxed().toList())
        .toList();
  }

  private static FreqDoubleMapBuilder freqDouble() {
    return new FreqDoubleMapBuilder("fd", 60, 20, 5, 16);
  }

  /** Law: the first hot ids take their vectors with them and nobody else's changes. */
  @Test
  void warmingUpChangesNoVector() {
    FreqDoubleMapBuilder builder = freqDouble();
    for (boolean mlet : new boolean[] {false, true}) {
      IdHash before = builder.withoutHotIds();
      FieldTable field =
          mlet
              ? FieldTable.hashed(0, new MletTable(60, 6, DIM, .5, ADAGRAD, 3), before)
              : plain(before);
      float[] old = vectors(field);
      field.switchTo(builder.build("ad", 1, 0, 1, IDS, counts(1)));
      assertThat(vectors(field)).containsExactly(old, within(1e-6f));
    }
  }

  /**
   * Law: from one version to the next an id that stays hot keeps its vector, and one that becomes
   * hot keeps it to rounding; the rows of ids that cool down pull on those they are hashed to.
   */
  @Test
  void staysHotOrBecomesHotAndKeepsItsVector() {
    FreqDoubleMapBuilder builder = freqDouble();
    FieldTable field = plain(builder.withoutHotIds());
    MapVersion first = builder.build("ad", 1, 0, 1, IDS, counts(1));
    MapVersion second = builder.build("ad", 2, 1, 2, IDS, counts(2));
    field.switchTo(first);
    float[] old = vectors(field);
    field.switchTo(second);
    float[] now = vectors(field);
    int[] rows = new int[2];
    int changed = 0;
    for (int i = 0; i < N; i++) {
      boolean hot = second.rows(i, rows) == 1;
      float[] was = Arrays.copyOfRange(old, i * DIM, (i + 1) * DIM);
      float[] is = Arrays.copyOfRange(now, i * DIM, (i + 1) * DIM);
      if (hot) {
        assertThat(is).containsExactly(was, within(1e-6f));
      }
      changed += hot || Arrays.equals(is, was) ? 0 : 1;
    }
    assertThat(changed).isBetween(20, N - 20);
  }

  /** Law: the same map again changes nothing to the bit, with several internal tables too. */
  @Test
  void anUnchangedMapOfSeveralRowsChangesNothing() {
    SplittableRandom random = Seeds.generator(3, "field-table-test", 0);
    double[] a = random.doubles(N).toArray();
    double[] b = random.doubles(N).toArray();
    LearnedMapBuilder builder =
        new LearnedMapBuilder("l", 20, ColdPolicy.HASH, .1, ClusterOptions.DEFAULT, N, 5, 16);
    MapVersion map = builder.build("ad", 1, 0, 1, IDS, List.of(a, b), counts(1));
    FieldTable field = plain(new MultiHash(2, 20, 7));
    field.switchTo(map);
    float[] once = vectors(field);
    field.switchTo(map);
    assertThat(vectors(field)).containsExactly(once);
  }

  /** Law: the traffic-weighted mean of all ids' vectors survives a switch of internal tables. */
  @Test
  void theMeanVectorSurvivesASwitch() {
    double[] counts = counts(1);
    double[] a = Seeds.generator(3, "field-table-test", 1).doubles(N).toArray();
    double[] b = Seeds.generator(3, "field-table-test", 2).doubles(N).toArray();
    LearnedMapBuilder builder =
        new LearnedMapBuilder("l", 20, ColdPolicy.RESERVE, .1, ClusterOptions.DEFAULT, N, 5, 16);
    FieldTable field = plain(new MultiHash(2, 20, 7));
    float[] old = vectors(field);
    field.switchTo(builder.build("ad", 1, 0, 1, IDS, List.of(a, b), counts));
    float[] now = vectors(field);
    for (int j = 0; j < DIM; j++) {
      double before = 0;
      double after = 0;
      for (int i = 0; i < N; i++) {
        before += counts[i] * old[i * DIM + j];
        after += counts[i] * now[i * DIM + j];
      }
      assertThat(after).isCloseTo(before, within(1e-2));
    }
  }
}
