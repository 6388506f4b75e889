package io.millrace.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.hash.MapVersion.Header;
import io.millrace.hash.MapVersion.Kind;
import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MapVersionTest {

  private static Header header(int rows, int coldFirst, int coldRows) {
    return new Header(
        "ad",
        "learned-r" + rows,
        3,
        1000,
        2000,
        rows,
        Kind.LEARNED,
        ColdPolicy.RESERVE,
        List.of(new RowRange(coldFirst, coldRows)),
        42,
        8,
        0,
        "auto");
  }

  private static MapVersion small() {
    return new MapVersion(
        header(4, 3, 1), new long[] {-5, 0, 9}, new int[] {2, 0, 1}, new double[] {1, 0.5, 7});
  }

  private static MapVersion random(int n, int known, int cold) {
    SplittableRandom random = Seeds.generator(2, "map-version-test", n);
    long[] ids = random.longs().distinct().limit(n).sorted().toArray();
    int[] rows = random.ints(n, 0, known).toArray();
    return new MapVersion(header(known + cold, known, cold), ids, rows, new double[n]);
  }

  /** A map of three internal tables, each of {@code known} rows and one for cold ids. */
  private static MapVersion stacked(int n, int known) {
    SplittableRandom random = Seeds.generator(3, "map-version-test", n);
    long[] ids = random.longs().distinct().limit(n).sorted().toArray();
    int[] rows = new int[3 * n];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i % 3 * (known + 1) + random.nextInt(known);
    }
    return new MapVersion(several(Kind.LEARNED, known), ids, rows, new double[n]);
  }

  private static Header several(Kind kind, int known) {
    List<RowRange> cold = new ArrayList<>();
    for (int h = 0; h < 3; h++) {
      cold.add(new RowRange(h * (known + 1) + known, 1));
    }
    return new Header(
        "ad",
        "several",
        3,
        1000,
        2000,
        3 * (known + 1),
        kind,
        ColdPolicy.HASH,
        cold,
        42,
        8,
        0,
        "auto");
  }

  private static byte[] bytes(MapVersion map) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      map.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static MapVersion read(byte[] bytes) throws IOException {
    return MapVersion.readFrom(new ByteArrayInputStream(bytes), "maps/ad/x.map");
  }

  /** Law: format version 1 stays readable for ever, and equal maps give equal bytes. */
  @Test
  void goldenBytes() throws IOException {
    String golden =
        "4d524d560100000081000000020061640a006c6561726e65642d723404006175746f0300"
            + "0000e803000000000000d00700000000000004000000000203000000010000002a000000"
            + "000000000803000000fbffffffffffffff00000000000000000900000000000000020000"
            + "000000000001000000000000000000f03f000000000000e03f0000000000001c4012c899"
            + "160ac6128c";
    assertThat(HexFormat.of().formatHex(bytes(small()))).isEqualTo(golden);
    assertThat(read(HexFormat.of().parseHex(golden))).isEqualTo(small());
  }

  /** Law: so does format version 2, of several rows an id. */
  @Test
  void goldenBytesOfSeveralRows() throws IOException {
    MapVersion map =
        new MapVersion(
            several(Kind.FREQ_DOUBLE, 2),
            new long[] {-5, 9},
            new int[] {2, 3, 6, 1, -1, -1},
            new double[] {1, 0.5});
    String golden =
        "4d524d56020000008b0000000200616407007365766572616c04006175746f03000000e8"
            + "03000000000000d007000000000000090000000301030200000001000000050000000100"
            + "000008000000010000002a000000000000000802000000fbffffffffffffff0900000000"
            + "00000002000000030000000600000001000000ffffffffffffffff000000000000f03f00"
            + "0000000000e03f3251c0ffa12f27d7";
    assertThat(HexFormat.of().formatHex(bytes(map))).isEqualTo(golden);
    assertThat(read(HexFormat.of().parseHex(golden))).isEqualTo(map);
  }

  /**
   * Law: what was written is read, with its checksum; and the next map may follow in the stream.
   */
  @Test
  void roundTrip() throws IOException {
    MapVersion map = random(3001, 100, 10);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    map.writeTo(out);
    stacked(1021, 30).writeTo(out);
    small().writeTo(out);
    ByteArrayInputStream in = new ByteArrayInputStream(out.toByteArray());
    MapVersion first = MapVersion.readFrom(in, "test");
    assertThat(first).isEqualTo(map);
    assertThat(first.checksum()).isEqualTo(map.checksum());
    assertThat(MapVersion.readFrom(in, "test")).isEqualTo(stacked(1021, 30));
    assertThat(MapVersion.readFrom(in, "test")).isEqualTo(small());
  }

  /** Law: whichever byte is damaged, and wherever the file is cut, it is refused by its name. */
  @Test
  void damageIsRefused() {
    damageIsRefused(small());
    damageIsRefused(stacked(3, 2));
  }

  private static void damageIsRefused(MapVersion map) {
    byte[] good = bytes(map);
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x40;
      assertThatThrownBy(() -> read(bad))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("maps/ad/x.map: ");
      byte[] cut = Arrays.copyOf(good, i);
      assertThatThrownBy(() -> read(cut))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("maps/ad/x.map: ");
    }
  }

  @Test
  void brokenEntriesAreNamed() {
    Header header = header(4, 3, 1);
    assertThatThrownBy(() -> new MapVersion(header, new long[] {2, 2}, new int[2], new double[2]))
        .hasMessage("ids must ascend but 2 follows 2");
    assertThatThrownBy(() -> new MapVersion(header, new long[] {2}, new int[] {4}, new double[1]))
        .hasMessage("row must be in [0, 4) but was 4");
    assertThatThrownBy(
            () -> new MapVersion(header, new long[] {2}, new int[1], new double[] {Double.NaN}))
        .hasMessage("count must be finite and >= 0 but was NaN");
    Header several = several(Kind.LEARNED, 1);
    assertThatThrownBy(
            () -> new MapVersion(several, new long[1], new int[] {0, -1, 4}, new double[1]))
        .hasMessage("a row after -1 (no row) must be -1 but was 4");
    assertThatThrownBy(
            () -> new MapVersion(several, new long[1], new int[] {-1, -1, -1}, new double[1]))
        .hasMessage("row must be in [0, 6) but was -1");
    assertThatThrownBy(() -> header(4, 3, 2))
        .hasMessage("rows of cold ids must lie in [0, 4) but were 2 from 3");
  }

  /** Law: the compiled hash agrees with the map on every known id, also after a round trip. */
  @Test
  void theCompiledHashAgrees() throws IOException {
    MapVersion map = random(20_011, 1021, 100);
    CompiledMap hash = map.toHash();
    MappedHash read = MappedHash.fromBytes(hash.toBytes(), "test");
    assertThat(hash.toBytes()).hasSize((int) hash.serializedBytes());
    for (int i = 0; i < map.size(); i++) {
      assertThat(hash.row(map.id(i))).isEqualTo(map.row(i));
      assertThat(read.row(map.id(i))).isEqualTo(map.row(i));
    }
  }

  /** Law: with several rows an id, too: known ids as listed, others in the cold rows of each. */
  @Test
  void theCompiledHashOfSeveralRowsAgrees() throws IOException {
    MapVersion map = stacked(20_011, 1021);
    MappedHash hash = MappedHash.fromBytes(map.toHash().toBytes(), "test");
    assertThat(hash.toBytes()).hasSize((int) map.toHash().serializedBytes());
    assertThat(hash.lookups()).isEqualTo(3);
    int[] listed = new int[3];
    int[] found = new int[3];
    for (int i = 0; i < map.size(); i++) {
      assertThat(map.rows(i, listed)).isEqualTo(3);
      assertThat(hash.lookUp(map.id(i), found)).isEqualTo(3);
      assertThat(found).containsExactly(listed);
    }
    int outside = 0;
    for (long id = 0; id < 100_000; id++) {
      hash.lookUp(id, found);
      boolean known = found[0] != 1021;
      assertThat(hash.knows(id)).isEqualTo(known);
      for (int h = 1; h < 3; h++) {
        assertThat(found[h]).isBetween(h * 1022, h * 1022 + 1021);
        assertThat(known || found[h] == h * 1022 + 1021).isTrue();
      }
      outside += known ? 1 : 0;
    }
    assertThat(outside / 100_000.0).isBetween(.003, .005);
  }

  /** Law: many ids at a time find the first rows that each finds, known or not. */
  @Test
  void manyIdsFindWhatEachFinds() {
    for (MapVersion map : new MapVersion[] {random(5003, 1021, 100), stacked(5003, 1021)}) {
      CompiledMap hash = map.toHash();
      long[] asked =
          LongStream.concat(Arrays.stream(map.ids()), LongStream.range(0, 501)).toArray();
      int[] rows = new int[asked.length];
      hash.rows(asked, asked.length, rows);
      assertThat(rows).isEqualTo(Arrays.stream(asked).mapToInt(hash::row).toArray());
    }
  }

  /** Law: unknown ids use the cold rows and nothing else, but for the share that passes (2^-8). */
  @Test
  void unknownIdsUseTheColdRows() {
    CompiledMap hash = random(20_011, 1021, 100).toHash();
    int outside = 0;
    for (long id = 0; id < 100_000; id++) {
      int row = hash.row(id);
      assertThat(row).isBetween(0, 1120);
      assertThat(hash.knows(id)).isEqualTo(row < 1021);
      outside += row < 1021 ? 1 : 0;
    }
    assertThat(outside / 100_000.0).isBetween(.003, .005);
  }

  @Test
  void damagedHashIsRefused() {
    damagedHashIsRefused(small());
    damagedHashIsRefused(stacked(20, 4));
    damagedHashIsRefused(stacked(20, 1));
  }

  private static void damagedHashIsRefused(MapVersion map) {
    byte[] good = map.toHash().toBytes();
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      assertThatThrownBy(() -> MappedHash.fromBytes(bad, "m"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("m: ");
    }
  }

  /** Law: rows of the plain hash lie in range and every row is used. */
  @Test
  void moduloCoversItsRows() {
    ModuloHash hash = new ModuloHash(1021, 3);
    int[] hits = new int[1021];
    for (long id = 0; id < 50_000; id++) {
      hits[hash.row(id)]++;
    }
    assertThat(Arrays.stream(hits).min().getAsInt()).isPositive();
    assertThat(hash.serializedBytes()).isZero();
    assertThatThrownBy(() -> new ModuloHash(0, 3)).hasMessage("rows must be >= 1 but was 0");
  }

  /**
   * Law: ids numbered one by one collide as random ones do: as many as rows use 1 - 1/e of these. A
   * plain remainder would spare the hot ids of a table numbered by frequency every collision.
   */
  @Test
  void moduloMixesIdsFirst() {
    int rows = 100_003;
    for (int step : new int[] {1, 2, 1 << 20, rows}) {
      ModuloHash hash = new ModuloHash(rows, 3);
      long used = LongStream.range(0, rows).mapToInt(id -> hash.row(id * step)).distinct().count();
      assertThat((double) used / rows).isCloseTo(1 - 1 / Math.E, within(.006));
    }
  }

  /** Law: the compiled form's bytes stay readable for ever, and equal maps give equal bytes. */
  @Test
  void goldenBytesOfTheCompiledHash() throws IOException {
    String[] golden = {
      "4d524d4801000000040000000300000001000000000000002a000000000000004d52534d0108000003000000"
          + "03000000010000002a00000000000000050001008c67ef09000000b5a062a1e8169639c3ee1d28fedeb8"
          + "83",
      "4d524d480200000009000000030300002a00000000000000020000000100000005000000010000000800"
          + "0000010000002e0000004d52534d010800000200000002000000010000002a0000000000000005000000"
          + "d00100e80c006dbce5c3e994c52a290000004d52534d010000000200000002000000010000002a000000"
          + "000000000500000001ec7422f94565a26d280000004d52534d010000000200000001000000010000002a"
          + "00000000000000050000001032b73685aff5d39dc3c45199fb9028"
    };
    MapVersion[] maps = {small(), stacked(2, 2)};
    for (int i = 0; i < maps.length; i++) {
      String bytes = HexFormat.of().formatHex(maps[i].toHash().toBytes());
      assertThat(bytes).isEqualTo(golden[i]);
      CompiledMap read = CompiledMap.fromBytes(HexFormat.of().parseHex(golden[i]), "golden");
      int[] listed = new int[read.lookups()];
      int[] found = new int[read.lookups()];
      for (int k = 0; k < maps[i].size(); k++) {
        assertThat(read.lookUp(maps[i].id(k), found)).isEqualTo(maps[i].rows(k, listed));
        assertThat(found).containsExactly(listed);
      }
    }
  }
}
