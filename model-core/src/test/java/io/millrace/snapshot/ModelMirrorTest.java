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
import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelMirrorTest {

  @TempDir Path dir;

  private Path arm;
  private Path copy;
  private ModelMirror mirror;
  private List<String> staleList;

  @BeforeEach
  void open() {
    arm = dir.resolve("arm");
    copy = dir.resolve("copy");
    mirror = new ModelMirror(new StaleStore(), copy);
  }

  /**
   * Law: the copy of the newest version opens with the same bytes; before one, nothing is there.
   */
  @Test
  void theNewestVersionIsCopied() throws IOException {
    mirror.refresh();
    assertThat(ModelFolder.isPublished(copy)).isFalse();
    for (int version = 1; version <= 4; version++) {
      publish(version, version);
      mirror.refresh();
      Path newest = ModelFolder.resolve(copy);
      assertThat(newest).isEqualTo(copy.resolve(ModelFolder.versionName(version)));
      assertThatThrownBy(() -> ModelFolder.open(newest)).isInstanceOf(NoSuchFileException.class);
      mirror.fetch(newest);
      assertThat(ModelFolder.open(newest).version()).isEqualTo(version);
      assertSameFiles(ModelFolder.versionName(version));
      assertThat(versions()).isEqualTo(versions(arm));
    }
  }

  /** Law: the URI of a version, instead of an arm, is a copy of that version. */
  @Test
  void aVersionAloneIsCopied() throws IOException {
    publish(1, 1);
    ModelMirror one = new ModelMirror(new LocalObjectStore(arm.resolve("v000001")), copy);
    one.refresh();
    one.refresh();
    one.fetch(copy);
    assertThat(ModelFolder.open(copy).version()).isEqualTo(1);
  }

  /**
   * Law: however stale a list is, versions that pointers name are copied, and a version that is
   * only in the list is left out.
   */
  @Test
  void listsMayBeStale() throws IOException {
    publish(1, 1);
    publish(2, 2);
    ModelFolder.pin(arm, 1);
    publish(3, 3);
    staleList = List.of("v000002/", "v000009/", "v000003.tmp/", "v000004");
    mirror.refresh();
    assertThat(versions()).containsExactly(1L, 2L, 3L);
    mirror.fetch(ModelFolder.pinned(copy).orElseThrow());
    mirror.fetch(ModelFolder.resolve(copy));
    assertSameFiles("v000001");
    assertSameFiles("v000003");
    staleList = List.of();
    publish(4, 4);
    mirror.refresh();
    assertThat(versions()).containsExactly(1L, 4L);
  }

  /** Law: a version that was published again with other bytes is copied again. */
  @Test
  void aVersionThatWasReplacedIsCopiedAgain() throws IOException {
    publish(1, 1);
    mirror.refresh();
    mirror.fetch(ModelFolder.resolve(copy));
    publish(1, 7);
    mirror.refresh();
    mirror.fetch(ModelFolder.resolve(copy));
    assertSameFiles("v000001");
    assertThat(ModelFolder.open(copy).version()).isEqualTo(1);
  }

  /**
   * Law: tensors that differ from their manifest are refused by name, and no copy of them stays.
   */
  @Test
  void damagedTensorsAreNotCopied() throws IOException {
    publish(1, 1);
    Path tensors = arm.resolve("v000001").resolve(ModelFolder.TENSORS);
    byte[] right = Files.readAllBytes(tensors);
    byte[] wrong = right.clone();
    wrong[wrong.length - 1] ^= 1;
    Files.write(tensors, wrong);
    mirror.refresh();
    Path version = ModelFolder.resolve(copy);
    assertThatThrownBy(() -> mirror.fetch(version))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(tensors + ": damaged, its checksum must be ");
    assertThat(version.resolve(ModelFolder.TENSORS)).doesNotExist();
    Files.write(tensors, right);
    mirror.fetch(version);
    assertThat(ModelFolder.open(copy).version()).isEqualTo(1);
  }

  /**
   * Law: pins are those of the store, whoever writes them; only a version that exists is pinned.
   */
  @Test
  void pinsAreThoseOfTheStore() throws IOException {
    publish(1, 1);
    publish(2, 2);
    mirror.pin(1);
    assertThat(ModelFolder.pinned(arm)).contains(arm.resolve("v000001"));
    assertThat(ModelFolder.pinned(copy)).contains(copy.resolve("v000001"));
    ModelFolder.unpin(arm);
    mirror.refresh();
    assertThat(ModelFolder.pinned(copy)).isEmpty();
    ModelFolder.pin(arm, 2);
    mirror.refresh();
    assertThat(ModelFolder.pinned(copy)).contains(copy.resolve("v000002"));
    mirror.unpin();
    assertThat(ModelFolder.pinned(arm)).isEmpty();
    assertThat(ModelFolder.pinned(copy)).isEmpty();
    assertThatThrownBy(() -> mirror.pin(9))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(arm.resolve("v000009").toString());
  }

  private void assertSameFiles(String version) throws IOException {
    for (String file : List.of(Manifest.FILE_NAME, ModelFolder.TENSORS)) {
      assertThat(copy.resolve(version).resolve(file))
          .hasSameBinaryContentAs(arm.resolve(version).resolve(file));
    }
  }

  private List<Long> versions() throws IOException {
    return versions(copy);
  }

  private static List<Long> versions(Path folder) throws IOException {
    return ModelFolder.versions(folder).stream().map(ModelFolder::number).toList();
  }

  private void publish(int version, int weight) throws IOException {
    Schema schema =
        new Schema(
            List.of(),
            List.of(new CategoricalField("a", "a", "", 10)),
            LabelColumn.of("click"),
            new TimeColumn.Epoch("time", TimeColumn.Unit.MS));
    LinearWeights weights =
        new LinearWeights(
            new LinearSlots(1, 1, 0, 1), LinearOptions.Precision.FLOAT32, new float[] {weight, 1});
    Origin origin = new Origin("arm", 0, version, 0, 0, 1, null, List.of(), null);
    PublishedModel model = new PublishedModel(schema, Optional.empty(), Optional.of(weights));
    ModelFolder.publish(arm, model, origin, 2);
  }

  /** The arm's folder, whose list may be an old one. */
  private final class StaleStore implements ObjectStore {

    private final ObjectStore files = new LocalObjectStore(arm);

    @Override
    public boolean putIfAbsent(String key, Content content) throws IOException {
      return files.putIfAbsent(key, content);
    }

    @Override
    public void overwrite(String key, Content content) throws IOException {
      files.overwrite(key, content);
    }

    @Override
    public InputStream open(String key) throws IOException {
      return files.open(key);
    }

    @Override
    public boolean exists(String key) throws IOException {
      return files.exists(key);
    }

    @Override
    public List<String> list(String folder) throws IOException {
      return staleList == null ? files.list(folder) : staleList;
    }

    @Override
    public void delete(String key) throws IOException {
      files.delete(key);
    }

    @Override
    public ObjectStore below(String folder) {
      return files.below(folder);
    }

    @Override
    public boolean remote() {
      return files.remote();
    }

    @Override
    public String place(String key) {
      return files.place(key);
    }
  }
}
