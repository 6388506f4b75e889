package io.millrace.maps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.metric.Psi;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Law: the limit is the largest of a least effect, what sampling explains, and what is usual. */
class UsualPsiTest {

  private static Psi.Corrected of(double deviation) {
    return new Psi.Corrected(.1, deviation);
  }

  @Test
  void withoutHistoryTheLimitIsByEffectAndSampling() {
    UsualPsi usual = new UsualPsi();
    assertThat(usual.limit(of(.001))).isEqualTo(.02);
    assertThat(usual.limit(of(.01))).isCloseTo(.05, within(1e-12));
    assertThat(usual.limit(new Psi.Corrected(Double.NaN, Double.NaN))).isNaN();
  }

  // by hand: mean .2, standard deviation .1
  @Test
  void aFieldThatAlwaysChangesDriftsWhereItChangesMore() {
    UsualPsi usual = new UsualPsi();
    usual.add(.1);
    usual.add(.2);
    assertThat(usual.limit(of(.001))).isEqualTo(.02);
    usual.add(Double.NaN);
    assertThat(usual.limit(of(.001))).isEqualTo(.02);
    usual.add(.3);
    assertThat(usual.limit(of(.001))).isCloseTo(.5, within(1e-12));
  }

  @Test
  void remembersTheLastWindowsOnly() {
    UsualPsi usual = new UsualPsi();
    usual.add(9);
    for (int i = 0; i < UsualPsi.WINDOWS; i++) {
      usual.add(.04);
    }
    assertThat(usual.limit(of(.001))).isCloseTo(.04, within(1e-12));
  }

  @Test
  void stateHoldsAllOfIt() throws IOException {
    UsualPsi usual = new UsualPsi();
    for (int i = 0; i < 5; i++) {
      usual.add(.01 * i);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    usual.writeState(new DataOutputStream(bytes));
    UsualPsi restored = new UsualPsi();
    restored.add(7);
    restored.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    assertThat(restored.limit(of(.001))).isEqualTo(usual.limit(of(.001))).isGreaterThan(.02);
  }
}
