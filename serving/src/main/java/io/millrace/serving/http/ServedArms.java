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
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The arms that a server scores with: one, or all of a run. Arms whose first version comes later
 * are taken in when it is there.
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
  }

  private final Path folder;
  private final Opener opener;
  private final Optional<String> preferred;
  private final Optional<String> shadow;
  private final List<ServedArm> arms = new CopyOnWriteArrayList<>();
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
   * @throws IOException if the folder holds other things, or a model cannot be loaded
   */
  public ServedArms(Path folder, Opener opener, Optional<String> preferred, Optional<String> shadow)
      throws IOException {
    this.folder = folder;
    this.opener = opener;
    this.preferred = preferred;
    this.shadow = shadow;
    look();
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
    if (found == null || found.kind() == ServedFolder.Kind.NONE) {
      found = ServedFolder.of(folder);
    }
    switch (found.kind()) {
      case ARM, VERSION -> add(found.folder());
      case ARMS -> {
        for (Path arm : ServedFolder.arms(found.folder())) {
          add(arm);
        }
      }
      case NONE -> {}
    }
    return found.kind() == ServedFolder.Kind.ARMS || found.kind() == ServedFolder.Kind.NONE;
  }

  private void add(Path arm) throws IOException {
    String name = arm.getFileName().toString();
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
    if (named(name).isEmpty() && !arms.isEmpty()) {
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
