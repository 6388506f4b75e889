package io.millrace.dense.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;

import io.millrace.math.Products;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_stream;

/**
 * Products of small matrices in oneDNN, which generates a kernel for each shape. Factors and
 * products are copied to native memory and back; the last {@value #SHAPES} shapes are kept.
 */
final class OneDnnProducts implements Products {
  private static final int SHAPES = 32;

  private final Dnnl library;
  private final dnnl_stream stream;
  private final Map<Shape, Bound> bound = new HashMap<>();
  private long thread = -1;

  OneDnnProducts(Dnnl library) {
    this.library = library;
    this.stream = library.stream();
  }

  /** The memory and the call of one shape. */
  private final class Bound {
    final int lengthA;
    final int lengthB;
    final int lengthC;
    final NativeFloats a;
    final NativeFloats b;
    final NativeFloats c;
    final Call call;

    Bound(Shape shape) {
      int n = shape.count();
      lengthA = Math.multiplyExact(n, shape.rows() * shape.inner());
      lengthB = Math.multiplyExact(n, shape.inner() * shape.columns());
      lengthC = Math.multiplyExact(n, shape.rows() * shape.columns());
      a = new NativeFloats(lengthA);
      b = new NativeFloats(lengthB);
      c = new NativeFloats(lengthC);
      call =
          library.product(
              stream,
              factor(a, n, shape.rows(), shape.inner(), shape.transposedA()),
              factor(b, n, shape.inner(), shape.columns(), shape.transposedB()),
              factor(c, n, shape.rows(), shape.columns(), false));
    }

    void close() {
      call.close();
      a.close();
      b.close();
      c.close();
    }
  }

  private static Matrix factor(
      NativeFloats floats, int count, int rows, int columns, boolean transposed) {
    return transposed
        ? Matrix.many(floats, count, columns, rows).transposed()
        : Matrix.many(floats, count, rows, columns);
  }

  @Override
  public void multiply(
      Shape shape, float[] a, int aFrom, float[] b, int bFrom, float[] c, int cFrom) {
    long current = Thread.currentThread().getId();
    if (current != thread) {
      library.useOneThread();
      thread = current;
    }
    Bound known = bound.get(shape);
    if (known == null) {
      known = bind(shape);
    }
    known.a.putSlice(a, aFrom, known.lengthA);
    known.b.putSlice(b, bFrom, known.lengthB);
    known.call.run();
    known.c.getSlice(c, cFrom, known.lengthC);
  }

  private Bound bind(Shape shape) {
    if (bound.size() == SHAPES) {
      closeBound();
    }
    Bound fresh = new Bound(shape);
    bound.put(shape, fresh);
    return fresh;
  }

  private void closeBound() {
    bound.values().forEach(Bound::close);
    bound.clear();
  }

  @Override
  public void close() {
    closeBound();
    dnnl_stream_destroy(stream);
  }
}
