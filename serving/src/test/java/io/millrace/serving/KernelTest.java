package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** Both kernels give the bits of the definition, whatever the sizes and the number of events. */
class KernelTest {
  private static final float UNTOUCHED = 77;

  private SplittableRandom random;

  @BeforeEach
  void seed(RepetitionInfo info) {
    random = new SplittableRandom(info.getCurrentRepetition());
  }

  private float[][] floats(int n, int length) {
    float[][] values = new float[n][length];
    for (float[] row : values) {
      for (int i = 0; i < length; i++) {
        row[i] = (float) random.nextDouble(-1, 1);
      }
    }
    return values;
  }

  private static Kernel[] kernels() throws ReflectiveOperationException {
    return new Kernel[] {new PlainKernel(), Kernels.vectors()};
  }

  /** y = start + x_0 rows_0 + ..., each term added with fma, in this order. */
  @RepeatedTest(25)
  void layer() throws Exception {
    int n = random.nextInt(1, 14);
    int in = random.nextInt(0, 60);
    int out = Kernel.LANES * random.nextInt(1, 4);
    boolean relu = random.nextBoolean();
    float[][] x = floats(n, in + 3);
    float[] start = floats(1, out)[0];
    float[][] rows = floats(in, out);
    float[][] expected = new float[n][out];
    for (int e = 0; e < n; e++) {
      for (int o = 0; o < out; o++) {
        float y = start[o];
        for (int k = 0; k < in; k++) {
          y = Math.fma(x[e][k], rows[k][o], y);
        }
        expected[e][o] = relu ? Math.max(0, y) : y;
      }
    }
    for (Kernel kernel : kernels()) {
      float[][] y = new float[n][out];
      kernel.layer(x, n, start, rows, relu, y);
      assertThat(y).as(kernel.getClass().getSimpleName()).isDeepEqualTo(expected);
    }
  }

  /** v_i . v_j with fma in the order of the elements; nothing before it is overwritten. */
  @RepeatedTest(25)
  void products() throws Exception {
    int vectors = random.nextInt(1, 45);
    int dim = random.nextInt(1, 20);
    int n = random.nextInt(1, 20);
    int to = random.nextInt(0, 9);
    Products products = some(vectors, dim, random.nextInt(1, 4));
    float[][] v = floats(n, vectors * dim);
    float[] before = new float[to];
    Arrays.fill(before, UNTOUCHED);
    for (Kernel kernel : kernels()) {
      float[][] x = new float[n][to + Products.room(vectors)];
      for (float[] row : x) {
        Arrays.fill(row, UNTOUCHED);
      }
      kernel.products(v, n, products, x, to);
      for (int e = 0; e < n; e++) {
        assertThat(Arrays.copyOf(x[e], to)).isEqualTo(before);
        for (int p = 0; p < products.chosen().length; p++) {
          float dot = dot(v[e], products.left()[p], products.right()[p], dim);
          assertThat(x[e][to + p]).as(kernel.getClass().getSimpleName()).isEqualTo(dot);
        }
      }
    }
  }

  private static float dot(float[] v, int a, int b, int dim) {
    float sum = v[a] * v[b];
    for (int k = 1; k < dim; k++) {
      sum = Math.fma(v[a + k], v[b + k], sum);
    }
    return sum;
  }

  /** All products, or all but those of which the number divides by {@code step}. */
  private static Products some(int vectors, int dim, int step) {
    int n = Products.all(vectors);
    int[] left = new int[n];
    int[] right = new int[n];
    int p = 0;
    for (int i = 1; i < vectors; i++) {
      for (int j = 0; j < i; j++) {
        left[p] = i * dim;
        right[p++] = j * dim;
      }
    }
    int[] chosen = IntStream.range(0, n).filter(c -> step == 1 || c % step != 0).toArray();
    return new Products(
        vectors,
        dim,
        chosen,
        IntStream.of(chosen).map(c -> left[c]).toArray(),
        IntStream.of(chosen).map(c -> right[c]).toArray());
  }

  /** Where the module is there, vector instructions come into use. */
  @RepeatedTest(1)
  void vectorsAreChosen() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (Kernels.current() instanceof PlainKernel && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(Kernels.current()).isInstanceOf(Kernels.vectors().getClass());
  }
}
