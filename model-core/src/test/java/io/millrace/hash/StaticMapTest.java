package io.millrace.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.random.Seeds;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaticMapTest {

  private static long[] ids(int n) {
    SplittableRandom random = Seeds.generator(5, "static-map-test", n);
    return random.longs().distinct().limit(n).toArray();
  }

  private static int[] values(int n, int bound) {
    return Seeds.generator(6, "static-map-test", n).ints(n, 0, bound).toArray();
  }

  /**
   * Law: every id of the domain answers its value, whatever the size and the width of the slots,
   * also after a round trip, and also to a reader that follows the drawing bit by bit.
   */
  @ParameterizedTest
  @CsvSource({
    "0, 1021, 4",
    "1, 1021, 4",
    "2, 1021, 4",
    "3, 1021, 4",
    "5, 1021, 4",
    "17, 1021, 4",
    "95, 8, 4",
    "96, 8, 4",
    "97, 8, 4",
    "98, 8, 4",
    "100, 1021, 4",
    "1021, 1021, 4",
    "1500, 1021, 4",
    "1501, 1021, 4",
    "9999, 1021, 4",
    "30011, 1021, 4",
    "120011, 1021, 4",
    "3001, 1, 0",
    "3001, 1, 1",
    "3001, 2, 0",
    "3001, 8, 16",
    "3001, 9, 16",
    "3001, 4096, 16",
    "3001, 8192, 16",
    "3001, 2147483647, 16"
  })
  void everyKnownIdAnswersItsValue(int n, int bound, int signatureBits) throws IOException {
    long[] ids = ids(n);
    int[] values = values(n, bound);
    StaticMap map = StaticMap.build(ids, values, bound, signatureBits, 1);
    StaticMap read = StaticMap.fromBytes(map.toBytes(), "test");
    SlowStaticMap slow = new SlowStaticMap(map.toBytes());
    for (int i = 0; i < n; i++) {
      assertThat(map.get(ids[i])).isEqualTo(values[i]);
      assertThat(read.get(ids[i])).isEqualTo(values[i]);
      assertThat(slow.get(ids[i])).isEqualTo(values[i]);
      assertThat(map.get(~ids[i])).isEqualTo(slow.get(~ids[i]));
    }
  }

  /** Law: a look-up of many ids equals look-ups one by one, for known and unknown ids. */
  @ParameterizedTest
  @CsvSource({"0, 20, 4", "100, 500, 2", "5000, 500, 2", "5000, 1000000, 0", "5000, 1000000, 16"})
  void manyIdsFindWhatEachFinds(int n, int bound, int signatureBits) {
    long[] known = ids(n);
    StaticMap map = StaticMap.build(known, values(n, bound), bound, signatureBits, 1);
    long[] asked = LongStream.concat(Arrays.stream(known), LongStream.range(0, 1021)).toArray();
    int[] found = new int[asked.length + 1];
    found[asked.length] = -7;
    map.get(asked, asked.length, found);
    for (int i = 0; i < asked.length; i++) {
      assertThat(found[i]).isEqualTo(map.get(asked[i]));
    }
    assertThat(found[asked.length]).isEqualTo(-7);
  }

  /**
   * Law: from 100 ids on an id takes at most 1.2 x the bits of its value and those of its signature
   * (the 36 bytes of the header aside), and a map's bytes are what it says, and said beforehand.
   */
  @ParameterizedTest
  @CsvSource({
    "100, 64, 4",
    "100, 64, 8",
    "100, 1000, 4",
    "100, 1000, 16",
    "1000, 2, 0",
    "1000, 16, 8",
    "1000, 64, 16",
    "1000, 1000, 16",
    "10000, 64, 4",
    "10000, 1000, 16",
    "10000, 10000, 4",
    "10000, 1000000, 16",
    "100000, 100000, 16"
  })
  void isCompact(int n, int bound, int signatureBits) {
    StaticMap map = StaticMap.build(ids(n), values(n, bound), bound, signatureBits, 1);
    int valueBits = (int) Math.ceil(Math.log(bound) / Math.log(2));
    double bits = 8.0 * (map.toBytes().length - 36) / n;
    assertThat(bits).isLessThanOrEqualTo(1.2 * valueBits + signatureBits);
    assertThat(map.toBytes()).hasSize((int) map.serializedBytes());
    assertThat(StaticMap.expectedBytes(n, bound, signatureBits)).isEqualTo(map.serializedBytes());
  }

  /**
   * Law: an id outside of the domain passes with probability {@code 2^-bits values / 2^ceil(log2
   * values)}, for every width of the fingerprint, to six deviations.
   */
  @Test
  void unknownIdsPassAtTheFingerprintsRate() {
    for (int bits = 0; bits <= StaticMap.MAX_SIGNATURE_BITS; bits++) {
      for (int bound : new int[] {256, 300}) {
        StaticMap map = StaticMap.build(ids(2000), values(2000, bound), bound, bits, 1);
        double share = Math.pow(2, -bits) * bound / (bound == 256 ? 256 : 512);
        UnknownIds.assertShare(share, (asked, found) -> map.get(asked, asked.length, found));
      }
    }
  }

  /**
   * Law: beside the header, and from 1,000 ids on, at most 1.2 x ceil(log2 rows) bits an id and the
   * fingerprint, whatever the fingerprint and the rows, of which there are 3 or more.
   */
  @Test
  void isCompactForEverySize() {
    for (int n : new int[] {1000, 1499, 1501, 4000, 20_000, 100_000, 10_000_000}) {
      for (int valueBits = 2; valueBits <= 30; valueBits++) {
        for (int bits = 0; bits <= StaticMap.MAX_SIGNATURE_BITS; bits++) {
          long bytes = StaticMap.expectedBytes(n, 1 << valueBits, bits) - 36;
          assertThat(8.0 * bytes / n)
              .as("%d ids, 2^%d rows, %d bits", n, valueBits, bits)
              .isLessThanOrEqualTo(1.2 * valueBits + bits);
        }
      }
    }
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
  @ParameterizedTest
  @CsvSource({"tiny, 3, 3, 4", "pairs, 10, 1000000, 4", "wide, 20, 1000000, 16", "two, 1501, 2, 0"})
  void goldenBytes(String name, int n, int bound, int signatureBits) throws IOException {
    long[] ids = LongStream.range(0, n).map(i -> i * i - 5).toArray();
    int[] values = IntStream.range(0, n).map(i -> i * 7919 % bound).toArray();
    byte[] golden = golden(name);
    StaticMap read = StaticMap.fromBytes(golden, name);
    for (int i = 0; i < n; i++) {
      assertThat(read.get(ids[i])).isEqualTo(values[i]);
    }
    byte[] built = StaticMap.build(ids, values, bound, signatureBits, 9).toBytes();
    assertThat(HexFormat.of().formatHex(built)).isEqualTo(HexFormat.of().formatHex(golden));
  }

  private static byte[] golden(String name) throws IOException {
    Properties golden = new Properties();
    try (InputStream in = StaticMapTest.class.getResourceAsStream("static-map-1.properties")) {
      golden.load(in);
    }
    return HexFormat.of().parseHex(golden.getProperty(name));
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
