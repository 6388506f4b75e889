package io.millrace.serving.http;

import io.millrace.event.ClickEvent;
import io.millrace.serving.Scorer;
import io.millrace.serving.request.Candidates;
import io.millrace.serving.request.Context;
import io.millrace.serving.request.Item;
import it.unimi.dsi.fastutil.floats.FloatArrayList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The events that were scored for one request, for the shadow arm and the sampled log. */
final class Scored {

  private final Scorer scorer;
  private final byte[] body;
  private final Candidates candidates;
  private final List<Item> items = new ArrayList<>();
  private final FloatArrayList predictions = new FloatArrayList();

  /**
   * No event yet.
   *
   * @param scorer the version that scores
   * @param body the request
   * @param candidates what was read from it
   */
  Scored(Scorer scorer, byte[] body, Candidates candidates) {
    this.scorer = scorer;
    this.body = body;
    this.candidates = candidates;
  }

  /** Adds an event. */
  void add(Item item, float prediction) {
    items.add(item);
    predictions.add(prediction);
  }

  Scorer scorer() {
    return scorer;
  }

  byte[] body() {
    return body;
  }

  /** What all events share. */
  Optional<Context> context() {
    return candidates.context();
  }

  /** The events, none with a fault. */
  List<Item> items() {
    return items;
  }

  /** Predictions of another model of the same columns for the events, in their order. */
  float[] predictions(Scorer other) {
    return score(other, candidates.context(), items.stream().map(Item::event).toList());
  }

  /** Predictions for candidates. What their context determines is computed once. */
  static float[] score(Scorer scorer, Optional<Context> context, List<ClickEvent> events) {
    float[] p = new float[events.size()];
    if (context.isPresent()) {
      scorer.prepare(context.get().event(), context.get().columns()).score(events, p);
    } else {
      scorer.score(events, p);
    }
    return p;
  }

  /** The prediction of an event. */
  float prediction(int i) {
    return predictions.getFloat(i);
  }
}
