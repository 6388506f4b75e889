package io.millrace.serving.http;

import java.time.Duration;

/**
 * What clients of a {@link ScoringServer} may take of it.
 *
 * @param bodyBytes longest body of a request, after decompression
 * @param answerBytes longest answer to a list of events at {@code /score}
 * @param heldBytes longest bodies and answers of all requests in progress together; further
 *     requests get status 503
 * @param connections most connections at a time; a further one closes that which has been without
 *     traffic for longest
 * @param queue most requests that wait for a thread to score them; further ones get status 503
 * @param candidates most candidates of a request to {@code /v1/score}
 * @param body longest time from the headers of a request to the end of its body; then status 408
 * @param idle longest time without a byte on a connection, which is then closed
 */
record HttpLimits(
    int bodyBytes,
    int answerBytes,
    int heldBytes,
    int connections,
    int queue,
    int candidates,
    Duration body,
    Duration idle) {

  private static final int MIB = 1 << 20;

  /**
   * The limits for a heap: requests in progress may take a quarter of it.
   *
   * @param heap most bytes of the heap
   */
  static HttpLimits forHeap(long heap) {
    return new HttpLimits(
        (int) Math.min(16 * MIB, heap / 8),
        (int) Math.min(64 * MIB, heap / 16),
        (int) Math.min(128 * MIB, heap / 4),
        1_024,
        512,
        10_000,
        Duration.ofSeconds(10),
        Duration.ofSeconds(60));
  }
}
