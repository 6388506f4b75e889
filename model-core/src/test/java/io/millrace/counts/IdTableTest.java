package io.millrace.counts;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.random.Seeds;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class IdTableTest {

  // against a HashMap, with the id 0, with ids that are dropped and come back
  @Test
  void equalsAHashMap() {
    SplittableRandom random = Seeds.generator(1, "id-table-test", 0);
    IdTable table = new IdTable(2, 0);
    Map<Long, Long> sums = new HashMap<>();
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < 500; i++) {
        long id = random.nextInt(2000) * (random.nextBoolean() ? 1L : 0x1234567890L);
        long more = random.nextInt(10);
        int at = table.claim(id, IdTable.hash(id));
        table.add(at, 0, more);
        table.set(at, 1, -id);
        sums.merge(id, more, Long::sum);
      }
      assertThat(contents(table)).isEqualTo(sums);
      long dropped = random.nextInt(3);
      table.removeIf((t, at) -> t.id(at) % 3 == dropped);
      sums.keySet().removeIf(id -> id % 3 == dropped);
      assertThat(contents(table)).isEqualTo(sums);
      assertThat(table.size()).isEqualTo(sums.size());
      assertThat(table.find(3 + dropped, IdTable.hash(3 + dropped))).isEqualTo(-1);
    }
  }

  private static Map<Long, Long> contents(IdTable table) {
    Map<Long, Long> contents = new HashMap<>();
    for (int at = table.next(-1); at >= 0; at = table.next(at)) {
      long id = table.id(at);
      assertThat(table.find(id, IdTable.hash(id))).isEqualTo(at);
      assertThat(table.get(at, 1)).isEqualTo(-id);
      assertThat(contents.put(id, table.get(at, 0))).isNull();
    }
    return contents;
  }

  @Test
  void roomIsGivenBack() {
    IdTable table = new IdTable(1, 0);
    for (long id = 0; id < 10_000; id++) {
      table.claim(id, IdTable.hash(id));
    }
    assertThat(table.capacity()).isEqualTo(16_384);
    table.removeIf((t, at) -> t.id(at) >= 10);
    assertThat(table.capacity()).isEqualTo(16); // room for 12
    assertThat(table.size()).isEqualTo(10);
    table.clear();
    assertThat(table.capacity()).isEqualTo(16);
    assertThat(table.next(-1)).isEqualTo(-1);
    assertThat(table.size()).isZero();
    for (long id = 0; id < 10_000; id++) {
      table.claim(id, IdTable.hash(id));
    }
    table.clear();
    assertThat(table.capacity()).isEqualTo(16_384);
    table.claim(0, IdTable.hash(0));
    table.clear();
    assertThat(table.capacity()).isEqualTo(16);
    assertThat(table.find(0, IdTable.hash(0))).isEqualTo(-1);
  }
}
