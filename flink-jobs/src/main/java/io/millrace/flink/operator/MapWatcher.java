package io.millrace.flink.operator;

import io.millrace.hash.MapVersion;
import io.millrace.runs.MapFolder;
import io.millrace.snapshot.Poller;
import io.millrace.watch.Refreshes;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Polls the folder of maps on a thread of its own: for a map that is due, for new decisions when
 * maps are built, or for every new map.
 *
 * <p>Maps travel as files, as files need no connection between builders and students, outlive both,
 * and can be read by servers too.
 */
final class MapWatcher implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(MapWatcher.class);
  private static final long SEARCH_PAUSE_MS = 20;
  private static final long REMOTE_SEARCH_PAUSE_MS = 250;
  private static final long FOLLOW_PAUSE_MS = 1000;
  private static final long REMOTE_FOLLOW_PAUSE_MS = 10_000;
  private static final long LOG_AFTER_MS = 5000;

  private final String who;
  private final MapFolder folder;
  private final Duration timeout;
  private final Poller poller;

  /**
   * A watcher that looks for nothing yet.
   *
   * @param who name of the task that waits, for messages
   * @param timeout how long to look for a map that is due, or for a decision
   */
  MapWatcher(String who, MapFolder folder, Duration timeout) {
    this.who = who;
    this.folder = folder;
    this.timeout = timeout;
    this.poller = new Poller("millrace-watch-" + who);
  }

  /**
   * Looks for the map of one window.
   *
   * @param found called once, with the map, or with nothing if this window has none
   * @param failed called once if the map cannot be read, or does not come in time
   */
  void await(
      String spec,
      String field,
      long windowEnd,
      Consumer<Optional<MapVersion>> found,
      Consumer<RuntimeException> failed) {
    String wanted =
        "the map %s of field %s for the window that ends at %s"
            .formatted(spec, field, Instant.ofEpochMilli(windowEnd));
    Callable<Optional<Optional<MapVersion>>> look =
        () ->
            folder.decided(spec, field, windowEnd)
                ? Optional.of(folder.find(spec, field, windowEnd))
                : Optional.empty();
    poller.poll(searchPauseMs(), new Search<>(look, wanted, found, failed), LOG::warn);
  }

  private long searchPauseMs() {
    return folder.remote() ? REMOTE_SEARCH_PAUSE_MS : SEARCH_PAUSE_MS;
  }

  /**
   * Looks for more decisions about when maps are built.
   *
   * @param known the decisions that are known already
   * @param found called once, when there are more decisions
   * @param failed called once if they cannot be read, or do not come in time
   */
  void awaitDecision(
      Refreshes known, Consumer<Refreshes> found, Consumer<RuntimeException> failed) {
    String wanted =
        known.decided() == Long.MIN_VALUE
            ? "the first decision when maps are built"
            : "the decision whether maps are built after "
                + Instant.ofEpochMilli(known.grid().end(known.decided()));
    Callable<Optional<Refreshes>> look =
        () -> folder.refreshes(known.grid()).filter(r -> r.decided() > known.decided());
    poller.poll(searchPauseMs(), new Search<>(look, wanted, found, failed), LOG::warn);
  }

  /**
   * Looks for new maps until the watcher is closed.
   *
   * @param notAfter maps of windows that end later are left out for now, ms
   * @param found called with the newest map whenever there is a newer one than before
   */
  void follow(String spec, String field, LongSupplier notAfter, Consumer<MapVersion> found) {
    AtomicLong newest = new AtomicLong(Long.MIN_VALUE);
    poller.poll(
        folder.remote() ? REMOTE_FOLLOW_PAUSE_MS : FOLLOW_PAUSE_MS,
        () -> {
          long end = folder.newestEnd(spec, field, notAfter.getAsLong());
          if (end > newest.get()) {
            folder.find(spec, field, end).ifPresent(found);
            newest.set(end);
          }
          return true;
        },
        why ->
            LOG.warn(
                "{} keeps its map, as the newest {} of field {} cannot be read: {}",
                who,
                spec,
                field,
                why));
  }

  /**
   * Looks from when on students no longer wait for maps.
   *
   * @param found called once, with an end of a sub-window, ms
   */
  void awaitLive(LongConsumer found) {
    poller.poll(
        FOLLOW_PAUSE_MS,
        () -> {
          OptionalLong live = folder.live();
          live.ifPresent(found);
          return live.isEmpty();
        },
        why ->
            LOG.warn("{} waits for maps, as it cannot read whether the job is live: {}", who, why));
  }

  @Override
  public void close() {
    poller.close();
  }

  /** Looks until {@code look} returns what is wanted, it fails, or it takes too long. */
  private final class Search<T> implements Poller.Look {
    private final Callable<Optional<T>> look;
    private final String wanted;
    private final Consumer<T> found;
    private final Consumer<RuntimeException> failed;
    private final long start = System.nanoTime();
    private long logAfterMs = LOG_AFTER_MS;

    Search(
        Callable<Optional<T>> look,
        String wanted,
        Consumer<T> found,
        Consumer<RuntimeException> failed) {
      this.look = look;
      this.wanted = wanted;
      this.found = found;
      this.failed = failed;
    }

    @Override
    public boolean again() {
      try {
        Optional<T> there = look.call();
        there.ifPresent(found);
        return there.isEmpty() && inTime((System.nanoTime() - start) / 1_000_000);
      } catch (Exception e) {
        failed.accept(
            new IllegalStateException(who + " cannot read " + wanted + ": " + e.getMessage(), e));
        return false;
      }
    }

    private boolean inTime(long waitedMs) {
      if (waitedMs >= timeout.toMillis()) {
        failed.accept(
            new IllegalStateException(
                "%s has waited %d s for %s; time.map_timeout must be longer, or the builder's log says why there is none"
                    .formatted(who, timeout.toSeconds(), wanted)));
        return false;
      }
      if (waitedMs >= logAfterMs) {
        LOG.info("{} has been waiting {} s for {}", who, waitedMs / 1000, wanted);
        logAfterMs *= 2;
      }
      return true;
    }
  }
}
