package io.millrace.serving;

import java.time.Duration;

/**
 * What clients of a {@link ScoringServer} may take of it.
 *
 * @param bodyBytes longest body of a request
 * @param heldBytes longest bodies of all requests in progress together; further requests get status
 *     503
 * @param connections most connections at a time; a further one closes that which has been without
 *     traffic for longest
 * @param body longest time from the headers of a request to the end of its body; then status 408
 * @param idle longest time without a byte on a connection, which is then closed
 */
record HttpLimits(int bodyBytes, int heldBytes, int connections, Duration body, Duration idle) {

  static final HttpLimits DEFAULT =
      new HttpLimits(16 << 20, 128 << 20, 1_024, Duration.ofSeconds(10), Duration.ofSeconds(60));
}
