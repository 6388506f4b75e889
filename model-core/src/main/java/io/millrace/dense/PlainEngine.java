package io.millrace.dense;

/** The engine in plain Java: no native library, the same bits on every machine. */
public final class PlainEngine implements DenseEngine {
  /** Name of this engine in settings and logs. */
  public static final String NAME = "plain";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String describe(MlpSpec spec) {
    return "plain Java";
  }

  @Override
  public DenseNet create(MlpSpec spec, DenseOptimizer optimizer, long seed) {
    return new PlainDenseNet(spec, optimizer, seed);
  }
}
