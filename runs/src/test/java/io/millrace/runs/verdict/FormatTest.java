package io.millrace.runs.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FormatTest {

  // Law: zeros have no sign, whatever they were rounded from.
  @Test
  void zerosHaveNoSign() {
    assertThat(Format.signed(-.00001)).isEqualTo("0.0000");
    assertThat(Format.signed(.00001)).isEqualTo("0.0000");
    assertThat(Format.score(-.00001)).isEqualTo("0.0000");
    assertThat(Format.percent(-.0001)).isEqualTo("0 %");
    assertThat(Format.count(-.2)).isEqualTo("0");
    assertThat(Format.signed(-.0001)).isEqualTo("−0.0001");
    assertThat(Format.signed(.0001)).isEqualTo("+0.0001");
  }
}
