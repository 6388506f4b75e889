package io.millrace.tests.architecture.broken.flink.operator;

/** An operator that does mathematics. */
public final class Multiplies {
  private float scale = 2;

  /** What must not be here. */
  public float scaled(float number) {
    return scale * number;
  }
}
