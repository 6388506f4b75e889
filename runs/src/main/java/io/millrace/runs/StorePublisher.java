package io.millrace.runs;

import io.millrace.format.FileFormat;
import io.millrace.snapshot.ModelStore;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.Retention;
import io.millrace.store.StoreOpener;
import io.millrace.student.Student;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Publishes models into {@code models/ARM} of a run directory in an object store. */
public final class StorePublisher implements ModelPublisher {
  private static final long serialVersionUID = 1L;

  private final StoreOpener stores;
  private final String runDir;
  private final PublishedOrigins origins;
  private transient Map<String, ModelStore> arms;

  /**
   * A publisher.
   *
   * @param stores opens the run directory
   * @param runDir URI of the run directory
   * @param format how the job's event files are written
   * @param updates Kafka's topic of the updates that students emit, if they do
   */
  public StorePublisher(StoreOpener stores, String runDir, FileFormat format, String updates) {
    this.stores = stores;
    this.runDir = runDir;
    this.origins = new PublishedOrigins(format, updates);
  }

  @Override
  public Publication prepare(Student arm, Origin.ClosedWindow window) {
    return new Copy(
        models(arm),
        PublishedModel.copyOf(arm.job().schema(), arm.model()),
        origins.of(arm, window),
        new Retention(arm.job().publish().keep(), arm.job().publish().keepHours()));
  }

  @Override
  public Publication resume(Student arm, Origin.ClosedWindow window) {
    try {
      if (models(arm).holds(arm.modelVersion())) {
        String line = PublishedOrigins.announcement(origins.of(arm, window));
        return new Written(arm.modelVersion(), Optional.of(line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return prepare(arm, window);
  }

  @Override
  public long newest(Student arm) throws IOException {
    return models(arm).newest();
  }

  @Override
  public long newestEpoch(Student arm) throws IOException {
    return models(arm).newestEpoch();
  }

  private ModelStore models(Student arm) {
    if (arms == null) {
      arms = new HashMap<>();
    }
    return arms.computeIfAbsent(arm.spec().name(), this::open);
  }

  private ModelStore open(String arm) {
    try {
      return new ModelStore(stores.open(runDir).below(RunFiles.MODELS + "/" + arm));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A copy of a model, which its trainer does not change. */
  private record Copy(ModelStore models, PublishedModel model, Origin origin, Retention keep)
      implements Publication {
    @Override
    public long version() {
      return origin.modelVersion();
    }

    @Override
    public Optional<String> write() throws IOException {
      models.publish(model, origin, keep);
      return Optional.of(PublishedOrigins.announcement(origin));
    }
  }
}
