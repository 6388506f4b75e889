package io.millrace.dense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DenseEnginesTest {
  private static final DenseOptimizer SGD = DenseOptimizer.of(DenseOptimizer.Rule.SGD, .1);

  @Test
  void namesAreThoseDocumented() {
    assertThat(DenseEngines.names())
        .containsExactly("auto", "plain", "djl", "djl-cpu", "djl-gpu", "onednn");
    assertThat(DenseEngines.of("plain").name()).isEqualTo("plain");
    assertThat(DenseEngines.of("djl-cpu").name()).isEqualTo("djl-cpu");
    assertThat(DenseEngines.of("djl").name()).startsWith("djl-");
  }

  @Test
  void unknownNamesAreRefusedWithTheChoices() {
    assertThatThrownBy(() -> DenseEngines.of("tpu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "unknown dense engine 'tpu', choose one of [auto, plain, djl, djl-cpu, djl-gpu, onednn]");
  }

  // Law: the choice depends on the shape alone. A fast path that is silently not taken fails here.
  @Test
  void autoChoosesBySize() {
    assertThat(engineOf(List.of(13, 16, 4))).isEqualTo("plain");
    assertThat(engineOf(List.of(13, 64, 16))).isEqualTo("onednn");
    String large = Files.exists(Path.of("/dev/nvidiactl")) ? "(djl-gpu|onednn)" : "onednn";
    assertThat(engineOf(List.of(367, 512, 256, 1))).matches(large);
  }

  private static String engineOf(List<Integer> sizes) {
    try (DenseNet net = DenseEngines.of("auto").create(new MlpSpec(sizes, true), SGD, 1)) {
      return net.engine();
    }
  }
}
