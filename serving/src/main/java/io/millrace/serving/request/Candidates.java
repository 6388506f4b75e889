package io.millrace.serving.request;

import java.util.List;
import java.util.Optional;

/**
 * The candidates of a request, as they were read.
 *
 * @param items in the order of the request
 * @param context what the candidates share
 */
public record Candidates(List<Item> items, Optional<Context> context) {

  /** Candidates without a context. */
  public static Candidates of(List<Item> items) {
    return new Candidates(items, Optional.empty());
  }
}
