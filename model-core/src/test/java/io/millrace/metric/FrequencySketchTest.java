package io.millrace.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FrequencySketchTest {

  /** Law: never below min(true count, 127), and seldom above it while the sketch is roomy. */
  @Test
  void overestimatesOnlyAndSeldom() {
    FrequencySketch sketch = new FrequencySketch(1 << 16);
    Map<Long, Integer> truth = new HashMap<>();
    SplittableRandom random = new SplittableRandom(7);
    int wrong = 0;
    for (int i = 0; i < 40_000; i++) {
      long id = (long) Math.pow(20_000, random.nextDouble());
      int before = truth.merge(id, 1, Integer::sum) - 1;
      int estimate = sketch.countAndAdd(id);
      assertThat(estimate).isBetween(Math.min(before, 127), 127);
      wrong += estimate > Math.min(before, 127) ? 1 : 0;
    }
    assertThat(wrong).isLessThan(400);
  }

  /** Law: counts stop at 127 and stay there. */
  @Test
  void saturates() {
    FrequencySketch sketch = new FrequencySketch(16);
    for (int i = 0; i < 300; i++) {
      assertThat(sketch.countAndAdd(42)).isEqualTo(Math.min(i, 127));
    }
  }

  /** Law: write, read, go on equals going on. */
  @Test
  void restoreContinues() throws IOException {
    FrequencySketch sketch = new FrequencySketch(1 << 10);
    for (long id = 0; id < 500; id++) {
      sketch.countAndAdd(id % 97);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    sketch.writeTo(new DataOutputStream(bytes));
    FrequencySketch restored =
        FrequencySketch.readFrom(
            new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    for (long id = 0; id < 200; id++) {
      assertThat(restored.countAndAdd(id)).isEqualTo(sketch.countAndAdd(id));
    }
  }

  @Test
  void cellsMustBeAPowerOfTwo() {
    assertThatThrownBy(() -> new FrequencySketch(1000))
        .hasMessage("cells must be a power of two in 16..2^30 but was 1000");
  }
}
