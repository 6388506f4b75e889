package io.millrace.serving;

/**
 * Which inner products of the vectors of an event are computed.
 *
 * <pre>
 * v_0 ... v_{n-1}                       vectors
 * v_1.v_0, v_2.v_0, v_2.v_1, v_3.v_0    all products, in this order
 * </pre>
 *
 * @param vectors number of vectors of an event
 * @param dim floats of a vector
 * @param chosen numbers of the products that are computed, ascending
 * @param left where the first vector of each begins
 * @param right where the second vector of each begins
 */
@SuppressWarnings("ArrayRecordComponent") // read in loops
record Products(int vectors, int dim, int[] chosen, int[] left, int[] right) {

  /** Number of all products of so many vectors. */
  static int all(int vectors) {
    return vectors * (vectors - 1) / 2;
  }

  /** Floats that any choice of products may overwrite. */
  static int room(int vectors) {
    return all(vectors) + Kernel.LANES;
  }

  boolean isAll() {
    return chosen.length == all(vectors);
  }
}
