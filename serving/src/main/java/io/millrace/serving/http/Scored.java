package io.millrace.serving.http;

import io.millrace.serving.Scorer;
import io.millrace.serving.request.Candidates;
import io.millrace.serving.request.Item;
import it.unimi.dsi.fastutil.floats.FloatArrayList;
import java.util.ArrayList;
import java.util.List;

/** The events that were scored for one request, for the shadow arm and the sampled log. */
final class Scored {

  private final Scorer scorer;
  private final byte[] body;
  private final int contextFrom;
  private final int contextTo;
  private final List<Item> items = new ArrayList<>();
  private final FloatArrayList predictions = new FloatArrayList();

  /**
   * No event yet.
   *
   * @param scorer the version that scores
   * @param body the request
   * @param candidates says where the context is in it
   */
  Scored(Scorer scorer, byte[] body, Candidates candidates) {
    this.scorer = scorer;
    this.body = body;
    this.contextFrom = candidates.contextFrom();
    this.contextTo = candidates.contextTo();
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

  /** First byte of the context in the body, or -1. */
  int contextFrom() {
    return contextFrom;
  }

  int contextTo() {
    return contextTo;
  }

  /** The events, none with a fault. */
  List<Item> items() {
    return items;
  }

  /** The prediction of an event. */
  float prediction(int i) {
    return predictions.getFloat(i);
  }
}
