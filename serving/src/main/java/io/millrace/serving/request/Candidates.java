package io.millrace.serving.request;

import java.util.List;

/**
 * The candidates of a request, as they were read.
 *
 * @param items in the order of the request
 * @param contextFrom first byte of the context's JSON object in the body; -1 without a context
 * @param contextTo first byte after it
 */
public record Candidates(List<Item> items, int contextFrom, int contextTo) {

  /** Candidates without a context. */
  public static Candidates of(List<Item> items) {
    return new Candidates(items, -1, -1);
  }
}
