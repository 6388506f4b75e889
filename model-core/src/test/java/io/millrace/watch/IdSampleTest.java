package io.millrace.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.counts.IdCounts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class IdSampleTest {

  private static IdSample of(List<Long> ids) {
    IdSample sample = new IdSample(100);
    ids.forEach(id -> sample.add(id, IdCounts.mix(id), 1));
    return sample;
  }

  private static List<Long> ids(int n) {
    return LongStream.range(0, n).map(i -> i % (n / 2)).boxed().toList();
  }

  // Law: the sample depends on the ids alone, not on their order, and is never over its bound.
  @Test
  void isTheSameInAnyOrder() {
    List<Long> ids = new ArrayList<>(ids(5_000));
    IdSample sample = of(ids);
    Collections.shuffle(ids, new Random(4));
    IdSample shuffled = of(ids);
    assertThat(shuffled.ids()).isEqualTo(sample.ids());
    assertThat(shuffled.level()).isEqualTo(sample.level()).isPositive();
    assertThat(sample.size()).isBetween(30, 100);
    for (long id : sample.ids()) {
      assertThat(sample.number(id)).isEqualTo(2).isEqualTo(shuffled.number(id));
    }
  }

  // Law: samples of parts join to the sample of the whole.
  @Test
  void partsJoin() {
    List<Long> ids = ids(5_000);
    IdSample whole = of(ids);
    IdSample joined = new IdSample(100);
    for (int from = 0; from < 5_000; from += 1_250) {
      IdSample part = of(ids.subList(from, from + 1_250));
      joined.thin(part.level());
      for (long id : part.ids()) {
        joined.add(id, IdCounts.mix(id), part.number(id));
      }
    }
    assertThat(joined.ids()).isEqualTo(whole.ids());
    assertThat(joined.level()).isEqualTo(whole.level());
  }

  // Law: what is counted in the sample, times 2^level, is what there is, but for its spread.
  @Test
  void estimatesTheWhole() {
    IdSample sample = of(ids(40_000));
    double ids = Math.scalb((double) sample.size(), sample.level());
    assertThat(ids).isCloseTo(20_000, within(4 * 20_000 / Math.sqrt(sample.size())));
  }
}
