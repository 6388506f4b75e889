package io.millrace.counts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.random.Seeds;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PageBytesTest {

  private static final long[] LONGS = {0, 1, 127, 128, 1L << 40, Long.MAX_VALUE, -1};
  private static final double[] DOUBLES = {
    0, 1, 127, 128, 0x1p52, 0x1p53, .1, Double.MIN_VALUE, -0.0, 1e300
  };

  // what is written is read, to the bit, whatever coding the values of a column allow
  @Test
  void pagesComeBack() throws IOException {
    SplittableRandom random = Seeds.generator(1, "page-bytes-test", 0);
    for (int longs = 1; longs <= LONGS.length; longs++) {
      for (int doubles = 1; doubles <= DOUBLES.length; doubles++) {
        IdTable table = new IdTable(2, 0);
        for (int i = 0; i < 100; i++) {
          long id = i == 0 ? 0 : random.nextLong();
          int at = table.claim(id, IdTable.hash(id));
          table.setDouble(at, 0, DOUBLES[random.nextInt(doubles)]);
          table.set(at, 1, LONGS[random.nextInt(longs)]);
        }
        assertEqual(PageBytes.decode(new PageBytes().encode(table, 1), 2), table);
      }
    }
  }

  private static void assertEqual(IdTable copy, IdTable table) {
    assertThat(copy.size()).isEqualTo(table.size());
    for (int at = table.next(-1); at >= 0; at = table.next(at)) {
      int in = copy.find(table.id(at), IdTable.hash(table.id(at)));
      assertThat(copy.get(in, 0)).isEqualTo(table.get(at, 0));
      assertThat(copy.get(in, 1)).isEqualTo(table.get(at, 1));
    }
  }

  // format 1, byte by byte
  @Test
  void theFormatIsFixed() throws IOException {
    byte[] bytes = {
      1,
      2,
      0,
      0,
      0,
      2, //
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      5, //
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0, //
      2,
      (byte) 0x80,
      1,
      3, //
      0
    };
    IdTable table = PageBytes.decode(bytes, 2);
    assertThat(table.getDouble(table.find(5, IdTable.hash(5)), 0)).isEqualTo(128);
    assertThat(table.getDouble(table.find(0, IdTable.hash(0)), 0)).isEqualTo(3);
    assertThat(table.get(table.find(5, IdTable.hash(5)), 1)).isZero();
    assertThat(new PageBytes().encode(table, 1)).isEqualTo(bytes);
    for (int cut = 0; cut < bytes.length; cut++) {
      byte[] part = Arrays.copyOf(bytes, cut);
      assertThatThrownBy(() -> PageBytes.decode(part, 2)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> PageBytes.decode(bytes, 3))
        .hasMessage("a page of counts must have format 1 and 3 columns");
  }
}
