package io.millrace.serving;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.event.Reject;
import io.millrace.linear.LinearWeights;
import io.millrace.snapshot.LoadedModel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Scores events with a published model, in Java alone. With the flag {@code --add-modules
 * jdk.incubator.vector} it uses vector instructions, which give equal predictions sooner.
 *
 * <p>All arithmetic is float32. Sums start with the bias and follow the order of the inputs, each
 * term added with {@link Math#fma}, so an event's prediction does not depend on its batch. It
 * differs from the trainer's by at most 1e-6. Ids without a row contribute the zero vector.
 *
 * <p>Candidates of one user share columns. {@link #prepare} computes what depends on these alone
 * once for all candidates, as the engine of Outbrain does (arXiv 2407.10115, section 4). A
 * candidate's prediction then does not depend on the other candidates, and differs by at most 1e-6
 * from that for the whole event.
 *
 * <p>Thread-safe.
 */
public final class Scorer {

  /** The fault of an event whose values are so large that its prediction is not finite. */
  public static final Reject NO_PREDICTION =
      new Reject(
          Reject.Reason.NOT_FINITE,
          "the prediction must be finite but is not; values of the event are too large for the"
              + " model");

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
    int n = events.size();
    Arrays.fill(p, 0, n, 0);
    network.ifPresent(part -> part.logits(events, p));
    if (loaded.model().linear().isPresent()) {
      LinearWeights.Sum sum = loaded.model().linear().get().new Sum();
      for (int e = 0; e < n; e++) {
        p[e] += sum.of(events.get(e));
      }
    }
    toProbabilities(p, n);
  }

  private static void toProbabilities(float[] logits, int n) {
    for (int e = 0; e < n; e++) {
      logits[e] = ClickModel.sigmoid(logits[e]);
    }
  }

  /**
   * Computes what candidates share.
   *
   * @param context an event with the values of the shared columns; its others are not read
   * @param columns the columns that all candidates take from the context
   */
  public Prepared prepare(ClickEvent context, SharedColumns columns) {
    return new Prepared(context, columns);
  }

  /** Scores candidates that share a context. Thread-safe. */
  public final class Prepared {

    private final Optional<SharedPart> shared;
    private final Optional<LinearWeights.Shared> linear;

    private Prepared(ClickEvent context, SharedColumns columns) {
      this.shared = network.map(part -> part.share(context, columns));
      this.linear =
          loaded
              .model()
              .linear()
              .map(part -> part.new Shared(context, columns.fields(), columns.dense()));
    }

    /**
     * Scores candidates.
     *
     * @param candidates events, of which only the columns that are not shared are read
     * @param p receives the predictions, in the order of the candidates
     */
    public void score(List<ClickEvent> candidates, float[] p) {
      int n = candidates.size();
      Arrays.fill(p, 0, n, 0);
      network.ifPresent(part -> part.logits(shared.orElseThrow(), candidates, p));
      linear.ifPresent(part -> part.add(candidates, p));
      toProbabilities(p, n);
    }
  }
}
