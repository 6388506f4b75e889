package io.millrace.serving.http;

import io.millrace.event.ClickEvent;
import io.millrace.serving.Scorer;
import java.util.List;
import java.util.Optional;

/**
 * The candidates of a request, as they were read.
 *
 * @param items in the order of the request
 * @param context what the candidates share
 */
record Candidates(List<Item> items, Optional<Context> context) {

  /** Candidates without a context. */
  static Candidates of(List<Item> items) {
    return new Candidates(items, Optional.empty());
  }

  /**
   * Predictions for some of the candidates, in the context. What the context determines is computed
   * once.
   */
  float[] score(Scorer scorer, List<ClickEvent> some) {
    float[] p = new float[some.size()];
    if (context.isPresent()) {
      scorer.prepare(context.get().event(), context.get().columns()).score(some, p);
    } else {
      scorer.score(some, p);
    }
    return p;
  }
}
