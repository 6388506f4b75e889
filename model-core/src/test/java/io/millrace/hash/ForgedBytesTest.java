package io.millrace.hash;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.hash.TwoLevelHash.Shape;
import io.millrace.math.XxHash64;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Law: bytes that contradict themselves although their checksum is right are refused by their name
 * like damaged ones, or they are a map: nothing else is thrown, and what they claim is not
 * allocated.
 */
class ForgedBytesTest {

  private static final long[] IDS = LongStream.range(0, 40).map(i -> i * i - 5).toArray();
  private static final int[] MASKS = {1, 2, 0x10, 0x40, 0x80, 0xFF};

  /** Reads bytes and looks ids up. */
  @FunctionalInterface
  private interface Reader {
    void read(byte[] bytes) throws IOException;
  }

  /**
   * Changes each byte before {@code end} and mends the checksum over {@code [from, length - 8)}.
   */
  private static void forge(byte[] good, int from, int end, Reader reader) throws IOException {
    reader.read(good);
    int refused = 0;
    for (int i = 0; i < end; i++) {
      for (int mask : MASKS) {
        byte[] forged = good.clone();
        forged[i] ^= (byte) mask;
        int body = forged.length - Long.BYTES;
        ByteBuffer.wrap(forged)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(body, XxHash64.hash(forged, from, body - from, 0));
        try {
          reader.read(forged);
        } catch (IOException e) {
          assertThat(e).hasMessageStartingWith("forged: ");
          refused++;
        }
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void staticMaps() throws IOException {
    for (int n : new int[] {40, 2000}) {
      long[] ids = LongStream.range(0, n).toArray();
      int[] values = IntStream.range(0, n).map(i -> i % 7).toArray();
      byte[] good = StaticMap.build(ids, values, 7, 3, 9).toBytes();
      forge(
          good,
          0,
          40,
          bytes -> {
            StaticMap map = StaticMap.fromBytes(bytes, "forged");
            int[] found = new int[IDS.length];
            map.get(IDS, IDS.length, found);
            for (int i = 0; i < IDS.length; i++) {
              assertThat(map.get(IDS[i])).isEqualTo(found[i]).isBetween(-1, map.values() - 1);
            }
          });
    }
  }

  @Test
  void minimalPerfectHashes() throws IOException {
    forge(
        MinimalPerfectHash.build(IDS, 4, 9).toBytes(),
        0,
        60,
        bytes -> {
          MinimalPerfectHash hash = MinimalPerfectHash.fromBytes(bytes, "forged");
          for (long id : IDS) {
            assertThat(hash.get(id)).isBetween(-1, hash.size() - 1);
          }
        });
  }

  @Test
  void compiledMaps() throws IOException {
    int[] clusters = IntStream.range(0, 30).map(i -> i % 3).toArray();
    TwoLevelHash levels =
        TwoLevelHash.build(
            new Shape(20, 10, 13, 9),
            Arrays.copyOf(IDS, 10),
            Arrays.copyOfRange(IDS, 10, 40),
            clusters,
            1);
    StaticMap map = StaticMap.build(Arrays.copyOf(IDS, 30), clusters, 3, 4, 9);
    StaticMap other = StaticMap.build(Arrays.copyOf(IDS, 30), clusters, 3, 0, 9);
    MappedHash one = new MappedHash(5, new RowRange(3, 2), 9, map);
    List<RowRange> cold = List.of(new RowRange(3, 2), new RowRange(8, 2));
    MappedHash two = new MappedHash(10, cold, 9, List.of(map, other));
    for (CompiledMap good : new CompiledMap[] {levels, one, two}) {
      forge(good.toBytes(), 0, 48, ForgedBytesTest::readCompiled);
    }
  }

  private static void readCompiled(byte[] bytes) throws IOException {
    CompiledMap map = CompiledMap.fromBytes(bytes, "forged");
    int[] rows = new int[map.lookups()];
    for (long id : IDS) {
      int n = map.lookUp(id, rows);
      for (int h = 0; h < n; h++) {
        assertThat(rows[h]).isBetween(0, map.rows() - 1);
      }
    }
  }

  @Test
  void mapFiles() throws IOException {
    MapVersion.Header header =
        new MapVersion.Header(
            "ad",
            "several",
            3,
            1000,
            2000,
            8,
            MapVersion.Kind.LEARNED,
            ColdPolicy.HASH,
            List.of(new RowRange(3, 1), new RowRange(7, 1)),
            42,
            8,
            0,
            "auto");
    MapVersion map =
        new MapVersion(header, new long[] {-5, 9}, new int[] {2, 5, 1, 4}, new double[] {1, .5});
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    map.writeTo(out);
    forge(
        out.toByteArray(),
        12,
        out.size() - Long.BYTES,
        bytes -> {
          MapVersion read = MapVersion.readFrom(new ByteArrayInputStream(bytes), "forged");
          int[] rows = new int[read.lookups()];
          for (int i = 0; i < read.size(); i++) {
            int n = read.rows(i, rows);
            for (int h = 0; h < n; h++) {
              assertThat(rows[h]).isBetween(0, read.rows() - 1);
            }
          }
        });
  }
}
