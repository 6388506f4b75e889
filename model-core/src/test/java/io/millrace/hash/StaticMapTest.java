package io.millrace.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.random.Seeds;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaticMapTest {

  private static long[] ids(int n) {
    SplittableRandom random = Seeds.generator(5, "static-map-test", n);
    return random.longs().distinct().limit(n).toArray();
  }

  private static int[] values(int n, int bound) {
    return Seeds.generator(6, "static-map-test", n).ints(n, 0, bound).toArray();
  }

  /**
   * Law: every id of the domain answers its value, whatever the size, and also after a round trip.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 5, 17, 100, 1021, 9_999, 10_000, 30_011, 120_011})
  void everyKnownIdAnswersItsValue(int n) throws IOException {
    long[] ids = ids(n);
    int[] values = values(n, 1021);
    StaticMap map = StaticMap.build(ids, values, 1021, 4, 1);
    StaticMap read = StaticMap.fromBytes(map.toBytes(), "test");
    for (int i = 0; i < n; i++) {
      assertThat(map.get(ids[i])).isEqualTo(values[i]);
      assertThat(read.get(ids[i])).isEqualTo(values[i]);
    }
  }

  /** Law: at most 1.25 slots an id from 1,000 ids on, and its bytes are what it says. */
  @ParameterizedTest
  @ValueSource(ints = {1000, 2000, 9_999, 10_000, 50_000, 100_000, 300_000})
  void isCompact(int n) {
    StaticMap map = StaticMap.build(ids(n), values(n, 500), 500, 4, 1);
    assertThat((double) map.slots() / n).isLessThanOrEqualTo(1.25);
    assertThat(map.toBytes()).hasSize((int) map.serializedBytes());
    assertThat(map.serializedBytes()).isLessThanOrEqualTo((long) (1.25 * n * (9 + 4) / 8) + 48);
  }

  /** Law: an id outside of the domain passes with probability 2^-bits (values fill their bits). */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 8})
  void unknownIdsPassAtTheFingerprintsRate(int bits) {
    StaticMap map = StaticMap.build(ids(5000), values(5000, 256), 256, bits, 1);
    int n = 200_000;
    int passed = 0;
    SplittableRandom random = Seeds.generator(7, "unknown", 0);
    for (int i = 0; i < n; i++) {
      passed += map.get(random.nextLong()) >= 0 ? 1 : 0;
    }
    double p = Math.pow(2, -bits);
    double deviation = Math.sqrt(n * p * (1 - p));
    assertThat((double) passed).isBetween(n * p - 6 * deviation, n * p + 6 * deviation);
  }

  /** Law: a number beyond the values is never returned, not even without a fingerprint. */
  @Test
  void answersLieInRange() {
    StaticMap map = StaticMap.build(ids(1000), values(1000, 5), 5, 0, 1);
    for (long id = 0; id < 10_000; id++) {
      assertThat(map.get(id)).isBetween(-1, 4);
    }
  }

  /** Law: sequential ids, the worst case of a weak mixer, are as good as random ones. */
  @Test
  void sequentialIdsPeel() {
    long[] ids = LongStream.range(0, 20_000).toArray();
    int[] values = values(20_000, 300);
    StaticMap map = StaticMap.build(ids, values, 300, 8, 1);
    for (int i = 0; i < ids.length; i++) {
      assertThat(map.get(ids[i])).isEqualTo(values[i]);
    }
  }

  /** Law: equal arguments give equal bytes, and format version 1 stays readable for ever. */
  @Test
  void goldenBytes() throws IOException {
    StaticMap map = StaticMap.build(new long[] {-3, 7, 11}, new int[] {2, 0, 1}, 3, 4, 9);
    String golden =
        "4d52534d0104000003000000030000000100000002000000783deb798c597b1e33010016"
            + "000000003d8079f41ca2536a";
    assertThat(HexFormat.of().formatHex(map.toBytes())).isEqualTo(golden);
    StaticMap read = StaticMap.fromBytes(HexFormat.of().parseHex(golden), "golden");
    assertThat(new int[] {read.get(-3), read.get(7), read.get(11)}).containsExactly(2, 0, 1);
  }

  /** Law: whichever byte is damaged, and wherever the bytes are cut, the map is refused. */
  @Test
  void damageIsRefused() {
    byte[] good = StaticMap.build(ids(20), values(20, 7), 7, 4, 1).toBytes();
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x10;
      assertThatThrownBy(() -> StaticMap.fromBytes(bad, "x.map"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("x.map: ");
      byte[] cut = Arrays.copyOf(good, i);
      assertThatThrownBy(() -> StaticMap.fromBytes(cut, "x.map")).isInstanceOf(IOException.class);
    }
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> StaticMap.build(new long[] {4, 1, 4}, new int[3], 1, 0, 0))
        .hasMessage("ids must be distinct but twice found 4");
    assertThatThrownBy(() -> StaticMap.build(new long[1], new int[] {3}, 3, 0, 0))
        .hasMessage("a value must be in [0, 3) but was 3");
    assertThatThrownBy(() -> StaticMap.build(new long[1], new int[1], 3, 17, 0))
        .hasMessage("signature_bits must be in 0..16 but was 17");
  }
}
