package io.millrace.dense.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import io.millrace.dense.DenseEngine;
import io.millrace.dense.NativeNetContract;
import org.junit.jupiter.api.Test;

class DjlDenseNetTest extends NativeNetContract {
  @Override
  protected DenseEngine engine() {
    return new DjlEngine(DjlEngine.Target.CPU);
  }

  // Law: one torch thread per network.
  @Test
  void torchHasOneThread() {
    assertThat(engine().name()).isEqualTo("djl-cpu");
    assertThat(JniUtils.getNumThreads()).isEqualTo(1);
    assertThat(Engine.getEngine("PyTorch").getGpuCount()).isNotNegative();
  }
}
