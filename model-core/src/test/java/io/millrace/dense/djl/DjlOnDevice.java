package io.millrace.dense.djl;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseEngines;
import io.millrace.dense.NativeNetContract;
import org.junit.jupiter.api.Test;

/**
 * The laws of engines on the device of this machine: the first graphics card if libtorch sees one.
 * Not among the tests of the build, where it would repeat those on the processor; {@code
 * tests/gpu/check.sh} runs it.
 */
class DjlOnDevice extends NativeNetContract {

  /** The device that the script expects: {@code djl-gpu} or {@code djl-cpu}. */
  private static final String EXPECTED = System.getProperty("millrace.device", "djl-cpu");

  @Override
  protected DenseEngine engine() {
    return DenseEngines.of("djl");
  }

  // Law: networks compute on the device that is expected.
  @Test
  void computesOnTheDevice() {
    assertThat(engine().name()).isEqualTo(EXPECTED);
  }
}
