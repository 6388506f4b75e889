package io.millrace.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BudgetTest {

  @ParameterizedTest
  @CsvSource({
    "250000, BYTES, 250000",
    "7 B, BYTES, 7",
    "250kB, BYTES, 250000",
    "1.5 MB, BYTES, 1500000",
    "2GB, BYTES, 2e9",
    "10%, SHARE, 0.1",
    "2.5 %, SHARE, 0.025",
    "100%, SHARE, 1"
  })
  void bytesAreRead(String text, Budget.Unit unit, double amount) {
    assertThat(Budget.bytes(text)).isEqualTo(new Budget(unit, amount));
    assertThat(Budget.bytes(text).inBytes()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ten", "10 kb", "-5", "1e6", "5 % ", "NaN"})
  void otherTextsAreNot(String text) {
    assertThatThrownBy(() -> Budget.bytes(text))
        .hasMessage(
            "bytes must be a number such as 250000, 250kB or 1.5MB, or a share such as 10%, but"
                + " was '"
                + text
                + "'");
  }

  @Test
  void amountsOutOfRangeAreNamed() {
    assertThatThrownBy(() -> Budget.bytes("0")).hasMessage("bytes must be > 0 but was 0.0");
    assertThatThrownBy(() -> Budget.bytes("101%"))
        .hasMessage("bytes must be in (0 %, 100 %] but was 101.0 %");
    assertThatThrownBy(() -> Budget.ratio(0)).hasMessage("ratio must be in (0, 1] but was 0.0");
    assertThatThrownBy(() -> Budget.ratio(1.1)).hasMessage("ratio must be in (0, 1] but was 1.1");
    assertThatThrownBy(() -> Budget.rows(-1)).hasMessage("rows must be > 0 but was -1.0");
  }

  /** Law: fields share bytes as their expected ids, and together get all but a byte each. */
  @Test
  void fieldsShareBytes() {
    long[] ids = {35_105, 1_200, 7_221, 100_000_000};
    long all = LongStream.of(ids).sum();
    for (Budget budget : new Budget[] {Budget.bytes("1.5MB"), Budget.bytes("2%")}) {
      long total = budget.unit() == Budget.Unit.BYTES ? 1_500_000 : (long) (.02 * all * 64);
      long given = LongStream.of(ids).map(n -> budget.of(n, all, 64)).sum();
      assertThat(given).isBetween(total - ids.length, total);
      assertThat((double) budget.of(ids[0], all, 64) / ids[0])
          .isCloseTo((double) total / all, withinPercentage(1));
    }
    assertThat(Budget.ratio(.1).of(1_205, all, 64)).isEqualTo(121);
    assertThat(Budget.rows(77).of(1_205, all, 64)).isEqualTo(77);
  }

  /** Law: equal budgets have equal keys and different ones do not, as they name maps. */
  @Test
  void keysTellBudgetsApart() {
    assertThat(
            new String[] {
              Budget.ratio(.1).key(),
              Budget.rows(1000).key(),
              Budget.bytes("1kB").key(),
              Budget.bytes("10%").key()
            })
        .containsExactly("0.1", "rows1000", "bytes1000", "share0.1");
  }
}
