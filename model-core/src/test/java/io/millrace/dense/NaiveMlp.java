package io.millrace.dense;

/** The slow and obvious MLP in double precision that engines are compared with. */
public final class NaiveMlp {
  private final MlpSpec spec;

  /** As {@link DenseNet#parameters}; may be changed. */
  public final double[][] parameters;

  /** Gradients of the last {@link #backward}, shaped as {@link #parameters}. */
  final double[][] gradients;

  private double[][] activations;

  public NaiveMlp(MlpSpec spec, float[][] parameters) {
    this.spec = spec;
    this.parameters = new double[parameters.length][];
    this.gradients = new double[parameters.length][];
    for (int t = 0; t < parameters.length; t++) {
      this.parameters[t] = toDouble(parameters[t]);
      this.gradients[t] = new double[parameters[t].length];
    }
  }

  public double[] forward(double[] x, int batch) {
    activations = new double[spec.layers() + 1][];
    activations[0] = x;
    for (int l = 0; l < spec.layers(); l++) {
      int in = spec.sizes().get(l);
      int out = spec.sizes().get(l + 1);
      activations[l + 1] = new double[batch * out];
      for (int i = 0; i < batch; i++) {
        for (int o = 0; o < out; o++) {
          double z = parameters[2 * l + 1][o];
          for (int k = 0; k < in; k++) {
            z += activations[l][i * in + k] * parameters[2 * l][o * in + k];
          }
          activations[l + 1][i * out + o] = relu(l) ? Math.max(z, 0) : z;
        }
      }
    }
    return activations[spec.layers()];
  }

  double[] backward(double[] dy, int batch) {
    double[] delta = dy.clone();
    for (int l = spec.layers() - 1; l >= 0; l--) {
      int in = spec.sizes().get(l);
      int out = spec.sizes().get(l + 1);
      double[] dw = new double[out * in];
      double[] db = new double[out];
      double[] dx = new double[batch * in];
      for (int i = 0; i < batch; i++) {
        for (int o = 0; o < out; o++) {
          double d = relu(l) && activations[l + 1][i * out + o] <= 0 ? 0 : delta[i * out + o];
          db[o] += d;
          for (int k = 0; k < in; k++) {
            dw[o * in + k] += d * activations[l][i * in + k];
            dx[i * in + k] += d * parameters[2 * l][o * in + k];
          }
        }
      }
      gradients[2 * l] = dw;
      gradients[2 * l + 1] = db;
      delta = dx;
    }
    return delta;
  }

  private boolean relu(int layer) {
    return layer < spec.layers() - 1 || spec.reluLast();
  }

  public static double[] toDouble(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }
}
