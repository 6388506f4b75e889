package io.millrace.snapshot;

import io.millrace.format.FileFormat;
import io.millrace.metric.Metrics;
import java.util.List;

/**
 * What a trainer records about a model that it publishes.
 *
 * @param arm name of the student; names the model's folder
 * @param seed root seed of its initial values
 * @param modelVersion number of the version, from 1, growing within an arm
 * @param firstEventTime time of the oldest event learned from, ms since the epoch; {@code
 *     Long.MAX_VALUE} if there was none
 * @param lastEventTime time of the newest event learned from, ms; {@code Long.MIN_VALUE} if none
 * @param eventsLearned events learned from
 * @param window the last closed window before publishing, or null before the first
 * @param maps the maps that the model was trained with, one for each field that has a map
 * @param eventFormat form of the job's event files, or null if the job does not name one
 */
public record Origin(
    String arm,
    long seed,
    long modelVersion,
    long firstEventTime,
    long lastEventTime,
    long eventsLearned,
    ClosedWindow window,
    List<MapId> maps,
    FileFormat eventFormat) {

  /**
   * Metrics of one window; each event was predicted before it was learned from.
   *
   * @param start first ms of the window
   * @param end first ms after it
   * @param metrics over all buckets
   */
  public record ClosedWindow(long start, long end, Metrics metrics) {}

  /**
   * A version of a map.
   *
   * @param field name of its field
   * @param version the map's number
   * @param checksum checksum of its content
   */
  public record MapId(String field, int version, long checksum) {}

  public Origin {
    if (!arm.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw new IllegalArgumentException(
          "arm must be 1 to 64 letters, digits, '.', '_' or '-' but was '" + arm + "'");
    }
    if (modelVersion < 1) {
      throw new IllegalArgumentException("model_version must be >= 1 but was " + modelVersion);
    }
    maps = List.copyOf(maps);
  }

  /** The largest map version in use, 0 without maps; predictions carry it. */
  public int mapVersion() {
    return maps.stream().mapToInt(MapId::version).max().orElse(0);
  }
}
