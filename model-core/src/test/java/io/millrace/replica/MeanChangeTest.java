package io.millrace.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeanChangeTest {

  // law: the change of one replica is added as it is, to the bit
  @Test
  void oneChangeIsAddedAsItIs() {
    float[] slot = {.3f, .7f};
    List<float[]> deltas = List.of(new float[] {9, .1f, .2f}, new float[0], new float[2]);
    new MeanChange().add(5, slot, 0, deltas, new int[] {1, -1, -1});
    assertThat(slot).containsExactly(.3f + .1f, .7f + .2f);
  }

  // by hand: replicas that have not changed the slot do not count
  @Test
  void addsTheMeanOfThoseThatChangedIt() {
    float[] slot = {0, 1, 2};
    List<float[]> deltas = List.of(new float[] {2, 4}, new float[0], new float[] {0, 0, -1, 6});
    new MeanChange().add(5, slot, 1, deltas, new int[] {0, -1, 2});
    assertThat(slot).containsExactly(0, 1.5f, 7);
  }
}
