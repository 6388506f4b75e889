package io.millrace.generator;

import io.millrace.random.Gaussian;
import io.millrace.random.Seeds;
import java.util.SplittableRandom;

/**
 * The true model: {@code logit = bias + w·dense + Σ_f m_f·z_f + Σ_{f<g} z_f' A_fg z_g}, fixed for
 * the whole stream.
 */
final class LabelModel {

  private final int fields;
  private final int dim;
  private final double bias;
  private final double[] denseWeight;

  /** {@code double[fields * dim]}, row-major. */
  private final double[] main;

  /** {@code double[pairs * dim * dim]}: pairs (0,1), (0,2), …, (1,2), …, each row-major. */
  private final double[] pair;

  LabelModel(GeneratorOptions options, long seed) {
    GeneratorOptions.Labels labels = options.labels();
    SplittableRandom random = Seeds.generator(seed, "generator/labels", 0);
    fields = options.fields().size();
    dim = options.taste().dim();
    bias = labels.bias();
    main = normal(random, fields * dim, labels.mainEffect());
    pair = normal(random, fields * (fields - 1) / 2 * dim * dim, labels.pairEffect());
    denseWeight = normal(random, labels.dense(), labels.denseWeight());
  }

  /**
   * The probability of a click.
   *
   * @param dense {@code float[dense columns]}
   * @param z tastes, {@code double[fields * dim]}, row-major
   */
  double probability(float[] dense, double[] z) {
    double logit = bias + mainEffects(dense, z);
    int at = 0;
    for (int f = 0; f < fields; f++) {
      for (int g = f + 1; g < fields; g++) {
        logit += interaction(z, f * dim, g * dim, at);
        at += dim * dim;
      }
    }
    return 1 / (1 + StrictMath.exp(-logit));
  }

  private double mainEffects(float[] dense, double[] z) {
    double sum = 0;
    for (int d = 0; d < dense.length; d++) {
      sum += denseWeight[d] * dense[d];
    }
    for (int i = 0; i < z.length; i++) {
      sum += main[i] * z[i];
    }
    return sum;
  }

  private double interaction(double[] z, int left, int right, int at) {
    double sum = 0;
    for (int r = 0; r < dim; r++) {
      double row = 0;
      for (int c = 0; c < dim; c++) {
        row += pair[at + r * dim + c] * z[right + c];
      }
      sum += z[left + r] * row;
    }
    return sum;
  }

  private static double[] normal(SplittableRandom random, int n, double deviation) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = deviation * Gaussian.next(random);
    }
    return values;
  }
}
