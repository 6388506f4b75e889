package io.millrace.serving;

import io.millrace.event.ClickEvent;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * The part of a network's forward pass that depends on a context alone, computed once for all
 * candidates of a request.
 *
 * <pre>
 * vectors       those of the context's fields, and the bottom MLP's output if the context has all
 *               dense columns
 * first layer   of the top MLP: its bias, and the weighted inputs that come from these vectors, in
 *               the order of the inputs
 * </pre>
 *
 * A candidate adds its own vectors and their products with all others. If nothing is shared, the
 * sums of the first layer have the order of the inputs. If something is, they have another order,
 * so that a prediction may differ by 1e-6. Immutable.
 */
final class SharedPart {

  private final int dim;
  private final DenseLayer first;
  private final float[] vectors;
  private final boolean wholeDense;
  private final float[] dense;
  private final int[] ownDense;
  private final int[] ownFields;

  /** The products that a candidate computes. */
  private final Products products;

  /** Weights of the first layer for the candidate's inputs, in their order. */
  private final float[][] rows;

  /** Outputs of the first layer from bias and shared inputs. */
  private final float[] start;

  /**
   * Computes the shared part.
   *
   * @param dim length of a vector
   * @param first first layer of the top MLP
   * @param columns those of the context
   * @param dense the context's dense values; empty if the bottom MLP's output is shared
   * @param vectors {@code float[(fields + 1) * dim]}, 0 where they are not shared; kept
   */
  SharedPart(int dim, DenseLayer first, SharedColumns columns, float[] dense, float[] vectors) {
    this.dim = dim;
    this.first = first;
    this.vectors = vectors;
    this.wholeDense = dense.length == 0;
    this.dense = dense;
    this.ownDense = others(columns.dense(), dense.length);
    this.ownFields = others(columns.fields(), vectors.length / dim - 1);
    BitSet shared = new BitSet();
    shared.set(0, wholeDense);
    columns.fields().stream().forEach(f -> shared.set(f + 1));
    Split split = new Split(shared);
    this.products = split.products();
    this.rows = Arrays.copyOf(split.rows, split.own);
    this.start = first.start(split.values, Arrays.copyOf(split.sharedRows, split.known));
  }

  private static int[] others(BitSet shared, int n) {
    return IntStream.range(0, n).filter(i -> !shared.get(i)).toArray();
  }

  /** Divides the inputs of the first layer into those that are known and a candidate's. */
  private final class Split {
    final int[] chosen;
    final int[] left;
    final int[] right;
    final float[][] rows;
    final float[] values;
    final float[][] sharedRows;
    int count;
    int own;
    int known;

    Split(BitSet shared) {
      int n = vectors.length / dim;
      int pairs = Products.all(n);
      chosen = new int[pairs];
      left = new int[pairs];
      right = new int[pairs];
      rows = new float[dim + pairs][];
      values = new float[dim + pairs];
      sharedRows = new float[dim + pairs][];
      for (int k = 0; k < dim; k++) {
        input(k, shared.get(0), vectors[k]);
      }
      int input = dim;
      for (int i = 1; i < n; i++) {
        for (int j = 0; j < i; j++) {
          pair(i * dim, j * dim, input++, shared.get(i) && shared.get(j));
        }
      }
    }

    private void pair(int a, int b, int input, boolean isShared) {
      input(input, isShared, isShared ? PlainKernel.dot(vectors, a, b, dim) : 0);
      if (!isShared) {
        chosen[count] = input - dim;
        left[count] = a;
        right[count++] = b;
      }
    }

    Products products() {
      return new Products(
          vectors.length / dim,
          dim,
          Arrays.copyOf(chosen, count),
          Arrays.copyOf(left, count),
          Arrays.copyOf(right, count));
    }

    private void input(int input, boolean isShared, float value) {
      if (isShared) {
        values[known] = value;
        sharedRows[known++] = first.weights(input);
      } else {
        rows[own++] = first.weights(input);
      }
    }
  }

  /** Whether the bottom MLP's output is shared. */
  boolean wholeDense() {
    return wholeDense;
  }

  /** Fields whose vectors a candidate adds itself. */
  int[] ownFields() {
    return ownFields;
  }

  /**
   * All dense values of a candidate.
   *
   * @param merged memory for them if some are shared
   */
  float[] dense(ClickEvent candidate, float[] merged) {
    if (ownDense.length == dense.length) {
      return candidate.dense();
    }
    System.arraycopy(dense, 0, merged, 0, dense.length);
    for (int d : ownDense) {
      merged[d] = candidate.dense()[d];
    }
    return merged;
  }

  /** Writes the shared vectors to each of {@code n} candidates, and 0 to their own. */
  void begin(float[][] v, int n) {
    for (int e = 0; e < n; e++) {
      System.arraycopy(vectors, 0, v[e], 0, vectors.length);
    }
  }

  /**
   * Computes what candidates add to the first layer.
   *
   * @param v all vectors of each candidate
   * @param inputs memory for the inputs of each candidate
   * @param y receives the first layer's outputs of each candidate
   */
  void firstLayer(float[][] v, int n, float[][] inputs, float[][] y) {
    int copied = wholeDense ? 0 : dim;
    for (int e = 0; e < n; e++) {
      System.arraycopy(v[e], 0, inputs[e], 0, copied);
    }
    Kernels.current().products(v, n, products, inputs, copied);
    first.forward(inputs, n, start, rows, y);
  }
}
