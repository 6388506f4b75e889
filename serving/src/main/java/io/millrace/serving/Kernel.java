package io.millrace.serving;

/**
 * The loops that take most time when a network scores. Every implementation gives equal bits: each
 * result is a sum in the order of the inputs, each term added with {@link Math#fma}. So a
 * prediction depends neither on the implementation nor on the events beside it. Thread-safe.
 */
interface Kernel {

  /** Outputs of a layer are stored in a multiple of so many floats. */
  int LANES = 32;

  /**
   * Computes a layer, {@code y = start + x_0 rows_0 + x_1 rows_1 + ...}, for each event.
   *
   * @param x a row of inputs for each event, at least as many as there are {@code rows}
   * @param n number of events
   * @param start the outputs without these inputs, {@code float[outputs]}; its length is a multiple
   *     of {@value #LANES}
   * @param rows the weights of each input, {@code float[outputs]}
   * @param relu whether negative outputs become 0
   * @param y receives a row of outputs for each event
   */
  void layer(float[][] x, int n, float[] start, float[][] rows, boolean relu, float[][] y);

  /**
   * Computes inner products of the vectors of each event.
   *
   * @param v all vectors of each event
   * @param n number of events
   * @param x receives the products of each event from {@code x[e][to]} on, and may be overwritten
   *     up to {@link Products#room} floats after it
   */
  void products(float[][] v, int n, Products products, float[][] x, int to);
}
