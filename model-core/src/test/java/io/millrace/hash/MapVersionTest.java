package io.millrace.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.hash.MapVersion.Header;
import io.millrace.hash.MapVersion.Kind;
import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
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
        coldFirst,
        coldRows,
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

  /**
   * Law: what was written is read, with its checksum; and the next map may follow in the stream.
   */
  @Test
  void roundTrip() throws IOException {
    MapVersion map = random(3001, 100, 10);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    map.writeTo(out);
    small().writeTo(out);
    ByteArrayInputStream in = new ByteArrayInputStream(out.toByteArray());
    MapVersion first = MapVersion.readFrom(in, "test");
    assertThat(first).isEqualTo(map);
    assertThat(first.checksum()).isEqualTo(map.checksum());
    assertThat(MapVersion.readFrom(in, "test")).isEqualTo(small());
  }

  /** Law: whichever byte is damaged, and wherever the file is cut, it is refused by its name. */
  @Test
  void damageIsRefused() {
    byte[] good = bytes(small());
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
    byte[] good = small().toHash().toBytes();
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
}
