package io.millrace.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.event.ClickEvent;
import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearPart;
import io.millrace.linear.LinearSlots;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FtrlMergeTest {

  private static final ClickEvent EVENT =
      new ClickEvent(0, 1, new float[0], new long[] {5}, new int[] {0, 1});

  private final LinearPart linear =
      new LinearPart(
          new LinearSlots(16, 1, 0, 0),
          LinearOptions.NONE
              .with(LinearOptions::slots, 16)
              .with(LinearOptions::alpha, .1)
              .with(LinearOptions::bins, 0));

  private float[] slot() {
    float[] zn = new float[2];
    linear.read(16, zn, 0);
    return zn;
  }

  private void learn(float... gradients) {
    float[] logits = new float[1];
    for (float g : gradients) {
      linear.forward(List.of(EVENT), logits);
      linear.learn(new float[] {g}, 1);
    }
  }

  /** The change that a replica makes to the bias by events of these gradients, in their order. */
  private float[] change(float[] start, float... gradients) {
    linear.write(16, start, 0);
    learn(gradients);
    float[] end = slot();
    return new float[] {end[0] - start[0], end[1] - start[1]};
  }

  private float weight(float[] zn) {
    return linear.weight(16, zn[0], zn[1]);
  }

  // law: the change of one replica is added as it is, to the bit
  @Test
  void oneChangeIsAddedAsItIs() {
    float[] slot = {.3f, .7f};
    new FtrlMerge(linear).add(16, slot, 0, List.of(new float[] {.1f, .2f}), new int[] {0});
    assertThat(slot).containsExactly(.3f + .1f, .7f + .2f);
  }

  // law: eight replicas whose gradients add up to 0 move a weight as little as one place does that
  // learns them all; their z added up would let it grow
  @Test
  void weightsDoNotGrowWithoutEvidence() {
    float[] start = change(new float[2], .5f, .4f, .5f);
    List<float[]> changes = new ArrayList<>();
    int[] from = new int[8];
    float[] added = start.clone();
    for (int r = 0; r < from.length; r++) {
      changes.add(change(start, .6f, -.6f, .6f, -.6f));
      added[0] += changes.get(r)[0];
      added[1] += changes.get(r)[1];
    }
    float[] merged = start.clone();
    new FtrlMerge(linear).add(16, merged, 0, changes, from);
    linear.write(16, start, 0);
    for (int r = 0; r < from.length; r++) {
      learn(.6f, -.6f, .6f, -.6f);
    }
    assertThat(weight(merged)).isCloseTo(weight(slot()), within(.02f));
    assertThat(Math.abs(weight(added))).isGreaterThan(1.3f * Math.abs(weight(slot())));
    assertThat(merged[1]).isCloseTo(slot()[1], within(1e-3f));
  }
}
