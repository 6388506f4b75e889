package io.millrace.runs.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.millrace.runs.MapFolder;
import java.io.IOException;

/** From when on students wait for maps no longer, as the job has decided once and for all. */
final class LiveFrom {

  private static final long PAUSE_MS = 5_000;

  private final MapFolder maps;
  private JsonNode end = NullNode.instance;
  private long lookedAt = Long.MIN_VALUE;

  LiveFrom(MapFolder maps) {
    this.maps = maps;
  }

  /**
   * The end of the first sub-window whose maps are not waited for, ms; null until there is one.
   *
   * @param now wall clock, ms; the maps, which may be in a store, are asked each five seconds
   */
  synchronized JsonNode json(long now) throws IOException {
    if (end.isNull() && (lookedAt == Long.MIN_VALUE || now - lookedAt >= PAUSE_MS)) {
      lookedAt = now;
      maps.live().ifPresent(found -> end = LongNode.valueOf(found));
    }
    return end;
  }
}
