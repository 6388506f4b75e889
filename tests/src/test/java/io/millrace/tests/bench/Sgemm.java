package io.millrace.tests.bench;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

import org.bytedeco.javacpp.FloatPointer;

/** The limit: a product of two square matrices, large enough that nothing else counts. */
final class Sgemm implements AutoCloseable {
  private static final int N = 1024;

  private final FloatPointer a = new FloatPointer((long) N * N);
  private final FloatPointer b = new FloatPointer((long) N * N);
  private final FloatPointer c = new FloatPointer((long) N * N);

  Sgemm() {
    for (long i = 0; i < (long) N * N; i++) {
      a.put(i, i % 7 - 3f);
      b.put(i, i % 5 - 2f);
    }
  }

  /** Nanoseconds of processor time for each floating point operation. */
  double nanosPerFlop() {
    return Processor.nanos(
            () -> dnnl_sgemm((byte) 'N', (byte) 'N', N, N, N, 1f, a, N, b, N, 0f, c, N))
        / (2.0 * N * N * N);
  }

  @Override
  public void close() {
    a.close();
    b.close();
    c.close();
  }
}
