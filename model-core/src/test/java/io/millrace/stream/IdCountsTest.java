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
    long[][] bruteClicks = new long[8][20];
    IdCounts counts = new IdCounts(.5, 1000, 3);
    for (int pane = 0; pane < 8; pane++) {
      for (int n = 0; n < 100; n++) {
        int ahead = Math.min(7, pane + random.nextInt(2));
        int id = random.nextInt(20);
        int clicks = random.nextInt(3) / 2;
        brute[ahead][id]++;
        bruteClicks[ahead][id] += clicks;
        counts.add(ahead, id, 1, clicks);
      }
      CountTable table = counts.closePane(pane);
      long inPane = 0;
      for (int id = 0; id < 20; id++) {
        long window = 0;
        long clicks = 0;
        double decayed = 0;
        double decayedClicks = 0;
        for (int p = 0; p <= pane; p++) {
          window += p > pane - 3 ? brute[p][id] : 0;
          clicks += p > pane - 3 ? bruteClicks[p][id] : 0;
          decayed = decayed * .5 + brute[p][id];
          decayedClicks = decayedClicks * .5 + bruteClicks[p][id];
        }
        inPane += brute[pane][id];
        int at = table.indexOf(id);
        assertThat(at < 0 ? 0 : table.inWindow()[at]).isEqualTo(window);
        assertThat(at < 0 ? 0 : table.decayed()[at]).isCloseTo(decayed, within(1e-12));
        assertThat(at < 0 ? 0 : table.clicksInWindow()[at]).isEqualTo(clicks);
        assertThat(at < 0 ? 0 : table.decayedClicks()[at]).isCloseTo(decayedClicks, within(1e-12));
      }
      assertThat(table.inPane()).isEqualTo(inPane);
    }
  }

  @Test
  void skippedPanesFadeAsQuietOnes() {
    IdCounts skips = new IdCounts(.5, 10, 1);
    IdCounts quiet = new IdCounts(.5, 10, 1);
    for (IdCounts c : new IdCounts[] {skips, quiet}) {
      c.add(0, 7, 16, 8);
      c.closePane(0);
    }
    quiet.closePane(1);
    quiet.closePane(2);
    CountTable a = skips.closePane(3);
    CountTable b = quiet.closePane(3);
    assertThat(a.decayed()).containsExactly(b.decayed()).containsExactly(2);
    assertThat(a.decayedClicks()).containsExactly(b.decayedClicks()).containsExactly(1);
  }

  @Test
  void theBoundDropsTheSmallestCounts() {
    IdCounts counts = new IdCounts(1, 2, 1);
    counts.add(0, 5, 3, 2);
    counts.add(0, 6, 1, 1);
    counts.add(0, 7, 2, 0);
    CountTable table = counts.closePane(0);
    assertThat(table.ids()).containsExactly(5, 7);
    assertThat(table.decayedClicks()).containsExactly(2, 0);
    assertThat(counts.size()).isEqualTo(2);
  }

  @Test
  void restoredCountsGoOn() throws IOException {
    IdCounts counts = new IdCounts(.9, 100, 2);
    counts.add(4, 1, 2, 1);
    counts.closePane(4);
    counts.add(5, 1, 1, 1);
    counts.add(5, -3, 7, 0);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    counts.writeState(new DataOutputStream(bytes));
    IdCounts copy = new IdCounts(.9, 100, 2);
    copy.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    CountTable a = counts.closePane(5);
    CountTable b = copy.closePane(5);
    assertThat(b).usingRecursiveComparison().isEqualTo(a);
    assertThat(b.decayedClicks()).containsExactly(0, 1.9);
  }

  // bytes of format 1: pane 5 open with one id, one decayed count
  @Test
  void countsWithoutClicksAreStillRead() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(1);
    out.writeLong(4);
    out.writeInt(1);
    out.writeLong(5);
    out.writeInt(1);
    out.writeLong(7);
    out.writeLong(3);
    out.writeInt(1);
    out.writeLong(7);
    out.writeDouble(2);
    IdCounts counts = new IdCounts(.5, 100, 1);
    counts.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    CountTable table = counts.closePane(5);
    assertThat(table.inWindow()).containsExactly(3);
    assertThat(table.decayed()).containsExactly(4);
    assertThat(table.clicksInWindow()).containsExactly(0);
    assertThat(table.decayedClicks()).containsExactly(0);
  }
}
