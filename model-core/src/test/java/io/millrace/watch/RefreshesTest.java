package io.millrace.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.WindowSpec;
import io.millrace.random.Seeds;
import io.millrace.time.MapGrid;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RefreshesTest {

  private static final MapGrid PARTS = new MapGrid(WindowSpec.tumbling(1000), 4);
  private static final long NONE = Long.MIN_VALUE;

  private static Refreshes refreshes(long windowsUntil, long... times) {
    TreeSet<Long> set = new TreeSet<>();
    for (long time : times) {
      set.add(time);
    }
    return new Refreshes(PARTS, 100, windowsUntil, set);
  }

  // at a refresh maps are built; where its part has no events, at the end of the next that has
  @Test
  void aRefreshInGapCountsForTheNextPart() {
    Refreshes refreshes = refreshes(NONE, 10, 20, 22);
    assertThat(refreshes.builds(9, 10)).isTrue();
    assertThat(refreshes.builds(10, 11)).isFalse();
    assertThat(refreshes.builds(8, 12)).isTrue();
    assertThat(refreshes.builds(12, 19)).isFalse();
    assertThat(refreshes.builds(12, 30)).isTrue();
    assertThat(refreshes.builds(NONE, 9)).isFalse();
    assertThat(refreshes.builds(NONE, 10)).isTrue();
  }

  @Test
  void windowsBuildAtTheEndsOfPanesAlone() {
    Refreshes refreshes = refreshes(7);
    for (long part = 0; part <= 100; part++) {
      assertThat(refreshes.builds(part - 1, part)).isEqualTo(part == 3 || part == 7);
    }
    Refreshes all = Refreshes.ofWindows(MapGrid.ofPanes(WindowSpec.tumbling(1000)));
    for (long part : new long[] {-5, 0, 1, Long.MAX_VALUE / 2}) {
      assertThat(all.decided(part)).isTrue();
      assertThat(all.builds(NONE, part)).isTrue();
    }
  }

  // Law: whichever parts have events, each refresh before the last of them is met exactly once, by
  // the first part at its time or after it.
  @Test
  void everyRefreshIsMetOnce() {
    SplittableRandom random = Seeds.generator(1, "refreshes", 0);
    for (int round = 0; round < 200; round++) {
      TreeSet<Long> times = new TreeSet<>();
      TreeSet<Long> closing = new TreeSet<>();
      for (long part = 0; part <= 100; part++) {
        if (random.nextInt(5) == 0) {
          times.add(part);
        }
        if (random.nextInt(3) == 0) {
          closing.add(part);
        }
      }
      Refreshes refreshes = new Refreshes(PARTS, 100, NONE, times);
      TreeSet<Long> expected = new TreeSet<>();
      times.stream().map(closing::ceiling).filter(part -> part != null).forEach(expected::add);
      List<Long> built = new ArrayList<>();
      long before = NONE;
      for (long part : closing) {
        if (refreshes.builds(before, part)) {
          built.add(part);
        }
        before = part;
      }
      assertThat(built).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void whatIsNotDecidedIsNotAnswered() {
    Refreshes refreshes = refreshes(NONE, 10);
    assertThat(refreshes.decided(100)).isTrue();
    assertThat(refreshes.decided(101)).isFalse();
    assertThatThrownBy(() -> refreshes.builds(100, 101))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("sub-window 101 must be decided, but the last one decided was 100");
    assertThat(Refreshes.none(PARTS).decided(Long.MIN_VALUE + 1)).isFalse();
  }

  // what is handed in and changed afterwards does not change it
  @Test
  void itKeepsItsOwnTimes() {
    TreeSet<Long> times = new TreeSet<>(List.of(10L));
    Refreshes refreshes = new Refreshes(PARTS, 100, NONE, times);
    times.add(20L);
    assertThat(refreshes.builds(15, 20)).isFalse();
  }
}
