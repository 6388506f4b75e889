package io.millrace.event;

import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Law: a number is read as Java reads it, and what only Java takes for a number is none. */
class NumbersTest {

  @ParameterizedTest
  @CsvSource({
    "0.1",
    "1e-7",
    "123456789012345678",
    "-0.000000000000000001",
    "9007199254740993",
    "00012.50",
    "1E22",
    "+4.",
    ".5"
  })
  void numbersAreReadAsJavaReadsThem(String text) {
    Numbers numbers = new Numbers();
    byte[] bytes = utf8(" " + text + " ");
    assertThat(numbers.read(bytes, 0, bytes.length)).isEqualTo(Numbers.Kind.NUMBER);
    assertThat(numbers.value()).isEqualTo(Double.parseDouble(text));
  }

  @Test
  void whatJavaReadsButNobodyMeansIsNoNumber() {
    Numbers numbers = new Numbers();
    for (String text :
        List.of("1d", "0x1p3", "1f", "", " ", "1_000", "1,5", "--1", "+", ".", "e5")) {
      assertThat(numbers.read(utf8(text), 0, utf8(text).length))
          .as(text)
          .isEqualTo(Numbers.Kind.NOT_A_NUMBER);
    }
  }
}
