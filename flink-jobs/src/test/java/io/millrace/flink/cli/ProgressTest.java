package io.millrace.flink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private final StringWriter lines = new StringWriter();
  private final StringWriter terminal = new StringWriter();
  private double seconds;

  private Progress progress(int columns) {
    return new Progress(
        "train",
        "events",
        new PrintWriter(lines),
        new PrintWriter(terminal),
        columns,
        () -> (long) (seconds * 1e9));
  }

  /** The text in the terminal's last row. */
  private String shown() {
    String all = terminal.toString();
    return all.substring(all.lastIndexOf('\r') + 1).replace("\u001b[K", "");
  }

  @Test
  void aBarWithRateAndTimeLeft() {
    try (Progress progress = progress(80)) {
      progress.show();
      assertThat(shown()).isEqualTo(" train  [..............................]  0 %  0 events");
      seconds = 5;
      progress.at(.25, 10_000);
      progress.show();
      assertThat(shown())
          .isEqualTo(
              " train  [######....................]  25 %  10,000 events  2,000 / s  15 s left");
      assertThat(lines.toString()).isEmpty();
    }
    assertThat(shown()).isEmpty();
  }

  // Law: a share that is unknown is not shown, nor what follows from it.
  @Test
  void noShare() {
    try (Progress progress = progress(80)) {
      seconds = 5;
      progress.at(Double.NaN, 10_000);
      progress.show();
      assertThat(shown()).isEqualTo(" train    10,000 events  2,000 / s");
    }
  }

  // Law: rate and time left come from the last ten seconds.
  @Test
  void theRateForgets() {
    try (Progress progress = progress(80)) {
      for (seconds = 0; seconds <= 100; seconds++) {
        progress.at(seconds / 1000, (long) seconds);
        progress.show();
      }
      for (int i = 1; i <= 20; i++) {
        seconds++;
        progress.at(.1 + i * .01, 100 + i * 100);
        progress.show();
      }
      assertThat(shown()).endsWith("30 %  2,100 events  100 / s  1 min 10 s left");
    }
  }

  @Test
  void noRowIsWiderThanTheTerminal() {
    for (int columns = 10; columns < 120; columns++) {
      terminal.getBuffer().setLength(0);
      seconds = 0;
      try (Progress progress = progress(columns)) {
        seconds = 5;
        progress.at(.25, 10_000);
        progress.show();
        assertThat(shown().length()).isLessThan(columns);
        assertThat(shown()).startsWith(" train   25 %".substring(0, 8));
      }
    }
  }

  @Test
  void linesStandAboveTheBar() {
    try (Progress progress = progress(80)) {
      progress.show();
      progress.println("a window");
      assertThat(lines.toString()).isEqualTo("a window" + System.lineSeparator());
      assertThat(terminal.toString()).contains("\r\u001b[K\r train");
    }
  }

  @Test
  void plainLinesWhereThereIsNoTerminal() {
    try (Progress progress = progress(0)) {
      seconds = 10;
      progress.at(.5, 1_234_567);
      progress.show();
      progress.println("a window");
    }
    assertThat(lines.toString().lines())
        .containsExactly("train: 50 %  1,234,567 events  123,457 / s  10 s left", "a window");
    assertThat(terminal.toString()).isEmpty();
  }

  @Test
  void durations() {
    assertThat(Progress.duration(.2)).isEqualTo("0 s");
    assertThat(Progress.duration(59.6)).isEqualTo("1 min 0 s");
    assertThat(Progress.duration(200)).isEqualTo("3 min 20 s");
    assertThat(Progress.duration(7500)).isEqualTo("2 h 5 min");
  }
}
