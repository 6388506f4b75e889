package io.millrace.flink.operator;

import io.millrace.hash.MapVersion;
import io.millrace.runs.MapFolder;
import io.millrace.watch.Refreshes;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for maps on a thread of its own: for one that is due, for the decision whether one is, or
 * for new ones as they appear.
 *
 * <p>Files are the channel because they need no connection between builders and students, survive
 * both, and are what serving reads as well.
 */
final class MapWatcher implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(MapWatcher.class);
  private static final long LOOK_EVERY_MS = 20;
  private static final long FOLLOW_EVERY_MS = 1000;
  private static final long SAY_AFTER_MS = 5000;

  private final String who;
  private final MapFolder folder;
  private final Duration timeout;
  private final ScheduledExecutorService thread;

  /**
   * A watcher that looks for nothing yet.
   *
   * @param who asks, for messages
   * @param timeout how long to look for a map that is due
   */
  MapWatcher(String who, MapFolder folder, Duration timeout) {
    this.who = who;
    this.folder = folder;
    this.timeout = timeout;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread watcher = new Thread(task, "millrace-watch-" + who);
              watcher.setDaemon(true);
              return watcher;
            });
  }

  /**
   * Looks for the map of one window.
   *
   * @param found called once when it is there, or when it is known that there will be none
   * @param failed called once when it cannot be read, or is not there in time
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
    thread.execute(
        new Search<>(
            () ->
                folder.decided(spec, field, windowEnd)
                    ? Optional.of(folder.find(spec, field, windowEnd))
                    : Optional.empty(),
            wanted,
            found,
            failed));
  }

  /**
   * Looks for more to be decided about when maps are built.
   *
   * @param known what is known already
   * @param found called once when there is more
   * @param failed called once when it cannot be read, or is not there in time
   */
  void awaitDecision(
      Refreshes known, Consumer<Refreshes> found, Consumer<RuntimeException> failed) {
    String wanted =
        known.decided() == Long.MIN_VALUE
            ? "the first decision when maps are built"
            : "the decision whether maps are built after "
                + Instant.ofEpochMilli(known.grid().end(known.decided()));
    thread.execute(
        new Search<>(
            () -> folder.refreshes(known.grid()).filter(r -> r.decided() > known.decided()),
            wanted,
            found,
            failed));
  }

  /**
   * Looks for new maps, for ever; hands in the newest when there is one that was not before.
   *
   * @param notAfter maps of windows that end later are not handed in yet
   */
  @SuppressWarnings("FutureReturnValueIgnored") // runs until close; the follower logs its failures
  void follow(String spec, String field, LongSupplier notAfter, Consumer<MapVersion> found) {
    thread.scheduleWithFixedDelay(
        new Follower(spec, field, notAfter, found), 0, FOLLOW_EVERY_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  /** What is looked for is there as soon as {@link #look} gives something. */
  @FunctionalInterface
  private interface Look<T> {
    Optional<T> look() throws IOException;
  }

  private final class Search<T> implements Runnable {
    private final Look<T> look;
    private final String wanted;
    private final Consumer<T> found;
    private final Consumer<RuntimeException> failed;
    private final long start = System.nanoTime();
    private long sayAt = SAY_AFTER_MS;

    Search(Look<T> look, String wanted, Consumer<T> found, Consumer<RuntimeException> failed) {
      this.look = look;
      this.wanted = wanted;
      this.found = found;
      this.failed = failed;
    }

    @Override
    public void run() {
      try {
        Optional<T> there = look.look();
        if (there.isPresent()) {
          found.accept(there.get());
        } else {
          goOn((System.nanoTime() - start) / 1_000_000);
        }
      } catch (IOException | RuntimeException e) {
        failed.accept(
            new IllegalStateException(who + " cannot read " + wanted + ": " + e.getMessage(), e));
      }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // run() hands failures on
    private void goOn(long waitedMs) {
      if (waitedMs >= timeout.toMillis()) {
        failed.accept(
            new IllegalStateException(
                "%s has waited %d s for %s; time.map_timeout must be longer, or the builder's log says why there is none"
                    .formatted(who, timeout.toSeconds(), wanted)));
        return;
      }
      if (waitedMs >= sayAt) {
        LOG.info("{} has been waiting {} s for {}", who, waitedMs / 1000, wanted);
        sayAt *= 2;
      }
      thread.schedule(this, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
    }
  }

  private final class Follower implements Runnable {
    private final String spec;
    private final String field;
    private final LongSupplier notAfter;
    private final Consumer<MapVersion> found;
    private long newest = Long.MIN_VALUE;
    private String problem;

    Follower(String spec, String field, LongSupplier notAfter, Consumer<MapVersion> found) {
      this.spec = spec;
      this.field = field;
      this.notAfter = notAfter;
      this.found = found;
    }

    @Override
    public void run() {
      try {
        long end = folder.newestEnd(spec, field, notAfter.getAsLong());
        if (end > newest) {
          folder.find(spec, field, end).ifPresent(found);
          newest = end;
          problem = null;
        }
      } catch (IOException | RuntimeException e) {
        say(String.valueOf(e.getMessage()));
      }
    }

    /** Says it once, not each time that it is tried again. */
    private void say(String why) {
      if (!why.equals(problem)) {
        problem = why;
        LOG.warn(
            "{} goes on with the map it has, as the newest {} of field {} cannot be read: {}",
            who,
            spec,
            field,
            why);
      }
    }
  }
}
