package io.millrace.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Law: equal numbers have one canonical text, and different numbers have different ones. */
class DecimalTextTest {

  private static String canonical(String text) {
    byte[] bytes = ("x" + text + "y").getBytes(UTF_8);
    byte[] canonical = DecimalText.canonical(bytes, 1, bytes.length - 2);
    return canonical == null ? text : new String(canonical, UTF_8);
  }

  @Test
  void theSpellingsOfANumberAreOne() {
    for (String one : List.of("1", "1.0", "1e0", "+1", "01", "1.", "10E-1", ".1e+1", " 1 ")) {
      assertThat(canonical(one)).as(one).isEqualTo("1");
    }
    for (String zero : List.of("0", "-0", "0.00", "0e7", "+.0", "000")) {
      assertThat(canonical(zero)).as(zero).isEqualTo("0");
    }
    assertThat(canonical("-012.3400")).isEqualTo("-12.34");
    assertThat(canonical("12e-4")).isEqualTo("0.0012");
    assertThat(canonical("1.5E3")).isEqualTo("1500");
  }

  // 2^53 and 2^53 + 1 are one float64, but two ids.
  @Test
  void digitsAreNotRounded() {
    assertThat(canonical("9007199254740993.0")).isEqualTo("9007199254740993");
    assertThat(canonical("9007199254740992.0")).isEqualTo("9007199254740992");
    assertThat(canonical("0.1000000000000000055")).isEqualTo("0.1000000000000000055");
  }

  @Test
  void otherTextsStayAsTheyAre() {
    for (String text :
        List.of(
            "", " ", "a", "1a", "1 2", "-", ".", "e5", "1e", "1e+", "0x1", "1_000", "NaN", "1,5")) {
      assertThat(canonical(text)).as(text).isEqualTo(text);
    }
  }

  // An exponent must not make a short text a long one.
  @Test
  void hugeExponentsStayShort() {
    assertThat(canonical("10e999999998")).isEqualTo("1e999999999");
    assertThat(canonical("0.10e-99999")).isEqualTo("1e-100000");
    assertThat(canonical("1e9999999999")).isEqualTo("1e9999999999");
    assertThat(canonical("1e000000000003")).isEqualTo("1000");
  }

  @Test
  void canonicalTextsAreThoseOfBigDecimal() {
    long seed = 20260101;
    SplittableRandom random = new SplittableRandom(seed);
    Map<BigDecimal, String> texts = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      BigDecimal number =
          new BigDecimal(
              BigInteger.valueOf(random.nextLong() >> random.nextInt(64)), random.nextInt(-9, 30));
      String shifted =
          number.unscaledValue() + "0".repeat(random.nextInt(3)) + "e" + -number.scale();
      String spelled = random.nextBoolean() ? number.toPlainString() : number.toString();
      BigDecimal value = number.stripTrailingZeros();
      assertThat(canonical(spelled))
          .as("seed %d, %s", seed, spelled)
          .isEqualTo(value.toPlainString());
      assertThat(canonical(canonical(spelled))).isEqualTo(canonical(spelled));
      texts.merge(
          new BigDecimal(shifted).stripTrailingZeros(),
          canonical(shifted),
          (a, b) -> {
            assertThat(a).isEqualTo(b);
            return a;
          });
    }
    assertThat(texts.values()).doesNotHaveDuplicates();
  }
}
