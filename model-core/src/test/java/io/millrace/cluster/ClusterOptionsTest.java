package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterOptionsTest {

  /** The ablations of the paper, under the names of the reference. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '=',
      value = {
        "paper = FREQ 2.0 DIST 1.5 SIZE 1.0",
        "no_freq = DIST 1.5 SIZE 1.0",
        "no_size = FREQ 2.0 DIST 1.0",
        "no_dist = FREQ 2.0 SIZE 1.0",
        "freq_only = FREQ 1.0",
        "dist_only = DIST 1.0",
        "size_only = SIZE 1.0",
        "dist_freq_size = DIST 2.0 FREQ 1.5 SIZE 1.0",
        "dist_size_freq = DIST 2.0 SIZE 1.5 FREQ 1.0",
        "size_freq_dist = SIZE 2.0 FREQ 1.5 DIST 1.0",
        "size_dist_freq = SIZE 2.0 DIST 1.5 FREQ 1.0",
        "freq_size_dist = FREQ 2.0 SIZE 1.5 DIST 1.0"
      })
  void presets(String name, String slots) {
    List<String> parsed =
        FilterSlot.parse(name).stream().map(s -> s.filter() + " " + s.multiplier()).toList();
    assertThat(String.join(" ", parsed)).isEqualTo(slots);
  }

  /** Law: a budget is a multiple of the merges wanted, rounded, at least 1. */
  @Test
  void budgets() {
    FilterSlot slot = new FilterSlot(FilterSlot.Name.DIST, 1.5);
    assertThat(slot.budget(3, ClusterOptions.Rounding.CEIL)).isEqualTo(5);
    assertThat(slot.budget(3, ClusterOptions.Rounding.FLOOR)).isEqualTo(4);
    assertThat(slot.budget(2, ClusterOptions.Rounding.CEIL)).isEqualTo(3);
    assertThat(new FilterSlot(FilterSlot.Name.DIST, .2).budget(2, ClusterOptions.Rounding.FLOOR))
        .isEqualTo(1);
  }

  /** Law: auto is K = ceil((n - T) / 100) and S = ceil(4 n / T). */
  @Test
  void autoMergesAndCap() {
    ClusterOptions options = ClusterOptions.DEFAULT;
    assertThat(options.resolveMerges(1100, 99)).isEqualTo(11);
    assertThat(options.resolveMerges(5, 9)).isEqualTo(1);
    assertThat(options.resolveCap(1000, 300)).isEqualTo(14);
    assertThat(options.resolveCap(2_000_000_000, 3)).isEqualTo(Integer.MAX_VALUE - 1);
    assertThat(options.with("max-cluster-size", "7").exceeds(7, 7)).isFalse();
    assertThat(options.with("cap-test", "lt").exceeds(7, 7)).isTrue();
  }

  @Test
  void badOptionsAreNamed() {
    ClusterOptions options = ClusterOptions.DEFAULT;
    assertThatThrownBy(() -> options.with("cap-test", "eq"))
        .hasMessage("cap-test must be one of le, lt but was 'eq'");
    assertThatThrownBy(() -> options.with("merges-per-step", "0"))
        .hasMessage("merges-per-step must be auto or a number >= 1 but was '0'");
    assertThatThrownBy(() -> options.with("filters", "freq"))
        .hasMessageStartingWith("filters must be one of dist_freq_size, ")
        .hasMessageEndingWith("but was 'freq'");
    assertThatThrownBy(() -> options.with("speed", "1"))
        .hasMessage("unknown clustering option 'speed'");
  }

  /** Law: the line that describes options, read option by option, gives the same options. */
  @Test
  void describedOptionsReadBack() {
    ClusterOptions options =
        ClusterOptions.DEFAULT
            .with("filters", "size:1.3,freq:3")
            .with("max-cluster-size", "none")
            .with("truncate", "false");
    ClusterOptions read = ClusterOptions.DEFAULT;
    for (String pair : options.describe().split(" ")) {
      read = read.with(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    assertThat(read).isEqualTo(options);
  }
}
