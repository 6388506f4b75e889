package io.millrace.time;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationTextTest {

  @ParameterizedTest
  @CsvSource({
    "86400000, 1d",
    "90000000, 25h",
    "25200000, 7h",
    "4320000, 72m",
    "61000, 61s",
    "1001, 1001ms"
  })
  void theLongestUnitThatDividesIsTaken(long ms, String text) {
    assertThat(DurationText.of(ms)).isEqualTo(text);
  }
}
