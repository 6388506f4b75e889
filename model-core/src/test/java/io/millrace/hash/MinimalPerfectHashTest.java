package io.millrace.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.random.Seeds;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MinimalPerfectHashTest {

  private static long[] ids(int n) {
    SplittableRandom random = Seeds.generator(8, "minimal-perfect-hash-test", n);
    return random.longs().distinct().limit(n).toArray();
  }

  private static int[] numbers(MinimalPerfectHash hash, long[] ids) {
    return Arrays.stream(ids).mapToInt(hash::get).toArray();
  }

  /** Law: the ids' numbers are a permutation of 0 to n - 1, also after a round trip. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 5, 17, 98, 99, 100, 389, 1021, 10_007, 200_003})
  void everyIdHasANumberOfItsOwn(int n) throws IOException {
    long[] ids = ids(n);
    MinimalPerfectHash hash = MinimalPerfectHash.build(ids, 4, 1);
    int[] numbers = numbers(hash, ids);
    assertThat(Arrays.stream(numbers).sorted().toArray())
        .isEqualTo(IntStream.range(0, n).toArray());
    assertThat(numbers(MinimalPerfectHash.fromBytes(hash.toBytes(), "test"), ids))
        .isEqualTo(numbers);
  }

  /** Law: small sets of every size are built, whatever the ids. */
  @Test
  void smallSetsOfEverySize() {
    for (int n = 0; n < 700; n++) {
      long[] ids = LongStream.range(-n, 0).toArray();
      MinimalPerfectHash hash = MinimalPerfectHash.build(ids, 0, n);
      assertThat(Arrays.stream(numbers(hash, ids)).distinct().count()).isEqualTo(n);
    }
  }

  /** Law: at most 3 bits an id besides the fingerprint, and its bytes are what it says. */
  @ParameterizedTest
  @ValueSource(ints = {1000, 10_000, 100_000, 500_000})
  void isCompact(int n) {
    for (int signatureBits : new int[] {0, 4}) {
      MinimalPerfectHash hash = MinimalPerfectHash.build(ids(n), signatureBits, 1);
      assertThat(hash.toBytes()).hasSize((int) hash.serializedBytes());
      assertThat(8.0 * hash.serializedBytes() / n)
          .isLessThanOrEqualTo(3 + signatureBits + 8.0 * 48 / n);
    }
  }

  /** Law: an id outside of the set passes with probability 2^-bits, and has a number of the set. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void unknownIdsPassAtTheFingerprintsRate(int bits) {
    MinimalPerfectHash hash = MinimalPerfectHash.build(ids(2000), bits, 1);
    UnknownIds.assertShare(
        Math.pow(2, -bits),
        (asked, found) -> {
          for (int i = 0; i < asked.length; i++) {
            found[i] = hash.get(asked[i]);
          }
          assertThat(Arrays.stream(found).min().orElseThrow()).isGreaterThanOrEqualTo(-1);
          assertThat(Arrays.stream(found).max().orElseThrow()).isLessThan(2000);
        });
  }

  /** Law: the order of the ids does not matter. */
  @Test
  void aSetHasNoOrder() {
    long[] ids = ids(2000);
    long[] sorted = Arrays.stream(ids).sorted().toArray();
    assertThat(MinimalPerfectHash.build(ids, 4, 3).toBytes())
        .isEqualTo(MinimalPerfectHash.build(sorted, 4, 3).toBytes());
  }

  /** Law: equal arguments give equal bytes, and format version 1 stays readable for ever. */
  @Test
  void goldenBytes() throws IOException {
    long[] ids = LongStream.range(0, 7).map(i -> i * i - 3).toArray();
    MinimalPerfectHash hash = MinimalPerfectHash.build(ids, 4, 9);
    String golden =
        "4d52504801040000070000000000000015576a279da2cb73e79c0000000000006c75ca0800000000"
            + "60bf9175ed006f26";
    assertThat(HexFormat.of().formatHex(hash.toBytes())).isEqualTo(golden);
    MinimalPerfectHash read =
        MinimalPerfectHash.fromBytes(HexFormat.of().parseHex(golden), "golden");
    assertThat(numbers(read, ids)).containsExactly(numbers(hash, ids));
  }

  /** Law: whichever byte is damaged, and wherever the bytes are cut, the function is refused. */
  @Test
  void damageIsRefused() {
    byte[] good = MinimalPerfectHash.build(ids(200), 4, 1).toBytes();
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x10;
      assertThatThrownBy(() -> MinimalPerfectHash.fromBytes(bad, "x"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("x: ");
      byte[] cut = Arrays.copyOf(good, i);
      assertThatThrownBy(() -> MinimalPerfectHash.fromBytes(cut, "x"))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> MinimalPerfectHash.build(new long[] {4, 1, 4}, 0, 0))
        .hasMessage("ids must be distinct but twice found 4");
    assertThatThrownBy(() -> MinimalPerfectHash.build(new long[1], 17, 0))
        .hasMessage("signature_bits must be in 0..16 but was 17");
  }
}
