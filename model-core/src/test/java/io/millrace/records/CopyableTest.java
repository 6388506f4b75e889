package io.millrace.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class CopyableTest {

  private record Sample(int rows, long ids, double share, boolean on, List<String> names)
      implements Copyable<Sample> {
    Sample {
      if (rows < 1) {
        throw new IllegalArgumentException("rows must be >= 1 but was " + rows);
      }
    }
  }

  private static final Sample SAMPLE = new Sample(1, 2, .3, true, List.of("a"));

  // A copy has the new value in the component named, and every other component of the original.
  @Test
  void oneComponentChanges() {
    assertThat(SAMPLE.with(Sample::rows, 5)).isEqualTo(new Sample(5, 2, .3, true, List.of("a")));
    assertThat(SAMPLE.with(Sample::ids, 5L)).isEqualTo(new Sample(1, 5, .3, true, List.of("a")));
    assertThat(SAMPLE.with(Sample::share, .5)).isEqualTo(new Sample(1, 2, .5, true, List.of("a")));
    assertThat(SAMPLE.with(Sample::on, false)).isEqualTo(new Sample(1, 2, .3, false, List.of("a")));
    assertThat(SAMPLE.with(Sample::names, null)).isEqualTo(new Sample(1, 2, .3, true, null));
  }

  @Test
  void theConstructorChecksCopies() {
    assertThatThrownBy(() -> SAMPLE.with(Sample::rows, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rows must be >= 1 but was 0");
  }

  @Test
  void whatIsNoComponentIsRefused() {
    assertThatThrownBy(() -> SAMPLE.with(Sample::hashCode, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("component must be an accessor of Sample but was hashCode");
    assertThatThrownBy(() -> SAMPLE.with(Sample::on, "no"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
