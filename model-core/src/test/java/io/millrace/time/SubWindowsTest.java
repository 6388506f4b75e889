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
    SubWindows parts = new SubWindows(windows, perPane);
    for (long pane = -2; pane <= 2; pane++) {
      assertThat(parts.of(windows.paneStart(pane))).isEqualTo(pane * perPane);
      for (long part = pane * perPane; part < (pane + 1) * perPane; part++) {
        assertThat(parts.pane(part)).isEqualTo(pane);
        assertThat(parts.of(parts.end(part) - 1)).isEqualTo(part);
        assertThat(parts.of(parts.end(part))).isEqualTo(part + 1);
        assertThat(parts.lastClosed(parts.end(part) - 1)).isEqualTo(part);
        assertThat(parts.lastClosed(parts.end(part) - 2)).isEqualTo(part - 1);
      }
      assertThat(parts.end((pane + 1) * perPane - 1)).isEqualTo(windows.paneEnd(pane));
    }
  }

  @Test
  void noPartIsEmpty() {
    assertThatThrownBy(() -> new SubWindows(WindowSpec.tumbling(10), 11))
        .hasMessage("parts must be in 1..10 (a pane's ms) but was 11");
  }
}
