package io.millrace.table;

import java.util.Locale;

/**
 * The combination of the rows of one id to its vector of length {@code d}. With {@code r_0 ..
 * r_{H-1}} its rows in the {@code H} internal tables:
 *
 * <pre>
 * SUM      v = r_0 + ... + r_{H-1}              rows of length d
 * MULT     v = r_0 * ... * r_{H-1}, by element  rows of length d
 * CONCAT   v = (r_0, ..., r_{H-1})              rows of length d / H
 * </pre>
 *
 * Gradients: a row gets the vector's gradient {@code g} with SUM, {@code g} times the other rows
 * with MULT, and its slice of {@code g} with CONCAT ("Learning to Collide"; Shi et al. 2020 for the
 * three of them).
 */
public enum Combine {
  SUM,
  MULT,
  CONCAT;

  /** The name in job files and manifests. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Floats of a row.
   *
   * @param dim length of an id's vector
   * @param lookups rows per id
   * @throws IllegalArgumentException if CONCAT cannot split {@code dim} into equal slices
   */
  public int rowLength(int dim, int lookups) {
    if (this != CONCAT) {
      return dim;
    }
    if (dim % lookups != 0) {
      throw new IllegalArgumentException(
          "dim must be a multiple of the " + lookups + " rows that are joined but was " + dim);
    }
    return dim / lookups;
  }

  /**
   * Adds an id's vector.
   *
   * @param rows row-major rows of {@code length} floats
   * @param found the id's rows, the first {@code n} of them; for MULT and CONCAT all {@code H}
   * @param out the vector is added to {@code out[to ..]}
   */
  public void add(float[] rows, int length, int[] found, int n, float[] out, int to) {
    if (this == MULT) {
      addProduct(rows, length, found, n, out, to);
      return;
    }
    int step = this == CONCAT ? length : 0;
    for (int h = 0; h < n; h++) {
      int from = found[h] * length;
      int at = to + h * step;
      for (int j = 0; j < length; j++) {
        out[at + j] += rows[from + j];
      }
    }
  }

  /** The same for rows as a server stores them. */
  public void add(StoredRows rows, int[] found, int n, float[] out, int to) {
    if (this == MULT) {
      addProduct(rows, found, n, out, to);
      return;
    }
    int step = this == CONCAT ? rows.length() : 0;
    for (int h = 0; h < n; h++) {
      rows.add(found[h], out, to + h * step);
    }
  }

  private static void addProduct(StoredRows rows, int[] found, int n, float[] out, int to) {
    int length = rows.length();
    float[] factors = new float[n * length];
    int[] all = new int[n];
    for (int h = 0; h < n; h++) {
      rows.add(found[h], factors, h * length);
      all[h] = h;
    }
    addProduct(factors, length, all, n, out, to);
  }

  private static void addProduct(
      float[] rows, int length, int[] found, int n, float[] out, int to) {
    for (int j = 0; j < length; j++) {
      float product = rows[found[0] * length + j];
      for (int h = 1; h < n; h++) {
        product *= rows[found[h] * length + j];
      }
      out[to + j] += product;
    }
  }

  /**
   * Gradients of one id's rows.
   *
   * @param rows the id's {@code n} rows one after the other from {@code at} on, of {@code length}
   *     floats
   * @param g gradient with respect to the vector, {@code g[from ..]}
   * @param rowGrads receives the gradients, in the order and at the positions of the rows
   */
  void backward(float[] rows, int at, int length, int n, float[] g, int from, float[] rowGrads) {
    int step = this == CONCAT ? length : 0;
    for (int h = 0; h < n; h++) {
      int to = at + h * length;
      System.arraycopy(g, from + h * step, rowGrads, to, length);
      for (int other = 0; this == MULT && other < n; other++) {
        for (int j = 0; other != h && j < length; j++) {
          rowGrads[to + j] *= rows[at + other * length + j];
        }
      }
    }
  }
}
