package io.millrace.serving;

import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.UpdateHeader;
import io.millrace.snapshot.UpdateRecord;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Decides which versions and updates of an arm become the served state, and in which order. It
 * holds numbers and the updates that wait, no model; it knows no files, no Kafka and no clock.
 *
 * <pre>
 * served (epoch e, interval k), an update of epoch f with interval i and previous p
 *   f older than the newest epoch known, or f = e and i &lt;= k     dropped
 *   f = e, p &lt;= k &lt; i, the same maps                             applied
 *   any other                                                    waits for a version
 * a version of epoch f and interval i
 *   f newer, or f = e and i &gt; k, or other maps                   loaded
 *   f = e and i &lt;= k                                             its name alone is taken over: values of updates
 *                                                                are absolute, so the state holds all that it has
 *   f older, or a lower number in the same epoch                 refused
 * a reset to a newer epoch, as of interval r                     the state stays until a version of that epoch
 *                                                                comes; {@link #back} if k &gt; r
 * </pre>
 *
 * <p>Updates that wait are bounded. Beyond the bound all are dropped, and the topic has to be read
 * again after the next version.
 */
final class UpdateTimeline {

  private final int mostWaiting;
  private final long mostBytes;
  private final TreeMap<Long, ModelUpdate> waiting = new TreeMap<>();
  private long waitingBytes;
  private Place served;
  private long epoch;
  private long refused;
  private boolean lost;

  /** The last interval of the served epoch that the student has not gone back behind. */
  private long valid = Long.MAX_VALUE;

  /**
   * A timeline without a served state.
   *
   * @param mostWaiting most updates that wait
   * @param mostBytes most bytes of their values
   */
  UpdateTimeline(int mostWaiting, long mostBytes) {
    this.mostWaiting = mostWaiting;
    this.mostBytes = mostBytes;
  }

  /**
   * Where a state stands.
   *
   * @param version number of the version
   * @param epoch the student's unbroken run, 0 for a version without updates
   * @param interval the last one that it holds
   * @param maps the maps it was trained with
   * @param mapVersion the largest version of them
   */
  record Place(long version, long epoch, long interval, List<Origin.MapId> maps, int mapVersion) {

    /** The place of a version as it was published. */
    static Place of(Manifest manifest) {
      Origin origin = manifest.origin();
      long epoch = origin.updates().map(Origin.UpdatesAt::epoch).orElse(0L);
      long interval = origin.updates().map(Origin.UpdatesAt::interval).orElse(0L);
      return new Place(origin.modelVersion(), epoch, interval, origin.maps(), origin.mapVersion());
    }

    private Place at(long newInterval) {
      return new Place(version, epoch, newInterval, maps, mapVersion);
    }
  }

  /**
   * What the student has gone back to.
   *
   * @param epoch the epoch that is served
   * @param interval its last interval that still counts
   */
  record Back(long epoch, long interval) {
    @Override
    public String toString() {
      return "interval " + interval + " of epoch " + epoch;
    }
  }

  /** What to do with a version. */
  enum Verdict {
    /** Load it; then call {@link #loaded}. */
    LOAD,
    /**
     * Its state is served already, or a newer one: its name is taken over, see {@link #renamed}.
     */
    RENAME,
    /** A newer epoch is known; a version of that is to come. */
    SKIP,
    /** It is older than what is served. */
    OLDER
  }

  /** What to do with a version that has been published. */
  Verdict decide(Place full) {
    if (served == null) {
      return Verdict.LOAD;
    }
    if (full.epoch == 0 || served.epoch == 0) {
      return full.version >= served.version ? Verdict.LOAD : Verdict.OLDER;
    }
    if (full.epoch != served.epoch) {
      return full.epoch < served.epoch
          ? Verdict.OLDER
          : full.epoch < epoch ? Verdict.SKIP : Verdict.LOAD;
    }
    if (full.version < served.version) {
      return Verdict.OLDER;
    }
    if (full.epoch < epoch) {
      return Verdict.SKIP;
    }
    boolean newer = full.interval > served.interval || !full.maps.equals(served.maps);
    return newer ? Verdict.LOAD : Verdict.RENAME;
  }

  /**
   * A version is served now.
   *
   * @return whether the topic must be read again, from before this version
   */
  boolean loaded(Place full) {
    boolean again =
        served == null
            || full.epoch == served.epoch && full.interval < served.interval
            || full.epoch == epoch && lost;
    if (full.epoch >= epoch) {
      lost = false;
    }
    begin(full.epoch);
    valid = served != null && served.epoch == full.epoch ? valid : Long.MAX_VALUE;
    served = full;
    refused = full.epoch == epoch && refused > full.interval ? refused : 0;
    return again;
  }

  /** The served state has the name of another version now. */
  void renamed(Place full) {
    served = full.at(served.interval);
  }

  /** Takes a record of the arm; {@link #next} then says what is due. */
  void take(UpdateRecord record) {
    if (record instanceof UpdateRecord.Reset reset) {
      if (served != null && served.epoch < reset.epoch()) {
        valid = Math.min(valid, reset.interval());
      }
      begin(reset.epoch());
    } else {
      take((ModelUpdate) record);
    }
  }

  private void take(ModelUpdate update) {
    UpdateHeader header = update.header();
    begin(header.epoch());
    boolean known = header.epoch() < epoch || isServed(header) || header.interval() == refused;
    if (known || lost || waiting.putIfAbsent(header.interval(), update) != null) {
      return;
    }
    waitingBytes += update.bytes();
    if (next().isEmpty() && (waiting.size() > mostWaiting || waitingBytes > mostBytes)) {
      forget();
      lost = true;
    }
  }

  private boolean isServed(UpdateHeader header) {
    return served != null && served.epoch == header.epoch() && header.interval() <= served.interval;
  }

  /** Leaves all epochs before {@code newer}. */
  private void begin(long newer) {
    if (newer > epoch) {
      epoch = newer;
      refused = 0;
      lost = false;
      forget();
    }
  }

  private void forget() {
    waiting.clear();
    waitingBytes = 0;
  }

  /** The topic is read again from before the served state: nothing waits, nothing is lost. */
  void reread() {
    forget();
    lost = false;
  }

  /** The update that must be applied next; empty if none is due. */
  Optional<ModelUpdate> next() {
    if (served == null || served.epoch != epoch) {
      return Optional.empty();
    }
    while (!waiting.isEmpty() && waiting.firstKey() <= served.interval) {
      remove(waiting.firstKey());
    }
    return Optional.ofNullable(waiting.firstEntry())
        .map(entry -> entry.getValue())
        .filter(update -> fits(update.header()));
  }

  private boolean fits(UpdateHeader header) {
    return header.previous() <= served.interval && header.mapVersion() == served.mapVersion;
  }

  private void remove(long interval) {
    waitingBytes -= waiting.remove(interval).bytes();
  }

  /** The update that was due is part of the served state now. */
  void applied(UpdateHeader header) {
    remove(header.interval());
    served = served.at(header.interval());
  }

  /** The update that was due must not be applied: a version has to replace it. */
  void refused(UpdateHeader header) {
    remove(header.interval());
    refused = header.interval();
  }

  /**
   * Whether an update that the next one needs was not read; it may be further back in the topic.
   */
  boolean gap() {
    if (served == null || served.epoch != epoch || refused > 0) {
      return false;
    }
    return lost
        || next().isEmpty()
            && !waiting.isEmpty()
            && waiting.firstEntry().getValue().header().previous() > served.interval;
  }

  /**
   * The place in the served epoch that the student has gone back to, if the served state is later:
   * what it has learned since then does not count any more.
   */
  Optional<Back> back() {
    boolean voided =
        served != null && served.epoch > 0 && served.epoch < epoch && served.interval > valid;
    return voided ? Optional.of(new Back(served.epoch, valid)) : Optional.empty();
  }

  /** Why the served state stays as it is until a version comes; empty if it does not. */
  Optional<String> waitsFor() {
    if (served == null || served.epoch == 0) {
      return Optional.empty();
    }
    if (served.epoch < epoch) {
      return Optional.of("a version of epoch " + epoch + ", which the student has begun");
    }
    if (refused > served.interval) {
      return Optional.of("a version after update " + refused + ", which was refused");
    }
    if (gap()) {
      return Optional.of("a version after update " + served.interval + ", as the next is missing");
    }
    return next().isEmpty() && !waiting.isEmpty()
        ? Optional.of("a version with other maps, which the student has begun to use")
        : Optional.empty();
  }
}
