package io.millrace.serving;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the {@link Kernel}: {@link PlainKernel} at first, and {@code VectorKernel} (in {@code
 * src/main/vector}) as soon as it is faster.
 *
 * <p>Vector instructions need the flag {@code --add-modules jdk.incubator.vector}, a processor that
 * has them, and the JIT compiler: before it has compiled these loops they are hundreds of times
 * slower than plain Java. So a thread of its own runs them, with made-up numbers, until they are
 * compiled. It also compares the results: as these are equal to the bit, no prediction depends on
 * the moment of the change.
 */
final class Kernels {
  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);
  private static final String MODULE = "jdk.incubator.vector";
  private static final String VECTORS = "io.millrace.serving.VectorKernel";
  private static final long LONGEST = TimeUnit.SECONDS.toNanos(60);

  private static volatile Kernel current = new PlainKernel();

  static {
    if (ModuleLayer.boot().findModule(MODULE).isPresent()) {
      Thread thread = new Thread(Kernels::tryVectors, "vector-kernel");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private Kernels() {}

  /** The kernel to use now. */
  static Kernel current() {
    return current;
  }

  private static void tryVectors() {
    try {
      Kernel vectors = vectors();
      if (new Trial().isFaster(vectors, current)) {
        current = vectors;
      }
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      LOG.warn("scoring goes on without vector instructions: {}", e.toString());
    }
  }

  /**
   * The kernel with vector instructions.
   *
   * @throws ReflectiveOperationException if it is not there
   */
  static Kernel vectors() throws ReflectiveOperationException {
    return Class.forName(VECTORS).asSubclass(Kernel.class).getDeclaredConstructor().newInstance();
  }

  /** A layer and the products of vectors, with numbers that do not matter. */
  private static final class Trial {
    private static final int EVENTS = 13;
    private static final int VECTORS_EACH = 19;
    private static final int DIM = 8;

    private final SplittableRandom random = new SplittableRandom(1);
    private final int pairs = Products.all(VECTORS_EACH);
    private final Products products = products();
    private final float[][] v = floats(EVENTS, VECTORS_EACH * DIM);
    private final float[] start = floats(1, 2 * Kernel.LANES)[0];
    private final float[][] rows = floats(pairs, 2 * Kernel.LANES);

    private float[][] floats(int n, int length) {
      float[][] values = new float[n][length];
      for (float[] row : values) {
        for (int i = 0; i < length; i++) {
          row[i] = (float) random.nextDouble(-1, 1);
        }
      }
      return values;
    }

    private static Products products() {
      int n = Products.all(VECTORS_EACH);
      int[] chosen = new int[n];
      int[] left = new int[n];
      int[] right = new int[n];
      int p = 0;
      for (int i = 1; i < VECTORS_EACH; i++) {
        for (int j = 0; j < i; j++) {
          chosen[p] = p;
          left[p] = i * DIM;
          right[p++] = j * DIM;
        }
      }
      return new Products(VECTORS_EACH, DIM, chosen, left, right);
    }

    private float[][] run(Kernel kernel) {
      float[][] x = new float[EVENTS][Products.room(VECTORS_EACH)];
      float[][] y = new float[EVENTS][start.length];
      kernel.products(v, EVENTS, products, x, 0);
      kernel.layer(x, EVENTS, start, rows, true, y);
      return y;
    }

    /** Whether {@code kernel} becomes faster than {@code other}, with equal results. */
    boolean isFaster(Kernel kernel, Kernel other) {
      if (!Arrays.deepEquals(run(kernel), run(other))) {
        throw new IllegalStateException("its results differ from those of plain Java");
      }
      long end = System.nanoTime() + LONGEST;
      while (System.nanoTime() < end) {
        if (fastest(kernel) < fastest(other)) {
          return true;
        }
      }
      return false;
    }

    private long fastest(Kernel kernel) {
      long fastest = Long.MAX_VALUE;
      for (int i = 0; i < 50; i++) {
        long begin = System.nanoTime();
        run(kernel);
        fastest = Math.min(fastest, System.nanoTime() - begin);
      }
      return fastest;
    }
  }
}
