package io.millrace.serving;

import io.millrace.snapshot.RefusedException.Reason;
import java.util.Map;

/**
 * How many versions and updates of an arm were refused since the server's start.
 *
 * @param versions by reason; each version counts once
 * @param updates by reason; each update counts once
 */
public record Refusals(Map<Reason, Long> versions, Map<Reason, Long> updates) {
  public Refusals {
    versions = Map.copyOf(versions);
    updates = Map.copyOf(updates);
  }
}
