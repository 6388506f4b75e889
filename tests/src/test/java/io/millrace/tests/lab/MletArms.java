package io.millrace.tests.lab;

import java.util.ArrayList;
import java.util.List;

/** The arms of the figures of MLET: single layers at several rates, and factorised ones. */
final class MletArms {

  static final List<Integer> DIMS = List.of(4, 8, 16, 32, 64);
  static final int WIDEST = 128;

  private MletArms() {}

  static String single(int d, double rate) {
    return Figures.text("single-d%d-lr%s", d, rate);
  }

  /**
   * Name of a factorised arm.
   *
   * @param form {@code dense} for the default, {@code table} for the paper's form
   */
  static String factorised(String form, int d, int k, double rate) {
    return Figures.text("%s-d%d-k%d-lr%s", form, d, k, rate);
  }

  /** Inner dimensions from d to {@link #WIDEST}, each twice the one before. */
  static List<Integer> inner(int d) {
    List<Integer> inner = new ArrayList<>();
    for (int k = d; k <= WIDEST; k *= 2) {
      inner.add(k);
    }
    return inner;
  }

  /**
   * The arms.
   *
   * @param rates of the single layer's rows
   * @param factorisedRates of factorised rows; the default form has the first one only
   */
  static List<String> of(List<Integer> dims, List<Double> rates, List<Double> factorisedRates) {
    List<String> arms = new ArrayList<>();
    for (int d : dims) {
      for (double rate : rates) {
        arms.add(
            Figures.text(
                "name: %s, hash: full, student: {dim: %d, table: {lr: %s}}",
                single(d, rate), d, rate));
      }
      for (int k : inner(d)) {
        double first = factorisedRates.get(0);
        arms.add(
            Figures.text(
                "name: %s, hash: full, table: mlet,"
                    + " student: {dim: %d, mlet_k: %d, table: {lr: %s}}",
                factorised("dense", d, k, first), d, k, first));
        for (double rate : factorisedRates) {
          arms.add(
              Figures.text(
                  "name: %s, hash: full, table: mlet,"
                      + " student: {dim: %d, mlet_k: %d, mlet_shared: table, table: {lr: %s}}",
                  factorised("table", d, k, rate), d, k, rate));
        }
      }
    }
    return arms;
  }
}
