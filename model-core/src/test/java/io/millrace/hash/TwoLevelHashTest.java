package io.millrace.hash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.hash.TwoLevelHash.Shape;
import io.millrace.math.Mix64;
import io.millrace.math.XxHash64;
import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TwoLevelHashTest {

  private static final int CLUSTERS = 64;
  private static final long SEED = 3;

  private final long[] ids =
      Seeds.generator(8, "two-level-hash-test", 0).longs().distinct().limit(30_000).toArray();

  private static int clusterOf(long id) {
    return (int) Long.remainderUnsigned(id, CLUSTERS);
  }

  /** The first ids are hot, the next ones in the middle; 100 rows are in reserve. */
  private TwoLevelHash build(int hot, int middle, int signatureBits) {
    long[] middleIds = Arrays.copyOfRange(ids, hot, hot + middle);
    return TwoLevelHash.build(
        new Shape(hot + CLUSTERS + 100, hot, hot + CLUSTERS, SEED),
        Arrays.copyOf(ids, hot),
        middleIds,
        Arrays.stream(middleIds).mapToInt(TwoLevelHashTest::clusterOf).toArray(),
        signatureBits);
  }

  /**
   * Law: hot ids have the rows [0, hot) to themselves and ids of the middle that of their cluster,
   * whatever passes for what; also after a round trip.
   */
  @ParameterizedTest
  @CsvSource({"0, 0, 4", "0, 300, 4", "1, 3000, 0", "500, 0, 4", "500, 9000, 0", "3000, 20000, 4"})
  void everyIdFindsItsRow(int hot, int middle, int signatureBits) throws IOException {
    TwoLevelHash built = build(hot, middle, signatureBits);
    assertThat(built.toBytes()).hasSize((int) built.serializedBytes());
    for (CompiledMap hash :
        new CompiledMap[] {built, CompiledMap.fromBytes(built.toBytes(), "x")}) {
      int[] hotRows = Arrays.stream(ids, 0, hot).mapToInt(hash::row).sorted().toArray();
      assertThat(hotRows).isEqualTo(IntStream.range(0, hot).toArray());
      for (int i = hot; i < hot + middle; i++) {
        assertThat(hash.row(ids[i])).isEqualTo(hot + clusterOf(ids[i]));
        assertThat(hash.knows(ids[i])).isTrue();
      }
    }
  }

  /** Law: a look-up of many ids gives each id's row, be it hot, in the middle or unknown. */
  @ParameterizedTest
  @CsvSource({"0, 0, 4", "500, 0, 4", "500, 9000, 0", "3000, 15000, 4"})
  void manyIdsFindWhatEachFinds(int hot, int middle, int signatureBits) {
    TwoLevelHash hash = build(hot, middle, signatureBits);
    int[] rows = new int[20_000];
    hash.rows(ids, rows.length, rows);
    assertThat(rows).isEqualTo(Arrays.stream(ids, 0, 20_000).mapToInt(hash::row).toArray());
  }

  /**
   * Law: an unknown id is hashed into the reserve, unless it passes for an id of the middle (2^-s)
   * or a hot one (half of that, because some of the middle pass and are separated from hot ones).
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 8})
  void unknownIdsPassAtTheFingerprintsRate(int bits) {
    int hot = 3000;
    TwoLevelHash hash = build(hot, 20_000, bits);
    SplittableRandom random = Seeds.generator(9, "unknown", bits);
    int n = 300_000;
    int asHot = 0;
    int asMiddle = 0;
    for (int i = 0; i < n; i++) {
      long id = random.nextLong();
      int row = hash.row(id);
      assertThat(hash.knows(id)).isEqualTo(row < hot + CLUSTERS);
      if (row >= hot + CLUSTERS) {
        assertThat(row).isEqualTo(hot + CLUSTERS + Mix64.reduce(Mix64.mix(id, SEED), 100));
      }
      asHot += row < hot ? 1 : 0;
      asMiddle += row >= hot && row < hot + CLUSTERS ? 1 : 0;
    }
    double p = Math.pow(2, -bits);
    double hotRate = p / 2;
    double middleRate = (1 - hotRate) * p;
    assertThat((double) asHot / n).isCloseTo(hotRate, within(6 * Math.sqrt(hotRate / n)));
    assertThat((double) asMiddle / n).isCloseTo(middleRate, within(6 * Math.sqrt(middleRate / n)));
  }

  /** Law: the bytes are those expected, to a hundredth and the chance of a few words. */
  @ParameterizedTest
  @CsvSource({"0, 2000, 4", "2000, 0, 4", "3000, 20000, 4", "3000, 20000, 8", "1000, 25000, 0"})
  void bytesAreThoseExpected(int hot, int middle, int signatureBits) {
    long expected = TwoLevelHash.expectedBytes(hot, middle, CLUSTERS, signatureBits);
    assertThat((double) build(hot, middle, signatureBits).serializedBytes())
        .isCloseTo((double) expected, within(expected * .01 + 48));
  }

  /** Law: equal arguments give equal bytes, and format version 1 stays readable for ever. */
  @Test
  void goldenBytes() throws IOException {
    long[] hot = {-9, 4, 77};
    long[] middle = LongStream.range(100, 110).toArray();
    int[] clusters = Arrays.stream(middle).mapToInt(id -> (int) id % 3).toArray();
    TwoLevelHash built = TwoLevelHash.build(new Shape(8, 3, 6, SEED), hot, middle, clusters, 2);
    String golden =
        "4d52544c0100000008000000030000000600000030000000290000002e00000003000000000000004d52"
            + "5048010200000300000000000000b916384ca457c1d6e700000000000000190000000000000071c28925"
            + "19218cc44d52534d010000000500000002000000010000000300000000000000070001000b8d5d1c783b"
            + "5f86f94d52534d010200000a000000030000000100000003000000000000000c0000003ce832a9a40015"
            + "a1511b575552356550fdfc11bbaf87";
    assertThat(HexFormat.of().formatHex(built.toBytes())).isEqualTo(golden);
    CompiledMap read = CompiledMap.fromBytes(HexFormat.of().parseHex(golden), "golden");
    assertThat(Arrays.stream(hot).mapToInt(read::row)).containsExactlyInAnyOrder(0, 1, 2);
    for (int i = 0; i < middle.length; i++) {
      assertThat(read.row(middle[i])).isEqualTo(3 + clusters[i]);
    }
    assertThat(LongStream.range(1000, 1100).mapToInt(read::row)).allMatch(row -> row < 8);
  }

  /** Law: the bytes are the header as drawn, the three parts as their classes write them, a sum. */
  @Test
  void bytesAreAsDrawn() {
    long[] hot = {-9, 4, 77};
    long[] middle = LongStream.range(100, 110).toArray();
    int[] clusters = Arrays.stream(middle).mapToInt(id -> (int) id % 3).toArray();
    byte[] bytes = TwoLevelHash.build(new Shape(8, 3, 6, SEED), hot, middle, clusters, 2).toBytes();
    MinimalPerfectHash slots = MinimalPerfectHash.build(hot, 2, SEED);
    long[] passing = Arrays.stream(middle).filter(id -> slots.get(id) >= 0).toArray();
    long[] doubtful = LongStream.concat(Arrays.stream(hot), Arrays.stream(passing)).toArray();
    int[] isHot = new int[doubtful.length];
    Arrays.fill(isHot, 0, hot.length, 1);
    byte[][] parts = {
      slots.toBytes(),
      StaticMap.build(doubtful, isHot, 2, 0, SEED).toBytes(),
      StaticMap.build(middle, clusters, 3, 2, SEED).toBytes()
    };
    assertThat(passing).isNotEmpty();
    ByteBuffer drawn = ByteBuffer.allocate(bytes.length).order(ByteOrder.LITTLE_ENDIAN);
    drawn.put("MRTL".getBytes(US_ASCII)).putInt(1).putInt(8).putInt(3).putInt(6);
    drawn.putInt(parts[0].length).putInt(parts[1].length).putInt(parts[2].length).putLong(SEED);
    drawn.put(parts[0]).put(parts[1]).put(parts[2]);
    drawn.putLong(XxHash64.hash(drawn.array(), 0, drawn.position(), 0));
    assertThat(bytes).isEqualTo(drawn.array());
  }

  /** Law: whichever byte is damaged, and wherever the bytes are cut, the map is refused. */
  @Test
  void damageIsRefused() {
    byte[] good = build(20, 50, 1).toBytes();
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x10;
      assertThatThrownBy(() -> CompiledMap.fromBytes(bad, "x.map"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("x.map: ");
      byte[] cut = Arrays.copyOf(good, i);
      assertThatThrownBy(() -> CompiledMap.fromBytes(cut, "x.map"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("x.map: ");
    }
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> new Shape(5, 3, 5, 0))
        .hasMessage("rows of hot ids, middle and reserve must ascend but begin at 0, 3 and 5 of 5");
    assertThatThrownBy(
            () ->
                TwoLevelHash.build(
                    new Shape(5, 1, 2, 0), new long[] {1, 2}, new long[0], new int[0], 4))
        .hasMessage("hot ids must be at most 1 but were 2");
  }

  private static MapVersion.Header header(int ownedRows) {
    return new MapVersion.Header(
        "ad",
        "two-level",
        1,
        0,
        10,
        6,
        MapVersion.Kind.TWO_LEVEL,
        ColdPolicy.RESERVE,
        List.of(new RowRange(4, 2)),
        SEED,
        4,
        ownedRows,
        "");
  }

  private static MapVersion version(int... rows) {
    return new MapVersion(header(2), new long[] {5, 6, 7, 8}, rows, new double[] {9, 8, 1, 1});
  }

  /** Law: a map file of two levels is read as it was written, with its owned rows. */
  @Test
  void mapFilesKeepTheirLevels() throws IOException {
    MapVersion map = version(1, 0, 3, 4);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    map.writeTo(out);
    MapVersion read = MapVersion.readFrom(new ByteArrayInputStream(out.toByteArray()), "x");
    assertThat(read).isEqualTo(map);
    assertThat(read.header().ownedRows()).isEqualTo(2);
    assertThatThrownBy(() -> header(5)).hasMessage("owned rows must be in [0, 4] but were 5");
  }

  /** Law: a map whose hot ids are numbered otherwise than here is refused, not misread. */
  @Test
  void foreignNumbersAreRefused() {
    long[] hot = {5, 6};
    MinimalPerfectHash slots = MinimalPerfectHash.build(hot, 4, SEED);
    int first = slots.get(5);
    assertThat(version(first, 1 - first, 3, 4).toHash().row(5)).isEqualTo(first);
    assertThatThrownBy(() -> version(1 - first, first, 3, 4).toHash())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("hot ids have other rows than this program gives them");
  }
}
