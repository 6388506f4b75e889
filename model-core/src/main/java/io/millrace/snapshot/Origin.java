package io.millrace.snapshot;

import io.millrace.format.FileFormat;
import io.millrace.metric.Metrics;
import java.util.List;
import java.util.Optional;

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
 * @param updates where the updates of this version are; empty if there are none
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
    FileFormat eventFormat,
    Optional<UpdatesAt> updates) {

  /**
   * Where a version stands among the updates of its student.
   *
   * @param topic Kafka's topic of updates
   * @param partition its partition, at least 0
   * @param epoch the student's unbroken run, see {@link UpdateHeader}
   * @param interval the last one that the version holds, at least 0
   */
  public record UpdatesAt(String topic, int partition, long epoch, long interval) {
    public UpdatesAt {
      if (partition < 0 || epoch < 1 || interval < 0) {
        throw new IllegalArgumentException(
            "updates must have partition >= 0, epoch >= 1 and interval >= 0 but had %d, %d and %d"
                .formatted(partition, epoch, interval));
      }
    }
  }

  /** What is recorded about a model without updates. */
  public Origin(
      String arm,
      long seed,
      long modelVersion,
      long firstEventTime,
      long lastEventTime,
      long eventsLearned,
      ClosedWindow window,
      List<MapId> maps,
      FileFormat eventFormat) {
    this(
        arm,
        seed,
        modelVersion,
        firstEventTime,
        lastEventTime,
        eventsLearned,
        window,
        maps,
        eventFormat,
        Optional.empty());
  }

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
