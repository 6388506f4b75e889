package io.millrace.serving.http;

import io.millrace.event.DidYouMean;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.request.RequestException;
import io.millrace.snapshot.Poller;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The arms that a server scores with: one, or all of a run. Arms whose first version comes later
 * are taken in when it is there. An arm that cannot be loaded keeps no other one out; it is tried
 * again after pauses that double, up to a minute.
 */
public final class ServedArms implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ServedArms.class);

  /** Opens the model in a folder, that of an arm or of a version. */
  @FunctionalInterface
  public interface Opener {
    /**
     * Opens it.
     *
     * @throws IOException if its newest version cannot be loaded
     */
    ModelFollower open(Path folder) throws IOException;

    /**
     * Called each time before the folder is looked at, by one thread at a time.
     *
     * @throws IOException if it cannot be looked at
     */
    default void look() throws IOException {}
  }

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** An arm that could not be loaded, by its failure, and when, by {@link System#nanoTime}. */
  private record Refused(IOException failure, long at, Duration pause) {

    String message() {
      return String.valueOf(failure.getMessage());
    }

    boolean waits() {
      return System.nanoTime() - at < pause.toNanos();
    }
  }

  private final Path folder;
  private final Opener opener;
  private final Optional<String> preferred;
  private final Optional<String> shadow;
  private final List<ServedArm> arms = new CopyOnWriteArrayList<>();
  private final Map<String, Refused> refused = new ConcurrentSkipListMap<>();
  private ServedFolder found;
  private Duration interval;
  private Poller poller;

  /**
   * Looks for arms and loads their models.
   *
   * @param folder that of an arm, of a version, of several arms, or of a run; it may be empty, or
   *     not be there yet
   * @param opener opens a model; the followers are closed with this
   * @param preferred name of the arm of requests that name none; needed only with several arms
   * @param shadow name of an arm that scores the events of the others too, for comparison
   * @throws IOException if the folder holds other things, or models but none can be loaded
   */
  public ServedArms(Path folder, Opener opener, Optional<String> preferred, Optional<String> shadow)
      throws IOException {
    this.folder = folder;
    this.opener = opener;
    this.preferred = preferred;
    this.shadow = shadow;
    look();
    if (arms.isEmpty() && !refused.isEmpty()) {
      throw refused.values().iterator().next().failure();
    }
  }

  /** One arm. */
  public static ServedArms of(ModelFollower follower) {
    return new ServedArms(follower);
  }

  private ServedArms(ModelFollower follower) {
    this.folder = Path.of("model");
    this.opener = path -> follower;
    this.preferred = Optional.empty();
    this.shadow = Optional.empty();
    this.found = new ServedFolder(ServedFolder.Kind.ARM, folder);
    arms.add(new ServedArm(folder, follower));
  }

  /** Follows new versions, and new arms, in the background until {@link #close}; call once. */
  public synchronized void follow(Duration pause) {
    interval = pause;
    arms.forEach(arm -> arm.follower().follow(pause));
    poller = new Poller("arms");
    poller.poll(Math.max(1, pause.toMillis()), this::look, why -> LOG.warn("{}: {}", folder, why));
  }

  /** Looks for arms that are new; returns whether there may be more. */
  private synchronized boolean look() throws IOException {
    opener.look();
    if (found == null || found.kind() == ServedFolder.Kind.NONE) {
      found = ServedFolder.of(folder);
    }
    switch (found.kind()) {
      case ARM, VERSION -> add(found.folder());
      case ARMS -> {
        List<Path> folders = ServedFolder.arms(found.folder());
        refused.keySet().retainAll(folders.stream().map(ServedArms::name).toList());
        folders.forEach(this::addIfItLoads);
      }
      case NONE -> {}
    }
    return found.kind() == ServedFolder.Kind.ARMS || found.kind() == ServedFolder.Kind.NONE;
  }

  private static String name(Path arm) {
    return arm.getFileName().toString();
  }

  private void addIfItLoads(Path arm) {
    String name = name(arm);
    Refused before = refused.get(name);
    if (before != null && before.waits()) {
      return;
    }
    try {
      add(arm);
      refused.remove(name);
    } catch (IOException e) {
      refuse(name, e, before);
    } catch (RuntimeException e) {
      refuse(name, new IOException(arm + ": " + e, e), before);
    }
  }

  private void refuse(String name, IOException failure, Refused before) {
    Duration pause = before == null ? FIRST_PAUSE : before.pause().multipliedBy(2);
    Duration bounded = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    Refused now = new Refused(failure, System.nanoTime(), bounded);
    if (before == null || !before.message().equals(now.message())) {
      LOG.warn("arm {} is refused: {}", name, now.message());
    }
    refused.put(name, now);
  }

  private void add(Path arm) throws IOException {
    String name = name(arm);
    if (arms.stream().noneMatch(known -> known.folderName().equals(name))) {
      ServedArm added = new ServedArm(arm, opener.open(arm));
      if (interval != null) {
        added.follower().follow(interval);
      }
      arms.add(added);
      LOG.info("arm {} is served", added.name());
    }
  }

  /** All arms, by the names of their folders. */
  List<ServedArm> all() {
    return arms;
  }

  /** Why arms are not served, by the names of their folders. */
  Map<String, String> refused() {
    Map<String, String> reasons = new TreeMap<>();
    refused.forEach((name, why) -> reasons.put(name, why.message()));
    return reasons;
  }

  /** Names of all arms. */
  List<String> names() {
    return arms.stream().map(ServedArm::name).toList();
  }

  /** The arm with a name. */
  Optional<ServedArm> named(String name) {
    return arms.stream().filter(arm -> arm.name().equals(name)).findFirst();
  }

  /** Whether the arm of requests that name none was chosen. */
  boolean prefers() {
    return preferred.isPresent();
  }

  /** The arm of requests that name none; empty if there is none yet, or no choice was made. */
  Optional<ServedArm> preferred() {
    if (preferred.isPresent()) {
      return named(preferred.get());
    }
    return arms.size() == 1 ? Optional.of(arms.get(0)) : Optional.empty();
  }

  /** Whether an arm was chosen to score the events of the others too. */
  boolean hasShadow() {
    return shadow.isPresent();
  }

  /** The arm that scores the events of the others too; empty until it is there. */
  Optional<ServedArm> shadow() {
    return shadow.flatMap(this::named);
  }

  /**
   * The arm of a request.
   *
   * @param name its name, or null
   * @throws RequestException if there is no such arm, or none is named and there are several
   */
  ServedArm find(String name) throws RequestException {
    Optional<ServedArm> arm = name == null ? preferred() : named(name);
    if (arm.isPresent()) {
      return arm.get();
    }
    Refused why = name == null ? null : refused.get(name);
    if (why != null) {
      throw new RequestException(503, "the arm " + name + " is refused: " + why.message());
    }
    if (arms.isEmpty() || (name == null && preferred.isPresent())) {
      throw new RequestException(503, notYet());
    }
    if (name == null) {
      throw new RequestException(
          400, "a request must name one of the arms " + names() + " with ?arm=NAME");
    }
    throw new RequestException(404, "no arm is called '" + name + "'; the arms are " + names());
  }

  /** Says that there is no version to score with. */
  String notYet() {
    Optional<Refused> why = preferred.map(refused::get);
    if (why.isPresent()) {
      return "the arm " + preferred.get() + " is refused: " + why.get().message();
    }
    return "no version of "
        + preferred.map(name -> "the arm " + name).orElse("the model")
        + " has been published yet";
  }

  /**
   * What is served, for people: a line that names folder and arms, and one for each name of an
   * option that is no arm yet.
   */
  public synchronized List<String> described() {
    List<String> lines = new ArrayList<>();
    if (arms.isEmpty()) {
      lines.add(
          "warn  "
              + found.folder()
              + ": "
              + notYet()
              + "; requests to score get status 503 until then");
    } else if (found.kind() == ServedFolder.Kind.ARMS) {
      lines.add(
          "serves the arms " + String.join(", ", names()) + " of " + found.folder() + choice());
    }
    refused().forEach((name, why) -> lines.add("warn  the arm " + name + " is refused: " + why));
    preferred.ifPresent(name -> warnUnlessThere("--arm", name, lines));
    shadow.ifPresent(name -> warnUnlessThere("--shadow", name, lines));
    if (shadow.isPresent() && shadow.equals(preferred)) {
      lines.add(
          "warn  --shadow and --arm both name '"
              + shadow.get()
              + "', which is not compared with itself: only requests for other arms are scored twice");
    }
    return lines;
  }

  /** Says that the server answers, for people: the arm and its version, or how many arms. */
  public String answers() {
    if (arms.size() > 1) {
      return arms.size() + " arms answer";
    }
    return (arms.isEmpty() ? "the server" : versionOf(arms.get(0))) + " answers";
  }

  private static String versionOf(ServedArm arm) {
    return arm.current()
        .map(s -> arm.name() + " version " + s.model().version())
        .orElse(arm.name());
  }

  private String choice() {
    return preferred()
        .map(arm -> "; requests that name no arm get " + arm.name())
        .orElse("; requests must name one with ?arm=NAME, or --arm NAME chooses it");
  }

  private void warnUnlessThere(String option, String name, List<String> lines) {
    if (named(name).isEmpty() && !refused.containsKey(name) && !arms.isEmpty()) {
      String near = DidYouMean.nearest(name, names());
      lines.add(
          "warn  "
              + option
              + " names '"
              + name
              + "', but no such arm is there yet"
              + (near == null ? "" : "; did you mean '" + near + "'?"));
    }
  }

  @Override
  public synchronized void close() {
    if (poller != null) {
      poller.close();
    }
    arms.forEach(ServedArm::close);
  }
}
