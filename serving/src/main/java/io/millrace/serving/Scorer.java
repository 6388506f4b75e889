package io.millrace.serving;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.linear.LinearWeights;
import io.millrace.snapshot.LoadedModel;
import java.util.List;
import java.util.Optional;

/**
 * Scores events with a published model, in plain Java.
 *
 * <p>All arithmetic is float32. Sums start with the bias and follow the order of the inputs, so an
 * event's prediction does not depend on its batch. It differs from the trainer's by at most 1e-6.
 * Ids without a row contribute the zero vector. Thread-safe: each call has its own buffers.
 */
public final class Scorer {

  private final LoadedModel loaded;
  private final Optional<NetworkScorer> network;

  /** Prepares a model; copies the weights of its MLPs. */
  public Scorer(LoadedModel loaded) {
    this.loaded = loaded;
    int denseColumns = loaded.model().schema().dense().size();
    this.network = loaded.model().network().map(part -> new NetworkScorer(part, denseColumns));
  }

  /** The model that scores. */
  public LoadedModel model() {
    return loaded;
  }

  /** Predicted click probability of one event, in [0, 1]; its label is ignored. */
  public float score(ClickEvent event) {
    float[] p = new float[1];
    score(List.of(event), p);
    return p[0];
  }

  /**
   * Scores events.
   *
   * @param events decoded with the model's schema
   * @param p receives the predictions, in the order of the events
   */
  public void score(List<ClickEvent> events, float[] p) {
    float[] logits = new float[events.size()];
    network.ifPresent(part -> part.logits(events, logits));
    loaded.model().linear().ifPresent(part -> addLinear(part, events, logits));
    for (int e = 0; e < logits.length; e++) {
      p[e] = ClickModel.sigmoid(logits[e]);
    }
  }

  private static void addLinear(LinearWeights linear, List<ClickEvent> events, float[] logits) {
    LinearWeights.Sum sum = linear.new Sum();
    for (int e = 0; e < logits.length; e++) {
      logits[e] += sum.of(events.get(e));
    }
  }
}
