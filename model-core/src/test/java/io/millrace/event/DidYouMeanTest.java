package io.millrace.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Law: a near name is proposed, and a far one is not. */
class DidYouMeanTest {

  @Test
  void aMisspeltNameFindsItsNeighbour() {
    assertThat(DidYouMean.among("clik", List.of("ts", "click")))
        .isEqualTo("; did you mean 'click'?");
    assertThat(DidYouMean.among("zebra", List.of("ts", "click"))).isEmpty();
  }
}
