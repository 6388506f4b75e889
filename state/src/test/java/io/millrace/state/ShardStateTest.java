package io.millrace.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.stream.CountRules;
import io.millrace.stream.CountTable;
import io.millrace.stream.IdCounts;
import io.millrace.stream.PageCache;
import io.millrace.stream.PageStore;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShardStateTest {

  private static final CountRules RULES = new CountRules(.5, 100, 2, 0);
  private static final String GOLDEN = "/counts/shard-counts-2.b64";

  /** Pages of one shard, by table and page. */
  private static final class Pages implements PageStore {
    private final Map<String, byte[]> pages = new TreeMap<>();

    @Override
    public byte[] read(int shard, long table, int page) {
      return pages.get(table + "/" + page);
    }

    @Override
    public void write(int shard, long table, int page, byte[] bytes) {
      pages.put(table + "/" + page, bytes);
    }

    @Override
    public void remove(int shard, long table, int page) {
      pages.remove(table + "/" + page);
    }

    @Override
    public void removeAll(int shard, long table) {
      pages.keySet().removeIf(key -> key.startsWith(table + "/"));
    }
  }

  private static ShardState shard(PageStore pages) throws IOException {
    return new ShardState(RULES, 0, new PageCache(pages, Long.MAX_VALUE));
  }

  private static CountDelta delta(long pane, long[] ids, long[] counts, long[] clicks) {
    return new CountDelta(0, pane, ids, counts, clicks);
  }

  /** A shard as it was written before there were pages: all counts in one value. */
  private static byte[] beforePages() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(1); // format of the shard
    out.writeLong(7); // newest pane closed
    out.writeByte(2); // format of the counts
    out.writeLong(7); // newest pane ended
    out.writeInt(2); // panes
    tally(out, 7, new long[] {1, 4, 0}, new long[] {5, 2, 1});
    tally(out, 8, new long[] {5, 1, 1}, new long[] {8, 7, 0});
    out.writeInt(4); // ids with decayed accesses and clicks
    double[][] decayed = {{-9, .5, 0}, {0, 1, 1}, {1, 5.5, .5}, {5, 2, 1}};
    for (double[] row : decayed) {
      out.writeLong((long) row[0]);
      out.writeDouble(row[1]);
      out.writeDouble(row[2]);
    }
    return bytes.toByteArray();
  }

  /** A pane, and for each id its accesses and clicks. */
  private static void tally(DataOutputStream out, long pane, long[]... rows) throws IOException {
    out.writeLong(pane);
    out.writeInt(rows.length);
    for (long[] row : rows) {
      for (long value : row) {
        out.writeLong(value);
      }
    }
  }

  private static byte[] golden() throws IOException {
    Path file = Path.of("src/test/resources" + GOLDEN);
    if (Boolean.getBoolean("millrace.golden.write")) {
      Files.write(file, Base64.getMimeEncoder(76, new byte[] {10}).encode(beforePages()));
    }
    try (InputStream in = ShardStateTest.class.getResourceAsStream(GOLDEN)) {
      return Base64.getMimeDecoder().decode(in.readAllBytes());
    }
  }

  // a savepoint of the time before pages, byte by byte
  @Test
  void theGoldenFileIsWhatWasWritten() throws IOException {
    assertThat(golden()).isEqualTo(beforePages());
  }

  // a shard of the time before pages goes on as if it had had them
  @Test
  void shardsOfBeforePagesAreRead() throws IOException {
    Pages pages = new Pages();
    ShardState shard = shard(pages);
    shard.read(golden());
    assertThat(shard.dirty()).isTrue();
    assertThat(shard.add(delta(7, new long[] {1}, new long[] {1}, new long[] {1}))).isFalse();
    assertSame(next(shard), expected());
    assertThat(shard.dirty()).isTrue();
  }

  // written and read anew between any two steps, from the pages and the rest
  @Test
  void shardsComeBack() throws IOException {
    Pages pages = new Pages();
    PageCache cache = new PageCache(pages, Long.MAX_VALUE);
    ShardState old = new ShardState(RULES, 0, cache);
    old.read(golden());
    cache.flush();
    byte[] written = old.write();
    assertThat(old.dirty()).isFalse();
    ShardState shard = shard(pages);
    shard.read(written);
    assertThat(shard.dirty()).isFalse();
    assertSame(next(shard), expected());
  }

  private static CountTable next(ShardState shard) throws IOException {
    shard.add(delta(8, new long[] {8, 0}, new long[] {1, 2}, new long[] {1, 0}));
    return shard.closePane(8);
  }

  /** The same events through the plain counts. */
  private static CountTable expected() {
    IdCounts counts = new IdCounts(RULES);
    counts.add(6, 1, 3, 1);
    counts.add(6, -9, 1, 0);
    counts.add(6, 0, 2, 2);
    counts.closePane(6);
    counts.add(7, 1, 4, 0);
    counts.add(7, 5, 2, 1);
    counts.closePane(7);
    counts.add(8, 5, 1, 1);
    counts.add(8, 8, 8, 1);
    counts.add(8, 0, 2, 0);
    return counts.closePane(8);
  }

  private static void assertSame(CountTable a, CountTable b) {
    assertThat(a).usingRecursiveComparison().isEqualTo(b);
  }

  @Test
  void otherFormatsAreRefused() {
    assertThatThrownBy(() -> shard(new Pages()).read(new byte[] {2}))
        .hasMessage("shard: format must be 1 but was 2");
  }
}
