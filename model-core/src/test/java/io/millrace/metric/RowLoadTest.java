package io.millrace.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowLoadTest {

  /** An example by hand: row 2 has three ids and little traffic, row 0 one id and most traffic. */
  @Test
  void byHand() {
    RowLoad load = RowLoad.of(5, 1, new int[] {0, 2, 2, 2, 4}, new long[] {60, 10, 1, 0, 9}, 100);
    assertThat(load.rowsUsed()).isEqualTo(3);
    assertThat(load.maxIds()).isEqualTo(3);
    assertThat(load.maxTraffic()).isEqualTo(.6);
    assertThat(load.hotCollisions()).isEqualTo(3);
    assertThat(load.histogram())
        .containsExactly(new RowLoad.Bin(0, 2), new RowLoad.Bin(1, 2), new RowLoad.Bin(2, 1));
    assertThat(load.largest())
        .containsExactly(
            new RowLoad.Row(2, 3, .11), new RowLoad.Row(0, 1, .6), new RowLoad.Row(4, 1, .09));
  }

  /** Law: each figure by a count of its own, over random rows of several lookups. */
  @Test
  void equalsBruteForce() {
    SplittableRandom random = new SplittableRandom(21);
    int n = 1021;
    int rows = 300;
    int[] rowOf = new int[2 * n];
    long[] accesses = random.longs(n, 0, 1_000_000).toArray();
    for (int i = 0; i < n; i++) {
      rowOf[2 * i] = random.nextInt(random.nextInt(1, 30));
      rowOf[2 * i + 1] = random.nextInt(4) == 0 ? -1 : 30 + random.nextInt(rows - 40);
    }
    long total = 2 * java.util.Arrays.stream(accesses).sum();
    RowLoad load = RowLoad.of(rows, 2, rowOf, accesses, total);
    int[] ids = new int[rows];
    double[] share = new double[rows];
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < 2 * n; i++) {
        ids[r] += rowOf[i] == r ? 1 : 0;
        share[r] += rowOf[i] == r ? accesses[i / 2] : 0;
      }
      share[r] /= total;
    }
    assertThat(load.rowsUsed()).isEqualTo((int) IntStream.of(ids).filter(c -> c > 0).count());
    assertThat(load.maxIds()).isEqualTo(IntStream.of(ids).max().getAsInt());
    assertThat(load.maxTraffic()).isEqualTo(java.util.Arrays.stream(share).max().getAsDouble());
    List<RowLoad.Row> order =
        IntStream.range(0, rows)
            .boxed()
            .sorted(
                (a, b) ->
                    ids[a] != ids[b]
                        ? ids[b] - ids[a]
                        : share[a] != share[b] ? Double.compare(share[b], share[a]) : a - b)
            .map(r -> new RowLoad.Row(r, ids[r], share[r]))
            .limit(5)
            .toList();
    assertThat(load.largest()).isEqualTo(order);
    for (RowLoad.Bin bin : load.histogram()) {
      int below = bin.leastIds() == 0 ? 1 : 2 * bin.leastIds();
      assertThat(IntStream.of(ids).filter(c -> c >= bin.leastIds() && c < below).count())
          .isEqualTo(bin.rows());
    }
    assertThat(load.histogram().stream().mapToInt(RowLoad.Bin::rows).sum()).isEqualTo(rows);
    assertThat(load.hotCollisions()).isEqualTo(collisions(rowOf, accesses));
  }

  private static int collisions(int[] rowOf, long[] accesses) {
    List<Integer> hot =
        IntStream.range(0, accesses.length)
            .boxed()
            .sorted((a, b) -> Long.compare(accesses[b], accesses[a]))
            .limit(100)
            .toList();
    Set<Integer> colliding = new HashSet<>();
    for (int a : hot) {
      for (int b : hot) {
        if (a != b && rowOf[2 * a] == rowOf[2 * b] && rowOf[2 * a + 1] == rowOf[2 * b + 1]) {
          colliding.add(a);
        }
      }
    }
    return colliding.size();
  }

  /** Law: the order of ids does not matter, where none have equal traffic. */
  @Test
  void orderDoesNotMatter() {
    int[] rowOf = new SplittableRandom(22).ints(400, 0, 90).toArray();
    long[] accesses = IntStream.range(0, 400).mapToLong(i -> 7L * i + 1).toArray();
    int[] turnedRows = IntStream.range(0, 400).map(i -> rowOf[(i + 123) % 400]).toArray();
    long[] turned = IntStream.range(0, 400).mapToLong(i -> accesses[(i + 123) % 400]).toArray();
    assertThat(RowLoad.of(90, 1, turnedRows, turned, 1 << 20))
        .isEqualTo(RowLoad.of(90, 1, rowOf, accesses, 1 << 20));
  }

  /** Law: where every id owns its row nothing collides; without ids or traffic nothing fails. */
  @Test
  void extremes() {
    int[] own = IntStream.range(0, 128).toArray();
    RowLoad load = RowLoad.of(128, 1, own, new long[128], 0);
    assertThat(load.hotCollisions()).isZero();
    assertThat(load.maxIds()).isEqualTo(1);
    assertThat(load.maxTraffic()).isNaN();
    assertThat(load.histogram()).containsExactly(new RowLoad.Bin(0, 0), new RowLoad.Bin(1, 128));
    RowLoad none = RowLoad.of(7, 1, new int[0], new long[0], 0);
    assertThat(none.histogram()).containsExactly(new RowLoad.Bin(0, 7));
    assertThat(none.largest()).isEmpty();
    assertThatThrownBy(() -> RowLoad.of(7, 2, new int[3], new long[2], 0))
        .hasMessage("rowOf must have 2 entries for each of 2 ids but had 3");
  }
}
