package io.millrace.dlrm;

import io.millrace.event.ClickEvent;
import io.millrace.linear.LinearPart;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Predicts clicks and learns from them: a network, a linear part, or both, whose logits are added.
 *
 * <pre>
 *  z = network + linear part      p = 1 / (1 + exp(-z))
 *
 *  loss = -1/B sum_b [ y_b ln p_b + (1 - y_b) ln(1 - p_b) ]       dz_b = p_b - y_b
 * </pre>
 *
 * <p>Both parts learn from the same gradient: the network from its mean over the batch, the linear
 * part event by event (docs/algorithms.md, section 2.1). One batch at a time, one thread at a time.
 */
public final class ClickModel implements AutoCloseable {

  private final Dlrm network;
  private final LinearPart linear;
  private float[] logits = {};
  private float[] gradients = {};
  private double outputVariance = Double.NaN;

  /**
   * A model of the given parts, which it owns from now on.
   *
   * @param network null for none
   * @param linear null for none
   * @throws IllegalArgumentException if there is neither
   */
  public ClickModel(Dlrm network, LinearPart linear) {
    if (network == null && linear == null) {
      throw new IllegalArgumentException("a model must have a network or a linear part");
    }
    this.network = network;
    this.linear = linear;
  }

  /** Its network. */
  public Optional<Dlrm> network() {
    return Optional.ofNullable(network);
  }

  /** Its linear part. */
  public Optional<LinearPart> linear() {
    return Optional.ofNullable(linear);
  }

  /** The tables of the network's fields in schema order; empty without a network. */
  public List<FieldTable> fields() {
    return network == null ? List.of() : network.fields();
  }

  /**
   * Predicts a batch before learning from it: new ids get rows.
   *
   * @param batch at least one event
   * @param p receives the click probabilities, {@code float[batch]}
   */
  public void predict(List<ClickEvent> batch, float[] p) {
    ensure(batch.size());
    if (network != null) {
      network.predict(batch, logits);
    }
    probabilities(batch, p);
  }

  /** Predicts without changing anything: ids without a row contribute nothing. */
  public void score(List<ClickEvent> batch, float[] p) {
    ensure(batch.size());
    if (network != null) {
      network.score(batch, logits);
    }
    probabilities(batch, p);
  }

  private void probabilities(List<ClickEvent> batch, float[] p) {
    int n = batch.size();
    if (network == null) {
      Arrays.fill(logits, 0, n, 0);
    } else {
      outputVariance = variance(logits, n);
    }
    if (linear != null) {
      linear.forward(batch, logits);
    }
    for (int b = 0; b < n; b++) {
      p[b] = sigmoid(logits[b]);
    }
  }

  /** Exactly 0 if all values are equal. */
  private static double variance(float[] values, int n) {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double d = (double) values[i] - values[0];
      sum += d;
      squares += d * d;
    }
    return (squares - sum * sum / n) / n;
  }

  /**
   * Variance of the network's own logits over the last batch predicted; 0 if they are all equal, as
   * those of a network whose units are all inactive; NaN without a network.
   */
  public double outputVariance() {
    return outputVariance;
  }

  /**
   * Log loss of the last {@link #predict}, summed over its batch, nats; computed from the logits,
   * so that it still grows where the probability is rounded to 0 or 1.
   */
  public double loss(List<ClickEvent> batch) {
    double sum = 0;
    for (int b = 0; b < batch.size(); b++) {
      double z = batch.get(b).label() > 0 ? -logits[b] : logits[b];
      sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    }
    return sum;
  }

  /**
   * Learns from the batch of the last {@link #predict}; the network from the mean gradient.
   *
   * @param batch the same events, labelled
   * @param p the predictions it gave
   */
  public void learn(List<ClickEvent> batch, float[] p) {
    learn(batch, p, batch.size());
  }

  /**
   * The same, where the network learns from the sum of the gradients by {@code divisor}.
   *
   * @param divisor at least 1
   */
  public void learn(List<ClickEvent> batch, float[] p, int divisor) {
    int n = batch.size();
    if (linear != null) {
      for (int b = 0; b < n; b++) {
        gradients[b] = p[b] - batch.get(b).label();
      }
      linear.learn(gradients, n);
    }
    if (network != null) {
      for (int b = 0; b < n; b++) {
        gradients[b] = (p[b] - batch.get(b).label()) / divisor;
      }
      network.learn(gradients, n);
    }
  }

  private void ensure(int n) {
    if (logits.length < n) {
      logits = new float[n];
      gradients = new float[n];
    }
  }

  /** The logistic function, without overflow. */
  public static float sigmoid(float z) {
    return (float) (1 / (1 + StrictMath.exp(-z)));
  }

  /** Bytes a server needs for the network's MLPs. */
  public long mlpBytes() {
    return network == null ? 0 : network.mlpBytes();
  }

  /** Bytes a server needs for the linear part. */
  public long linearBytes() {
    return linear == null ? 0 : linear.servingBytes();
  }

  /** Bytes held while training: parameters, indexes, optimiser state. */
  public long trainingBytes() {
    return (network == null ? 0 : network.trainingBytes())
        + (linear == null ? 0 : linear.trainingBytes());
  }

  /**
   * Writes all state that {@link #readState} needs to continue with equal bits, except the hashes,
   * which the owner stores: first the network, then the linear part.
   */
  public void writeState(DataOutput out) throws IOException {
    if (network != null) {
      network.writeState(out);
    }
    if (linear != null) {
      linear.writeState(out);
    }
  }

  /** Reads what {@link #writeState} wrote for a model of the same parts and shapes. */
  public void readState(DataInput in) throws IOException {
    if (network != null) {
      network.readState(in);
    }
    if (linear != null) {
      linear.readState(in);
    }
  }

  @Override
  public void close() {
    if (network != null) {
      network.close();
    }
  }
}
