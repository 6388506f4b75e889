package io.millrace.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.counts.CountRules;
import io.millrace.counts.CountTable;
import io.millrace.counts.IdCounts;
import io.millrace.counts.PageCache;
import io.millrace.counts.PageStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
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

  private static final CountRules RULES = new CountRules(.5, 100, 2, 0, 1);
  private static final CountRules SUB_WINDOWS = new CountRules(.5, 100, 2, 0, 4);
  private static final String GOLDEN = "/counts/shard-counts-";

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

  private static ShardState shard(CountRules rules, PageStore pages) throws IOException {
    return new ShardState(rules, 0, new PageCache(pages, Long.MAX_VALUE));
  }

  private static CountDelta delta(long subWindow, long[] ids, long[] counts, long[] clicks) {
    return new CountDelta(0, subWindow, ids, counts, clicks);
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

  /** A shard as it was written before panes had sub-windows: all but what is in the pages. */
  private static byte[] beforeSubWindows() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(1); // format of the shard
    out.writeLong(7); // newest pane closed
    out.writeByte(3); // format of the counts
    out.writeLong(7); // newest pane ended
    out.writeLong(0); // panes ended since the shard was read in the format before
    onePage(out, 4);
    out.writeInt(2); // panes
    out.writeLong(7);
    onePage(out, 2);
    out.writeLong(8);
    onePage(out, 2);
    return bytes.toByteArray();
  }

  private static void onePage(DataOutputStream out, int ids) throws IOException {
    out.writeInt(1);
    out.writeInt(1);
    out.writeInt(ids);
  }

  /** A shard of panes of four sub-windows, in the middle of one. */
  private static byte[] withSubWindows(Pages pages) throws IOException {
    PageCache cache = new PageCache(pages, Long.MAX_VALUE);
    ShardState shard = new ShardState(SUB_WINDOWS, 0, cache);
    shard.add(delta(24, new long[] {1, 0}, new long[] {3, 2}, new long[] {1, 2}));
    shard.add(delta(27, new long[] {-9}, new long[] {1}, new long[] {0}));
    shard.closePane(6);
    shard.add(delta(29, new long[] {1}, new long[] {4}, new long[] {0}));
    shard.add(delta(30, new long[] {5}, new long[] {2}, new long[] {1}));
    shard.closePane(7);
    shard.add(delta(32, new long[] {5}, new long[] {1}, new long[] {1}));
    shard.add(delta(33, new long[] {8}, new long[] {7}, new long[] {0}));
    shard.closeSubWindow(32);
    cache.flush();
    return shard.write();
  }

  /** The pages, by table and page, and the rest. */
  private static byte[] all(Pages pages, byte[] rest) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(pages.pages.size());
    for (Map.Entry<String, byte[]> page : pages.pages.entrySet()) {
      out.writeUTF(page.getKey());
      out.writeInt(page.getValue().length);
      out.write(page.getValue());
    }
    out.write(rest);
    return bytes.toByteArray();
  }

  /** Reads what {@link #all} wrote; returns the rest. */
  private static byte[] read(byte[] all, Pages pages) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(all));
    for (int n = in.readInt(); n > 0; n--) {
      String page = in.readUTF();
      pages.pages.put(page, in.readNBytes(in.readInt()));
    }
    return in.readAllBytes();
  }

  private static byte[] golden(int format) throws IOException {
    try (InputStream in = ShardStateTest.class.getResourceAsStream(GOLDEN + format + ".b64")) {
      return Base64.getMimeDecoder().decode(in.readAllBytes());
    }
  }

  private static void assertGolden(int format, byte[] bytes) throws IOException {
    if (Boolean.getBoolean("millrace.golden.write")) {
      Files.write(
          Path.of("src/test/resources" + GOLDEN + format + ".b64"),
          Base64.getMimeEncoder(76, new byte[] {10}).encode(bytes));
    }
    assertThat(golden(format)).isEqualTo(bytes);
  }

  // savepoints of the time before pages, before sub-windows, and of now, byte by byte
  @Test
  void theGoldenFilesAreWhatWasWritten() throws IOException {
    assertGolden(2, beforePages());
    Pages pages = new Pages();
    PageCache cache = new PageCache(pages, Long.MAX_VALUE);
    new ShardState(RULES, 0, cache).read(beforePages());
    cache.flush();
    assertGolden(3, all(pages, beforeSubWindows()));
    Pages parted = new Pages();
    byte[] rest = withSubWindows(parted);
    assertGolden(4, all(parted, rest));
  }

  // a shard of the time before pages goes on as if it had had them, whatever sub-windows panes have
  // now
  @Test
  void shardsOfBeforePagesAreRead() throws IOException {
    for (CountRules rules : new CountRules[] {RULES, SUB_WINDOWS}) {
      ShardState shard = shard(rules, new Pages());
      shard.read(golden(2));
      assertThat(shard.dirty()).isTrue();
      assertThat(shard.lastClosed()).isEqualTo(rules.lastSubWindow(7));
      assertSame(next(shard, rules), expected());
      assertThat(shard.dirty()).isTrue();
    }
  }

  // one of the time before sub-windows, too
  @Test
  void shardsOfBeforePartsAreRead() throws IOException {
    for (CountRules rules : new CountRules[] {RULES, SUB_WINDOWS}) {
      Pages pages = new Pages();
      ShardState shard = shard(rules, pages);
      shard.read(read(golden(3), pages));
      assertThat(shard.dirty()).isFalse();
      assertThat(shard.lastClosed()).isEqualTo(rules.lastSubWindow(7));
      assertSame(next(shard, rules), expected());
    }
  }

  // one in the middle of a pane goes on there, or with the pane if it has other sub-windows now
  @Test
  void shardsWithOpenPartsAreRead() throws IOException {
    for (CountRules rules : new CountRules[] {RULES, SUB_WINDOWS}) {
      Pages pages = new Pages();
      ShardState shard = shard(rules, pages);
      shard.read(read(golden(4), pages));
      assertThat(shard.dirty()).isEqualTo(rules.equals(RULES));
      assertThat(shard.lastClosed()).isEqualTo(rules.equals(RULES) ? 7 : 32);
      assertSame(next(shard, rules), expected());
    }
  }

  // what comes for a sub-window that has closed is counted with the next one of its pane
  @Test
  void nothingOfAnOpenPaneIsLost() throws IOException {
    Pages pages = new Pages();
    ShardState shard = shard(SUB_WINDOWS, pages);
    shard.read(read(golden(4), pages));
    assertThat(shard.add(delta(32, new long[] {1}, new long[] {2}, new long[] {1}))).isTrue();
    assertThat(shard.tableAt(32).inPane()).isEqualTo(1);
    shard.closeSubWindow(33);
    assertThat(shard.tableAt(33).inPane()).isEqualTo(8 + 2);
    shard.closeSubWindow(35);
    shard.closePane(8);
    assertThat(shard.add(delta(35, new long[] {1}, new long[] {2}, new long[] {1}))).isFalse();
  }

  // a pane that has ended takes no more, and an open sub-window is not told before it has closed
  @Test
  void partsCloseOnce() throws IOException {
    Pages pages = new Pages();
    ShardState shard = shard(SUB_WINDOWS, pages);
    shard.read(read(golden(4), pages));
    assertThat(shard.add(delta(31, new long[] {1}, new long[] {1}, new long[] {1}))).isFalse();
    assertThat(shard.dirty()).isFalse();
    assertThat(shard.add(CountDelta.touch(0, 33))).isTrue();
    assertThat(shard.dirty()).isFalse();
    assertThat(shard.tableAt(32).inPane()).isEqualTo(1);
    shard.write();
    shard.closeSubWindow(33);
    assertThat(shard.lastClosed()).isEqualTo(33);
    assertThat(shard.dirty()).isTrue();
    CountTable table = shard.tableAt(33);
    assertThat(table.inPane()).isEqualTo(8);
    assertThat(table.ids()).containsExactly(-9, 0, 1, 5, 8);
    assertThat(table.inWindow()).containsExactly(0, 0, 4, 3, 7);
    double half = StrictMath.pow(.5, .5);
    assertThat(table.decayed()).containsExactly(.5 * half, half, 5.5 * half, 2 * half + 1, 7);
    assertSame(next(shard, SUB_WINDOWS), expected());
    assertThat(shard.lastClosed()).isEqualTo(35);
  }

  // written and read anew between any two steps, from the pages and the rest
  @Test
  void shardsComeBack() throws IOException {
    Pages pages = new Pages();
    PageCache cache = new PageCache(pages, Long.MAX_VALUE);
    ShardState old = new ShardState(RULES, 0, cache);
    old.read(golden(2));
    cache.flush();
    byte[] written = old.write();
    assertThat(old.dirty()).isFalse();
    ShardState shard = shard(RULES, pages);
    shard.read(written);
    assertThat(shard.dirty()).isFalse();
    assertSame(next(shard, RULES), expected());
  }

  /** Ends pane 8, after some more of it and too late something of pane 7. */
  private static CountTable next(ShardState shard, CountRules rules) throws IOException {
    long late = rules.lastSubWindow(7);
    assertThat(shard.add(delta(late, new long[] {1}, new long[] {1}, new long[] {1}))).isFalse();
    long last = rules.lastSubWindow(8);
    assertThat(shard.add(delta(last, new long[] {8, 0}, new long[] {1, 2}, new long[] {1, 0})))
        .isTrue();
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
    assertThatThrownBy(() -> shard(RULES, new Pages()).read(new byte[] {3}))
        .hasMessage("shard: format must be in 1..2 but was 3");
  }
}
