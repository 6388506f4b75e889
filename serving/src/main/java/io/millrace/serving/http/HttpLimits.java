package io.millrace.serving.http;

import java.time.Duration;

/**
 * What clients of a {@link ScoringServer} may take of it.
 *
 * @param bodyBytes longest body of a request, after decompression
 * @param smallBytes longest body or answer that counts as small; large ones that wait for clients
 *     do not stand in their way
 * @param answerBytes longest answer with predictions
 * @param answerRate least bytes a second at which a client must read an answer, besides the time
 *     for a body; then its connection is closed
 * @param heldBytes what all requests in progress may hold together, see {@link HeldBytes}; further
 *     requests get status 503
 * @param connections most connections at a time; a further one closes another
 * @param queue most requests that wait for a thread to score them; further ones get status 503
 * @param candidates most candidates of a request to {@code /v1/score}
 * @param headers longest time from the first byte of a request to the end of its headers; then its
 *     connection is closed
 * @param body longest time from the headers of a request to the end of its body; then status 408
 * @param idle longest time without a byte on a connection, which is then closed
 */
record HttpLimits(
    int bodyBytes,
    int smallBytes,
    int answerBytes,
    int answerRate,
    int heldBytes,
    int connections,
    int queue,
    int candidates,
    Duration headers,
    Duration body,
    Duration idle) {

  private static final int MIB = 1 << 20;

  /** What is made from a body to score it takes up to so many times its bytes. */
  static final int EXPANSION = 4;

  /**
   * The limits for a heap: requests in progress may take three eighths of it. The longest body fits
   * with what is made from it; the longest body and answer fit into the quarters of what waits for
   * clients.
   *
   * @param heap most bytes of the heap
   */
  static HttpLimits forHeap(long heap) {
    return new HttpLimits(
        (int) Math.min(16 * MIB, heap / 16),
        MIB / 16,
        (int) Math.min(64 * MIB, heap / 16),
        MIB,
        (int) Math.min(256 * MIB, heap / 8 * 3),
        1_024,
        512,
        10_000,
        Duration.ofSeconds(10),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60));
  }
}
