package io.millrace.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class IdCountsTest {

  // against a dense matrix of counts[pane][id], a sliding window of 3 panes and decay .5
  @Test
  void windowsAndDecayEqualBruteForce() {
    SplittableRandom random = Seeds.generator(3, "id-counts-test", 0);
    long[][] brute = new long[8][20];
    IdCounts counts = new IdCounts(.5, 1000, 3);
    for (int pane = 0; pane < 8; pane++) {
      for (int n = 0; n < 100; n++) {
        int ahead = Math.min(7, pane + random.nextInt(2));
        int id = random.nextInt(20);
        brute[ahead][id]++;
        counts.add(ahead, id, 1);
      }
      CountTable table = counts.closePane(pane);
      long inPane = 0;
      for (int id = 0; id < 20; id++) {
        long window = 0;
        double decayed = 0;
        for (int p = 0; p <= pane; p++) {
          window += p > pane - 3 ? brute[p][id] : 0;
          decayed = decayed * .5 + brute[p][id];
        }
        inPane += brute[pane][id];
        int at = table.indexOf(id);
        assertThat(at < 0 ? 0 : table.inWindow()[at]).isEqualTo(window);
        assertThat(at < 0 ? 0 : table.decayed()[at]).isCloseTo(decayed, within(1e-12));
      }
      assertThat(table.inPane()).isEqualTo(inPane);
    }
  }

  @Test
  void skippedPanesFadeAsQuietOnes() {
    IdCounts skips = new IdCounts(.5, 10, 1);
    IdCounts quiet = new IdCounts(.5, 10, 1);
    for (IdCounts c : new IdCounts[] {skips, quiet}) {
      c.add(0, 7, 16);
      c.closePane(0);
    }
    quiet.closePane(1);
    quiet.closePane(2);
    assertThat(skips.closePane(3).decayed()).containsExactly(quiet.closePane(3).decayed());
  }

  @Test
  void theBoundDropsTheSmallestCounts() {
    IdCounts counts = new IdCounts(1, 2, 1);
    counts.add(0, 5, 3);
    counts.add(0, 6, 1);
    counts.add(0, 7, 2);
    assertThat(counts.closePane(0).ids()).containsExactly(5, 7);
    assertThat(counts.size()).isEqualTo(2);
  }

  @Test
  void restoredCountsGoOn() throws IOException {
    IdCounts counts = new IdCounts(.9, 100, 2);
    counts.add(4, 1, 2);
    counts.closePane(4);
    counts.add(5, 1, 1);
    counts.add(5, -3, 7);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    counts.writeState(new DataOutputStream(bytes));
    IdCounts copy = new IdCounts(.9, 100, 2);
    copy.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    CountTable a = counts.closePane(5);
    CountTable b = copy.closePane(5);
    assertThat(b.ids()).containsExactly(a.ids());
    assertThat(b.inWindow()).containsExactly(a.inWindow());
    assertThat(b.decayed()).containsExactly(a.decayed());
  }
}
