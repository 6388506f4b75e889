package io.millrace.dense.cublas;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.DenseState;
import io.millrace.dense.MlpSpec;
import io.millrace.dense.NativeNetContract;

/** The laws of engines on cuBLAS; {@code tests/gpu/check.sh} runs it where there is a card. */
class CublasOnDevice extends NativeNetContract {

  @Override
  protected DenseEngine engine() {
    return new Cublas();
  }

  private static final class Cublas implements DenseEngine {
    @Override
    public String name() {
      return "cublas";
    }

    @Override
    public DenseNet create(MlpSpec spec, DenseOptimizer optimizer, long seed) {
      return new CublasNet(new DenseState(spec, optimizer, seed));
    }
  }
}
