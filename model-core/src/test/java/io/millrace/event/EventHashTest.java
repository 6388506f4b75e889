package io.millrace.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.math.XxHash64;
import io.millrace.random.Seeds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Law: the hash is XXH64 of the documented bytes; every value counts, marks of missing do not. */
class EventHashTest {

  private final EventHash hash = new EventHash();

  private static long plain(ClickEvent event) {
    ByteBuffer bytes = ByteBuffer.allocate(100_000).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(event.eventTime()).putFloat(event.label()).putInt(event.dense().length);
    for (float value : event.dense()) {
      bytes.putFloat(value);
    }
    bytes.putInt(event.fields());
    for (int f = 1; f <= event.fields(); f++) {
      bytes.putInt(event.offsets()[f]);
    }
    for (long id : event.ids()) {
      bytes.putLong(id);
    }
    return XxHash64.hash(bytes.array(), 0, bytes.position(), 0);
  }

  private static ClickEvent event(SplittableRandom random) {
    float[] dense = new float[random.nextInt(20)];
    for (int d = 0; d < dense.length; d++) {
      dense[d] = (float) random.nextDouble();
    }
    int[] offsets = new int[1 + random.nextInt(30)];
    for (int f = 1; f < offsets.length; f++) {
      offsets[f] = offsets[f - 1] + 1 + random.nextInt(random.nextInt(20) == 0 ? 500 : 3);
    }
    long[] ids = random.longs(offsets[offsets.length - 1]).toArray();
    return new ClickEvent(random.nextLong(), random.nextInt(2), dense, ids, offsets);
  }

  @Test
  void goldenValues() {
    ClickEvent small =
        new ClickEvent(1000, 1, new float[] {.5f}, new long[] {7, 8, 9}, new int[] {0, 1, 3});
    assertThat(hash.of(small)).isEqualTo(0xB3BDC660317B1B60L);
    ClickEvent empty = new ClickEvent(0, Float.NaN, new float[0], new long[0], new int[] {0});
    assertThat(hash.of(empty)).isEqualTo(0x76F164FB5E62E88L);
  }

  @Test
  void equalsThePlainForm() {
    SplittableRandom random = Seeds.generator(1, "event-hash", 0);
    for (int i = 0; i < 500; i++) {
      ClickEvent event = event(random);
      assertThat(hash.of(event)).isEqualTo(plain(event));
    }
  }

  @Test
  void everyValueCounts() {
    float[] dense = {0, 1};
    long[] ids = {1, 2, 3};
    int[] offsets = {0, 1, 3};
    Set<Long> hashes = new HashSet<>();
    hashes.add(hash.of(new ClickEvent(5, 0, dense, ids, offsets)));
    hashes.add(hash.of(new ClickEvent(6, 0, dense, ids, offsets)));
    hashes.add(hash.of(new ClickEvent(5, 1, dense, ids, offsets)));
    hashes.add(hash.of(new ClickEvent(5, Float.NaN, dense, ids, offsets)));
    hashes.add(hash.of(new ClickEvent(5, 0, new float[] {1, 0}, ids, offsets)));
    hashes.add(hash.of(new ClickEvent(5, 0, dense, new long[] {1, 3, 2}, offsets)));
    hashes.add(hash.of(new ClickEvent(5, 0, dense, ids, new int[] {0, 2, 3})));
    assertThat(hashes).hasSize(7);
  }

  @Test
  void marksOfMissingValuesDoNotCount() {
    ClickEvent plain = new ClickEvent(5, 0, new float[] {0}, new long[] {1}, new int[] {0, 1});
    ClickEvent marked =
        new ClickEvent(
            5, 0, new float[] {0}, new long[] {1}, new int[] {0, 1}, new long[] {1});
    assertThat(hash.of(marked)).isEqualTo(hash.of(plain));
  }

  @Test
  void anyNanIsOneValue() {
    float other = Float.intBitsToFloat(0x7fc00123);
    ClickEvent first = new ClickEvent(5, other, new float[0], new long[0], new int[] {0});
    ClickEvent second = new ClickEvent(5, Float.NaN, new float[0], new long[0], new int[] {0});
    assertThat(hash.of(first)).isEqualTo(hash.of(second));
  }
}
