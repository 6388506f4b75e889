package io.millrace.counts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.random.Seeds;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class IdCountsTest {

  // against a dense matrix of counts[pane][id], a sliding window of 3 panes and decay .5
  @Test
  void windowsAndDecayEqualBruteForce() {
    SplittableRandom random = Seeds.generator(3, "id-counts-test", 0);
    long[][] brute = new long[8][20];
    long[][] bruteClicks = new long[8][20];
    IdCounts counts = new IdCounts(new CountRules(.5, 1000, 3, 0, 1));
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
    IdCounts skips = new IdCounts(new CountRules(.5, 10, 1, 0, 1));
    IdCounts quiet = new IdCounts(new CountRules(.5, 10, 1, 0, 1));
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
    IdCounts counts = new IdCounts(new CountRules(1, 2, 1, 0, 1));
    counts.add(0, 5, 3, 2);
    counts.add(0, 6, 1, 1);
    counts.add(0, 7, 2, 0);
    CountTable table = counts.closePane(0);
    assertThat(table.ids()).containsExactly(5, 7);
    assertThat(table.decayedClicks()).containsExactly(2, 0);
    assertThat(counts.closePane(1).ids()).containsExactly(5, 7);
  }

  // panes of two sub-windows, decay .25, by hand: half a pane takes half of what a pane takes of a
  // count,
  // and what is in sub-windows that have not closed is not told
  @Test
  void countsAreToldInTheMiddleOfAPane() {
    IdCounts counts = new IdCounts(new CountRules(.25, 10, 2, 0, 2));
    counts.add(0, 7, 3, 1);
    counts.add(1, 7, 5, 3);
    counts.add(2, 7, 1, 0);
    counts.closeSubWindow(0);
    assertTable(counts.tableAt(0), 3, new double[][] {{7, 3, 1, 3, 1}});
    counts.closeSubWindow(1);
    assertTable(counts.tableAt(1), 8, new double[][] {{7, 8, 4, 8, 4}});
    counts.closePane(0);
    counts.add(2, 9, 4, 4);
    counts.add(3, 9, 6, 0);
    counts.closeSubWindow(2);
    double[][] half = {{7, 9, 4, 5, 2}, {9, 4, 4, 4, 4}};
    assertTable(counts.tableAt(2), 5, half);
    assertTable(counts.tableAt(2), 5, half);
    counts.closeSubWindow(3);
    double[][] end = {{7, 9, 4, 3, 1}, {9, 10, 4, 10, 4}};
    assertTable(counts.tableAt(3), 11, end);
    assertTable(counts.closePane(1), 11, end);
    counts.closeSubWindow(6);
    assertTable(counts.tableAt(6), 0, new double[][] {{7, 0, 0, .375, .125}, {9, 0, 0, 1.25, .5}});
  }

  /** Rows are id, accesses and clicks in the window, and both decayed. */
  private static void assertTable(CountTable table, long inPane, double[][] rows) {
    assertThat(table.inPane()).isEqualTo(inPane);
    assertThat(table.size()).isEqualTo(rows.length);
    for (int i = 0; i < rows.length; i++) {
      double[] row = {
        table.ids()[i],
        table.inWindow()[i],
        table.clicksInWindow()[i],
        table.decayed()[i],
        table.decayedClicks()[i]
      };
      assertThat(row).containsExactly(rows[i]);
    }
  }

  // an id that the pane's end would forget is told until then, and not if it has come back
  @Test
  void idsAreForgottenAtAPanesLastPart() {
    IdCounts counts = new IdCounts(new CountRules(1, 10, 1, 1, 2));
    counts.add(0, 7, 1, 0);
    counts.add(1, 8, 1, 0);
    counts.closePane(0);
    counts.add(2, 8, 1, 0);
    counts.closeSubWindow(2);
    assertThat(counts.tableAt(2).ids()).containsExactly(7, 8);
    counts.closeSubWindow(3);
    assertThat(counts.tableAt(3).ids()).containsExactly(8);
    assertThat(counts.closePane(1).ids()).containsExactly(8);
  }

  // unseen in two windows of two panes: gone, and a new id when it returns; a far pane is one pane
  @Test
  void idsThatStayAwayAreForgotten() {
    IdCounts counts = new IdCounts(new CountRules(1, 10, 2, 4, 1));
    counts.add(0, 7, 5, 1);
    for (long pane : new long[] {0, 1, 2, 1000}) {
      counts.add(pane, 8, 1, 0);
      assertThat(counts.closePane(pane).ids()).containsExactly(7, 8);
    }
    counts.add(1001, 8, 1, 0);
    assertThat(counts.closePane(1001).ids()).containsExactly(8);
    counts.add(1002, 7, 1, 0);
    CountTable table = counts.closePane(1002);
    assertThat(table.ids()).containsExactly(7, 8);
    assertThat(table.decayed()).containsExactly(1, 5);
    assertThat(table.decayedClicks()).containsExactly(0, 0);
  }
}
