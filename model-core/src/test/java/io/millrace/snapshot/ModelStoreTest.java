package io.millrace.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.CategoricalField;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearSlots;
import io.millrace.linear.LinearWeights;
import io.millrace.store.LocalObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTest {

  private static final long HOUR = 3_600_000;
  private static final Retention KEEP = new Retention(2, 3);

  @TempDir Path dir;

  private Path folder;
  private Path stored;
  private ModelStore store;

  @BeforeEach
  void open() {
    folder = dir.resolve("folder");
    stored = dir.resolve("stored");
    store = new ModelStore(new LocalObjectStore(stored));
  }

  /** Law: a store gets and keeps the same files as a folder, pins and old hours included. */
  @Test
  void aStoreHoldsWhatAFolderHolds() throws IOException {
    for (int version = 1; version <= 12; version++) {
      ModelFolder.publish(folder, model(version), origin(version, version * HOUR / 3, 0), KEEP);
      store.publish(model(version), origin(version, version * HOUR / 3, 0), KEEP);
      if (version == 3) {
        ModelFolder.pin(folder, 2);
        ModelFolder.pin(stored, 2);
      }
      assertSame();
      assertThat(store.newest()).isEqualTo(version);
      assertThat(store.holds(version)).isTrue();
    }
    assertThat(store.holds(1)).isFalse();
    assertThat(store.holds(2)).isTrue();
  }

  private void assertSame() throws IOException {
    List<Path> versions = ModelFolder.versions(folder);
    assertThat(ModelFolder.versions(stored).stream().map(ModelFolder::number))
        .contains(versions.stream().map(ModelFolder::number).toArray(Long[]::new));
    assertThat(stored.resolve(ModelFolder.LATEST))
        .hasSameBinaryContentAs(folder.resolve(ModelFolder.LATEST));
    for (Path version : ModelFolder.versions(stored)) {
      Path same = folder.resolve(version.getFileName());
      if (Files.exists(version.resolve(Manifest.FILE_NAME))) {
        for (String file : List.of(Manifest.FILE_NAME, ModelFolder.TENSORS)) {
          assertThat(version.resolve(file)).hasSameBinaryContentAs(same.resolve(file));
        }
      } else { // folders stay on a disk, though not in a store of objects
        assertThat(version).isEmptyDirectory();
        assertThat(same).doesNotExist();
      }
    }
  }

  /** Law: a version is replaced by one with other bytes, and stays if it is equal. */
  @Test
  void aVersionIsReplacedIfItDiffers() throws IOException {
    store.publish(model(1), origin(1, 0, 0), KEEP);
    Path tensors = stored.resolve("v000001").resolve(ModelFolder.TENSORS);
    Object written = Files.getAttribute(tensors, "unix:ino");
    store.publish(model(1), origin(1, 0, 0), KEEP);
    assertThat(Files.getAttribute(tensors, "unix:ino")).isEqualTo(written);
    store.publish(model(9), origin(1, 0, 0), KEEP);
    ModelFolder.publish(folder, model(9), origin(1, 0, 0), KEEP);
    assertSame();
  }

  /** Law: a writer of an earlier epoch replaces nothing, and does not move the pointer. */
  @Test
  void earlierEpochsAreRefused() throws IOException {
    store.publish(model(1), origin(7, 0, 100), KEEP);
    store.publish(model(2), origin(8, 0, 200), KEEP);
    for (int version = 7; version <= 9; version++) {
      Origin origin = origin(version, 0, version == 7 ? 99 : 150);
      assertThatThrownBy(() -> store.publish(model(3), origin, KEEP))
          .isInstanceOf(SupersededException.class)
          .hasMessageContaining("another run of this arm has begun later");
    }
    assertThat(store.newest()).isEqualTo(8);
    assertThat(store.newestEpoch()).isEqualTo(200);
    store.publish(model(3), origin(9, 0, 201), KEEP);
    assertThat(store.newestEpoch()).isEqualTo(201);
  }

  private static PublishedModel model(int weight) {
    Schema schema =
        new Schema(
            List.of(),
            List.of(new CategoricalField("a", "a", "", 10)),
            LabelColumn.of("click"),
            new TimeColumn.Epoch("time", TimeColumn.Unit.MS));
    LinearWeights weights =
        new LinearWeights(
            new LinearSlots(1, 1, 0, 1), LinearOptions.Precision.FLOAT32, new float[] {weight, 1});
    return new PublishedModel(schema, Optional.empty(), Optional.of(weights));
  }

  private static Origin origin(long version, long lastEventTime, long epoch) {
    Optional<Origin.UpdatesAt> updates =
        epoch == 0 ? Optional.empty() : Optional.of(new Origin.UpdatesAt("p.updates", 0, epoch, 1));
    return new Origin("arm", 0, version, 0, lastEventTime, 1, null, List.of(), null, updates);
  }
}
