package io.millrace.dense;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The further laws of engines that keep memory outside of the heap. */
public abstract class NativeNetContract extends DenseNetContract {
  private static final MlpSpec SPEC = new MlpSpec(List.of(13, 64, 16), true);

  // Law: nothing is left behind by a step: 2,000 steps leave the process as large as 500 did. Each
  // step makes some 400 kB of native tensors, so a leak of them all would show as 600 MB.
  @Test
  void stepsLeaveNothingBehind() throws IOException {
    try (DenseNet net = engine().create(SPEC, DenseOptimizer.of(DenseOptimizer.Rule.SGD, .01), 7)) {
      long early = repeat(net, 500);
      long late = repeat(net, 1500);
      assertThat(late - early).isLessThan(100L << 20);
    }
  }

  // Law: networks that were created and closed leave nothing behind either.
  @Test
  void closedNetworksAreFreed() throws IOException {
    MlpSpec large = new MlpSpec(List.of(400, 400, 1), false);
    long early = 0;
    for (int i = 0; i < 300; i++) {
      try (DenseNet net =
          engine().create(large, DenseOptimizer.of(DenseOptimizer.Rule.SGD, .01), 7)) {
        float[] x = new float[512 * 400];
        net.forward(x, 512, new float[512]);
        net.backward(new float[512], 512, null);
        net.step();
      }
      if (i == 150) {
        early = residentBytes();
      }
    }
    assertThat(residentBytes() - early).isLessThan(150L << 20);
  }

  // Law: engines read each other's checkpoints and go on alike.
  @ParameterizedTest
  @EnumSource(DenseOptimizer.Rule.class)
  void plainCheckpointsMoveOver(DenseOptimizer.Rule rule) throws IOException {
    DenseOptimizer optimizer = DenseOptimizer.of(rule, .001);
    try (DenseNet plain = new PlainEngine().create(SPEC, optimizer, 7);
        DenseNet net = engine().create(SPEC, optimizer, 8)) {
      train(plain, 5, 32, 1);
      net.readState(input(stateOf(plain)));
      assertThat(stateOf(net)).isEqualTo(stateOf(plain));
    }
  }

  private static long repeat(DenseNet net, int steps) throws IOException {
    train(net, steps, 256, 1);
    return residentBytes();
  }

  /** Resident memory of this process, of which the fixed heap is a part. */
  private static long residentBytes() throws IOException {
    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
    return Long.parseLong(pages) * 4096;
  }
}
