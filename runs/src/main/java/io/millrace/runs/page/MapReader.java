package io.millrace.runs.page;

import io.millrace.hash.MapVersion;
import io.millrace.runs.MapFolder;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Reads maps of a run, and caches those used last, up to a number of ids in all. */
final class MapReader {

  /** Most ids in the cache; with 20 bytes an id, 80 MB. */
  private static final int MOST_IDS = 4_000_000;

  private final MapFolder folder;
  private final Map<Key, MapVersion> kept = new LinkedHashMap<>(16, .75f, true);

  private record Key(String spec, String field, long windowEnd) {}

  MapReader(MapFolder folder) {
    this.folder = folder;
  }

  /** The folder that maps are read from. */
  MapFolder folder() {
    return folder;
  }

  /** The map of a window; empty if it has none, or it has just been deleted. */
  Optional<MapVersion> read(String spec, String field, long windowEnd) throws IOException {
    Key key = new Key(spec, field, windowEnd);
    MapVersion map = kept.get(key);
    if (map == null) {
      map = folder.find(spec, field, windowEnd).orElse(null);
      if (map == null) {
        return Optional.empty();
      }
      kept.put(key, map);
      makeRoom();
    }
    return Optional.of(map);
  }

  private void makeRoom() {
    long ids = kept.values().stream().mapToLong(MapVersion::size).sum();
    var oldest = kept.values().iterator();
    while (ids > MOST_IDS && kept.size() > 1) {
      ids -= oldest.next().size();
      oldest.remove();
    }
  }
}
