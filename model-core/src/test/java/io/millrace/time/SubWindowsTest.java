package io.millrace.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.WindowSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubWindowsTest {

  // Law: sub-windows follow each other without a gap, and a pane starts with one of its own.
  @ParameterizedTest
  @CsvSource({"1000, 24, 0", "24, 24, 7", "100, 7, -3", "86, 1, 5", "86400000, 24, 3600000"})
  void sharesEachPane(long slide, int perPane, long offset) {
    WindowSpec windows = new WindowSpec(2 * slide, slide, offset, 0);
    MapGrid grid = new MapGrid(windows, perPane);
    for (long pane = -2; pane <= 2; pane++) {
      assertThat(grid.of(windows.paneStart(pane))).isEqualTo(pane * perPane);
      for (long subWindow = pane * perPane; subWindow < (pane + 1) * perPane; subWindow++) {
        assertThat(grid.pane(subWindow)).isEqualTo(pane);
        assertThat(grid.of(grid.end(subWindow) - 1)).isEqualTo(subWindow);
        assertThat(grid.of(grid.end(subWindow))).isEqualTo(subWindow + 1);
        assertThat(grid.lastClosed(grid.end(subWindow) - 1)).isEqualTo(subWindow);
        assertThat(grid.lastClosed(grid.end(subWindow) - 2)).isEqualTo(subWindow - 1);
      }
      assertThat(grid.end((pane + 1) * perPane - 1)).isEqualTo(windows.paneEnd(pane));
    }
  }

  @Test
  void noSubWindowIsEmpty() {
    assertThatThrownBy(() -> new WatchGrid(WindowSpec.tumbling(10), 11))
        .hasMessage("sub-windows of a pane must be in 1..10 (a pane's ms) but was 11");
  }
}
