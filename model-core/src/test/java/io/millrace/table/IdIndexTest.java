package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IdIndexTest {

  @Test
  void idsGetRowsInTheOrderTheyAreMet() {
    IdIndex index = new IdIndex(10);
    assertThat(index.access(-5)).isEqualTo(0);
    assertThat(index.access(9)).isEqualTo(1);
    assertThat(index.access(-5)).isEqualTo(0);
    assertThat(index.find(9)).isEqualTo(1);
    assertThat(index.find(8)).isEqualTo(-1);
  }

  @Test
  void evictionForgetsTheLeastUsedTenth() {
    IdIndex index = new IdIndex(20);
    for (long id = 0; id < 20; id++) {
      for (int n = 0; n <= id % 10; n++) {
        index.access(id);
      }
    }
    assertThat(index.fits(1)).isFalse();
    int[] kept = index.evict();
    assertThat(kept).hasSize(18).doesNotContain(0, 10).startsWith(1, 2);
    assertThat(index.find(0)).isEqualTo(-1);
    assertThat(index.find(10)).isEqualTo(-1);
    assertThat(index.find(1)).isEqualTo(0);
    assertThat(index.id(index.find(19))).isEqualTo(19);
    assertThat(index.fits(2)).isTrue();
  }
}
